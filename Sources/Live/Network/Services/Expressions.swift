import System

/// Steps of rules that both tables use.
enum Expressions {
    /// The source address of a packet (RFC 791).
    static func source(into register: NftablesRegister) -> NftablesExpression {
        .payload(.network, offset: 12, length: 4, into: register)
    }

    static func destination(into register: NftablesRegister) -> NftablesExpression {
        .payload(.network, offset: 16, length: 4, into: register)
    }

    /// The destination port, which TCP, UDP and SCTP have in the same place.
    static func port(into register: NftablesRegister) -> NftablesExpression {
        .payload(.transport, offset: 2, length: 2, into: register)
    }

    /// Whether the address in a register is of a range.
    static func isIn(_ range: IPv4Range, register: NftablesRegister) -> [NftablesExpression] {
        [
            .mask(register, NftablesField.address(~(range.first.bits ^ range.last.bits))),
            .equal(register, NftablesField.address(range.first.bits)),
        ]
    }

    /// Whether the connection's destination was translated.
    static func isTranslated(into register: NftablesRegister) -> [NftablesExpression] {
        [
            .connection(.status, into: register), .mask(register, NftablesField.number(1 << 5)),
            .unequal(register, NftablesField.number(0)),
        ]
    }

    /// Whether a packet leaves, or came, by a link.
    static func isLink(
        _ direction: NftablesExpression.Meta, _ name: String, not: Bool = false
    ) -> [NftablesExpression] {
        let bytes = NftablesField.linkName(name)
        return [.meta(direction, into: 4), not ? .unequal(4, bytes) : .equal(4, bytes)]
    }
}
