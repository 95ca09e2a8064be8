import Glibc

/// One message of the kernel: its type and what follows the netlink header.
package struct NetlinkMessage: Sendable {
    package var type: UInt16
    package var payload: [UInt8]

    /// The fixed header at the payload's start; nil when the payload is shorter.
    func header<Header: BitwiseCopyable>(as _: Header.Type) -> Header? {
        guard payload.count >= MemoryLayout<Header>.size else { return nil }
        return payload.withUnsafeBytes { $0.loadUnaligned(as: Header.self) }
    }

    /// The attributes after a fixed header of a type.
    func attributes<Header>(after _: Header.Type) -> NetlinkAttributes {
        NetlinkAttributes(payload.dropFirst((MemoryLayout<Header>.size + 3) & ~3))
    }
}

/// Attributes by type; of several with one type the last counts, as in the kernel's own parser.
package struct NetlinkAttributes: Sendable {
    private var values: [Int: ArraySlice<UInt8>] = [:]

    init(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        while rest.count >= 4 {
            let length = Int(Self.number(rest, at: 0)) | Int(Self.number(rest, at: 1)) << 8
            let type = (Int(Self.number(rest, at: 2)) | Int(Self.number(rest, at: 3)) << 8) & 0x3fff
            guard length >= 4, length <= rest.count else { return }
            values[type] = rest.dropFirst(4).prefix(length - 4)
            rest = rest.dropFirst((length + 3) & ~3)
        }
    }

    /// An attribute's bytes.
    subscript(_ attribute: Int) -> ArraySlice<UInt8>? { values[attribute] }

    /// An attribute as a number in the machine's order.
    func number<Number: FixedWidthInteger & BitwiseCopyable>(_ attribute: Int, as _: Number.Type) -> Number? {
        guard let bytes = values[attribute], bytes.count >= MemoryLayout<Number>.size else { return nil }
        return bytes.withUnsafeBytes { $0.loadUnaligned(as: Number.self) }
    }

    /// An attribute as text, up to its zero.
    func text(_ attribute: Int) -> String? {
        values[attribute].map { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// The attributes inside an attribute.
    func nested(_ attribute: Int) -> NetlinkAttributes? {
        values[attribute].map { NetlinkAttributes($0) }
    }

    private static func number(_ bytes: ArraySlice<UInt8>, at offset: Int) -> UInt8 {
        bytes[bytes.startIndex + offset]
    }
}
