/// Changing texts word by word, as sprig's helpers do.
enum Words {
    static func title(_ text: String) -> String {
        mapped(text, atStart: { $0.uppercased() })
    }

    static func untitle(_ text: String) -> String {
        mapped(text, atStart: { $0.lowercased() })
    }

    private static func mapped(
        _ text: String, atStart: (Character) -> String
    ) -> String {
        var result = ""
        var isStart = true
        for character in text {
            result += isStart ? atStart(character) : String(character)
            isStart = !(character.isLetter || character.isNumber || character == "_" || character == "'")
        }
        return result
    }

    static func swapCase(_ text: String) -> String {
        var result = ""
        var isStart = true
        for character in text {
            if character.isUppercase {
                result += character.lowercased()
            } else if character.isLowercase {
                result += isStart ? String(character).uppercased() : character.uppercased()
            } else {
                result.append(character)
            }
            isStart = character.isWhitespace
        }
        return result
    }

    /// The words of a name in camel case, snake case or kebab case, in small letters.
    static func joined(_ text: String, by separator: Character) -> String {
        var result = ""
        let characters = Array(text)
        for (index, character) in characters.enumerated() {
            if character == "_" || character == "-" || character == " " || character == "." {
                if !result.isEmpty, result.last != separator { result.append(separator) }
                continue
            }
            if character.isUppercase, index > 0 {
                let before = characters[index - 1]
                let beforeSmall = index + 1 < characters.count && characters[index + 1].isLowercase
                if before.isLowercase || before.isNumber || before.isUppercase && beforeSmall, result.last != separator
                {
                    result.append(separator)
                }
            }
            result += character.lowercased()
        }
        while result.last == separator { result.removeLast() }
        return result
    }

    static func camel(_ text: String) -> String {
        var result = ""
        var rest = Substring(text)
        while rest.first == "_" || rest.first == "-" { result.append(rest.removeFirst()) }
        var raises = true
        for character in rest {
            if "_- .".contains(character) {
                raises = true
            } else {
                result += raises ? character.uppercased() : String(character)
                raises = false
            }
        }
        return result
    }

    /// Breaks at spaces so that lines hold at most `width` characters where words allow.
    static func wrap(_ text: String, _ width: Int, _ lineBreak: String) -> String {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ", omittingEmptySubsequences: false) {
            if line.isEmpty {
                line = String(word)
            } else if line.count + 1 + word.count <= width {
                line += " " + word
            } else {
                lines.append(line)
                line = String(word)
            }
        }
        return (lines + [line]).joined(separator: lineBreak)
    }
}

/// Cutting characters off.
enum Trim {
    static func isSpace(_ character: Character) -> Bool { character.isWhitespace }

    static func both(_ text: String, _ isCut: (Character) -> Bool) -> String {
        var rest = text[...]
        while let first = rest.first, isCut(first) { rest.removeFirst() }
        while let last = rest.last, isCut(last) { rest.removeLast() }
        return String(rest)
    }
}

/// Finding texts in texts, byte by byte as Go does.
enum Search {
    /// Where `part` begins in `bytes`, from an offset on.
    private static func find(_ part: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        guard let first = part.first, bytes.count >= part.count else { return nil }
        var index = start
        let last = bytes.count - part.count
        while index <= last {
            if bytes[index] == first, bytes[index..<index + part.count].elementsEqual(part) { return index }
            index += 1
        }
        return nil
    }

    static func contains(_ text: String, _ part: String) -> Bool {
        part.isEmpty || find(Array(part.utf8), in: Array(text.utf8), from: 0) != nil
    }

    static func split(_ text: String, _ separator: String, most: Int = -1) -> [String] {
        if most == 0 { return [] }
        if separator.isEmpty { return text.unicodeScalars.map { String($0) } }
        let (bytes, part) = (Array(text.utf8), Array(separator.utf8))
        var result: [String] = []
        var start = 0
        while most < 0 || result.count < most - 1, let found = find(part, in: bytes, from: start) {
            result.append(String(decoding: bytes[start..<found], as: UTF8.self))
            start = found + part.count
        }
        result.append(String(decoding: bytes[start...], as: UTF8.self))
        return result
    }

    static func replace(_ text: String, _ old: String, _ new: String) -> String {
        if old.isEmpty {
            return new + text.unicodeScalars.map { String($0) + new }.joined()
        }
        let (bytes, part, other) = (Array(text.utf8), Array(old.utf8), Array(new.utf8))
        guard var found = find(part, in: bytes, from: 0) else { return text }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var start = 0
        while true {
            result += bytes[start..<found]
            result += other
            start = found + part.count
            guard let next = find(part, in: bytes, from: start) else { break }
            found = next
        }
        result += bytes[start...]
        return String(decoding: result, as: UTF8.self)
    }
}
