/// A `Key: value` line in the last paragraph of a commit's message (git-interpret-trailers(1)).
package struct Trailer: Sendable, Hashable, CustomStringConvertible {
    package let key: String
    package let value: String

    /// Characters that would end the line or the key are replaced by spaces.
    package init(_ key: String, _ value: String) {
        self.key = String(key.map { Self.isKeyCharacter($0) ? $0 : "-" })
        self.value = String(value.map { $0.isNewline || $0 == "\0" ? " " : $0 })
    }

    package var description: String { "\(key): \(value)" }

    /// The trailers of a message: its last paragraph, when that is not the subject and each of its lines is a trailer
    /// or continues one by leading white space.
    package static func parse(_ message: String) -> [Trailer] {
        let lines = message.split(separator: "\n", omittingEmptySubsequences: false)
        var last = lines[...]
        while last.last?.allSatisfy(\.isWhitespace) == true { last = last.dropLast() }
        guard let blank = last.lastIndex(where: { $0.allSatisfy(\.isWhitespace) }),
            last[..<blank].contains(where: { !$0.allSatisfy(\.isWhitespace) })
        else { return [] }
        var trailers: [Trailer] = []
        for line in last[(blank + 1)...] {
            if line.first?.isWhitespace == true, let previous = trailers.popLast() {
                trailers.append(Trailer(previous.key, "\(previous.value) \(trimmed(line))"))
                continue
            }
            guard let colon = line.firstIndex(of: ":"), colon != line.startIndex,
                line[..<colon].allSatisfy(isKeyCharacter)
            else { return [] }
            trailers.append(Trailer(String(line[..<colon]), trimmed(line[line.index(after: colon)...])))
        }
        return trailers
    }

    /// A message with these trailers as its last paragraph, joined to the trailers that it has.
    package static func append(_ trailers: [Trailer], to message: String) -> String {
        var text = message
        while text.last?.isWhitespace == true { text.removeLast() }
        guard !trailers.isEmpty else { return text + "\n" }
        let separator = parse(text).isEmpty ? "\n\n" : "\n"
        return text + separator + trailers.map(\.description).joined(separator: "\n") + "\n"
    }

    private static func isKeyCharacter(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || character == "-")
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text.drop(while: \.isWhitespace)
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
