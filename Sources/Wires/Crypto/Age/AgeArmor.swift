/// Age files as text (C2SP age, "ASCII armor"): base64 in lines of 64 characters between two marks.
package enum AgeArmor {
    private static let begin = "-----BEGIN AGE ENCRYPTED FILE-----"
    private static let end = "-----END AGE ENCRYPTED FILE-----"

    /// Ends with a line break, as SOPS embeds it.
    package static func encode(_ bytes: [UInt8]) -> String {
        var lines = [begin]
        var digits = Base64.encode(bytes)[...]
        while !digits.isEmpty {
            lines.append(String(digits.prefix(64)))
            digits = digits.dropFirst(64)
        }
        return (lines + [end]).joined(separator: "\n") + "\n"
    }

    static func isArmored(_ bytes: [UInt8]) -> Bool {
        bytes.drop { $0 <= 0x20 }.starts(with: begin.utf8.prefix(15))
    }

    static func decode(_ bytes: [UInt8]) throws(AgeError) -> [UInt8] {
        var text = Substring(String(decoding: bytes, as: UTF8.self).replacing("\r\n", with: "\n"))
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count > 2, lines[0] == begin, lines[lines.count - 1] == end else {
            throw .malformed("its armor has no \(lines.first == begin[...] ? "end" : "beginning")")
        }
        let body = lines.dropFirst().dropLast()
        guard body.dropLast().allSatisfy({ $0.utf8.count == 64 }), let last = body.last,
            (1...64).contains(last.utf8.count), let result = Base64.decode(body.joined()),
            Base64.encode(result) == body.joined()
        else { throw .malformed("its armor is not base64 in lines of 64 characters") }
        return result
    }
}
