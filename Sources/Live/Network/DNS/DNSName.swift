/// A domain name in its wire form (RFC 1035 §3.1): labels with their lengths and the root's zero; ASCII letters are
/// lower case, so that equal names are equal values.
struct DNSName: Sendable, Hashable, CustomStringConvertible {
    /// At most 255 bytes.
    let wire: [UInt8]

    static let root = DNSName(wire: [0])

    /// - Parameter wire: labels, uncompressed, the root's zero last.
    init(wire: [UInt8]) {
        // A length byte is below 64, so lowering never changes one.
        self.wire = wire.map { (65...90).contains($0) ? $0 + 32 : $0 }
    }

    /// Reads `web.shop.svc`, with or without the last dot; nil when it is no name.
    init?(_ text: some StringProtocol) {
        var wire: [UInt8] = []
        let trimmed = text.hasSuffix(".") ? text.dropLast() : text[...]
        for label in trimmed.split(separator: ".", omittingEmptySubsequences: false) where !trimmed.isEmpty {
            guard (1...63).contains(label.utf8.count) else { return nil }
            wire.append(UInt8(label.utf8.count))
            wire += label.utf8
        }
        wire.append(0)
        guard wire.count <= 255 else { return nil }
        self.init(wire: wire)
    }

    /// The name without its first label; nil for the root.
    var parent: DNSName? {
        guard let length = wire.first, length > 0 else { return nil }
        return DNSName(wire: Array(wire.dropFirst(Int(length) + 1)))
    }

    /// The first label's bytes; empty for the root.
    var label: ArraySlice<UInt8> { wire.dropFirst().prefix(Int(wire.first ?? 0)) }

    /// This name below another.
    func below(_ suffix: DNSName) -> DNSName? {
        let joined = wire.dropLast() + suffix.wire
        return joined.count <= 255 ? DNSName(wire: Array(joined)) : nil
    }

    /// Whether the name is `suffix` or below it.
    func isWithin(_ suffix: DNSName) -> Bool {
        var name: DNSName? = self
        while let current = name, current.wire.count >= suffix.wire.count {
            if current == suffix { return true }
            name = current.parent
        }
        return false
    }

    /// For people: bytes that are not printable become question marks.
    var description: String {
        var text = ""
        var rest: DNSName? = self
        while let name = rest, !name.label.isEmpty {
            let label = name.label.map { (33...126).contains($0) ? Character(Unicode.Scalar($0)) : "?" }
            text += String(label) + "."
            rest = name.parent
        }
        return text.isEmpty ? "." : text
    }
}
