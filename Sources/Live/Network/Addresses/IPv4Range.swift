/// A block of IPv4 addresses (RFC 4632): `10.64.0.0/17`.
package struct IPv4Range: Sendable, Hashable, CustomStringConvertible {
    package let first: IPv4Address
    /// Leading bits that all its addresses share, 0 to 32.
    package let prefix: UInt8

    /// Bits of `address` after the prefix are cleared.
    package init(_ address: IPv4Address, prefix: UInt8) {
        self.prefix = min(prefix, 32)
        first = IPv4Address(bits: address.bits & Self.mask(self.prefix))
    }

    /// Reads `10.64.0.0/17`; nil when it is no such thing, or when bits after the prefix are set.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPv4Address(String(parts[0])), parts[1].utf8.first != UInt8(ascii: "+"),
            let prefix = UInt8(parts[1]), prefix <= 32
        else { return nil }
        self.init(address, prefix: prefix)
        guard first == address else { return nil }
    }

    package var last: IPv4Address { IPv4Address(bits: first.bits | ~Self.mask(prefix)) }

    package var description: String { "\(first)/\(prefix)" }

    package func contains(_ address: IPv4Address) -> Bool {
        address.bits & Self.mask(prefix) == first.bits
    }

    package func overlaps(_ other: IPv4Range) -> Bool {
        contains(other.first) || other.contains(first)
    }

    private static func mask(_ prefix: UInt8) -> UInt32 {
        prefix == 0 ? 0 : UInt32.max << (32 - UInt32(prefix))
    }
}
