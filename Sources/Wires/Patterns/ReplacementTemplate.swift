/// What takes a match's place, with groups of it: `$1`, `$name` and `${name}`; `$$` is a dollar sign (Go's `Regexp.Expand`).
package struct ReplacementTemplate: Sendable {
    private enum Part: Sendable {
        case bytes([UInt8])
        case group([UInt8])
    }

    private var parts: [Part] = []

    package init(_ text: String) {
        let bytes = Array(text.utf8)
        var plain: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "$") {
                if index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "$") {
                    plain.append(bytes[index])
                    index += 2
                    continue
                }
                if let (name, end) = Self.name(in: bytes, after: index) {
                    if !plain.isEmpty { parts.append(.bytes(plain)) }
                    plain = []
                    parts.append(.group(name))
                    index = end
                    continue
                }
            }
            plain.append(bytes[index])
            index += 1
        }
        if !plain.isEmpty { parts.append(.bytes(plain)) }
    }

    /// The name behind a dollar sign, and where what follows it begins; nil where none stands.
    private static func name(in bytes: [UInt8], after dollar: Int) -> ([UInt8], Int)? {
        let isBraced = dollar + 1 < bytes.count && bytes[dollar + 1] == UInt8(ascii: "{")
        let start = dollar + (isBraced ? 2 : 1)
        var end = start
        while end < bytes.count, isName(bytes[end]) { end += 1 }
        guard end > start else { return nil }
        if !isBraced { return (Array(bytes[start..<end]), end) }
        guard end < bytes.count, bytes[end] == UInt8(ascii: "}") else { return nil }
        return (Array(bytes[start..<end]), end + 1)
    }

    private static func isName(_ byte: UInt8) -> Bool {
        byte == 0x5F || (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
    }

    /// The first group that it names and a pattern has not.
    package func missing(in pattern: CompiledPattern) -> String? {
        for case .group(let name) in parts where pattern.group(named: name) == nil {
            return String(decoding: name, as: UTF8.self)
        }
        return nil
    }

    /// Writes it with the groups of a pattern's last match; a group that there is not, or that took no part, is empty.
    ///
    /// - Parameters:
    ///   - subject: what that match was found in.
    ///   - write: is handed the parts, in order.
    package func expand(
        _ pattern: CompiledPattern, _ subject: UnsafeBufferPointer<UInt8>,
        _ write: (UnsafeBufferPointer<UInt8>) -> Void
    ) {
        for part in parts {
            switch part {
            case .bytes(let bytes): bytes.withUnsafeBufferPointer(write)
            case .group(let name):
                guard let number = pattern.group(named: name), let range = pattern.group(number) else { continue }
                write(UnsafeBufferPointer(rebasing: subject[range]))
            }
        }
    }
}
