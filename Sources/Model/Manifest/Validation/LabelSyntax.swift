/// The syntax of names, labels and keys (apimachinery, `util/validation`).
package enum LabelSyntax {
    /// A DNS label (RFC 1123): lower-case letters, digits and `-`, at most 63.
    package static func isDNSLabel(_ text: Substring) -> Bool {
        let bytes = text.utf8
        guard let first = bytes.first, bytes.count <= 63 else { return false }
        var last = first
        for byte in bytes {
            guard isLowerOrDigit(byte) || byte == UInt8(ascii: "-") else { return false }
            last = byte
        }
        return isLowerOrDigit(first) && isLowerOrDigit(last)
    }

    /// DNS labels with dots between them, at most 253 in all.
    package static func isDNSSubdomain(_ text: Substring) -> Bool {
        text.utf8.count <= 253
            && text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
                // A part of a subdomain may be longer than a label.
                guard let first = part.utf8.first, let last = part.utf8.last else { return false }
                return isLowerOrDigit(first) && isLowerOrDigit(last)
                    && part.utf8.allSatisfy { isLowerOrDigit($0) || $0 == UInt8(ascii: "-") }
            }
    }

    /// `app`, `example.org/app`: an optional subdomain, and a name of at most 63.
    package static func isQualifiedName(_ text: Substring) -> Bool {
        let parts = text.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        switch parts.count {
        case 1: return isName(parts[0]) && !parts[0].isEmpty
        case 2: return isDNSSubdomain(parts[0]) && isName(parts[1]) && !parts[1].isEmpty
        default: return false
        }
    }

    /// A label's value: empty, or letters, digits, `-`, `_` and `.`, alphanumeric at both ends, at most 63.
    package static func isValue(_ text: Substring) -> Bool {
        isName(text)
    }

    /// A key of a ConfigMap or Secret: letters, digits, `-`, `_` and `.`, at most 253.
    package static func isDataKey(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.count <= 253 && text != "." && !text.hasPrefix("..")
            && text.utf8.allSatisfy { isAlphanumeric($0) || isJoiner($0) }
    }

    /// A port's name (RFC 6335): at most 15 lower-case letters, digits and single `-`, a letter among them.
    package static func isPortName(_ text: Substring) -> Bool {
        let bytes = text.utf8
        guard bytes.count <= 15, bytes.contains(where: { (0x61...0x7A).contains($0) }), !text.contains("--"),
            let first = bytes.first, let last = bytes.last
        else { return false }
        return isLowerOrDigit(first) && isLowerOrDigit(last)
            && bytes.allSatisfy { isLowerOrDigit($0) || $0 == UInt8(ascii: "-") }
    }

    private static func isName(_ text: Substring) -> Bool {
        let bytes = text.utf8
        guard let first = bytes.first else { return true }
        var last = first
        for byte in bytes {
            guard isAlphanumeric(byte) || isJoiner(byte) else { return false }
            last = byte
        }
        return bytes.count <= 63 && isAlphanumeric(first) && isAlphanumeric(last)
    }

    private static func isLowerOrDigit(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte)
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isLowerOrDigit(byte) || (0x41...0x5A).contains(byte)
    }

    private static func isJoiner(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
    }
}

extension LabelSyntax {
    package static func isDNSLabel(_ text: String) -> Bool { isDNSLabel(text[...]) }
    package static func isDNSSubdomain(_ text: String) -> Bool { isDNSSubdomain(text[...]) }
    package static func isQualifiedName(_ text: String) -> Bool { isQualifiedName(text[...]) }
    package static func isValue(_ text: String) -> Bool { isValue(text[...]) }
    package static func isDataKey(_ text: String) -> Bool { isDataKey(text[...]) }
    package static func isPortName(_ text: String) -> Bool { isPortName(text[...]) }
}
