/// A name and its value in a text, whatever the format: `key: value`, `KEY="value"`, `"key": "value"`, `--key value`.
struct TextField {
    var name: Range<Int>
    /// The name with up to two words before it, as prose has it: `the given name: …`.
    var phrase: Range<Int>
    /// Without the quotes.
    var value: Range<Int>
    var isQuoted: Bool
}

/// Reads fields at their separators. It parses no format: a file may be cut, templated, or a format inside another.
struct TextFieldReader {
    private static let longestName = 120
    private static let longestValue = 16_384
    let text: [UInt8]
    /// How many bytes of values may still be looked at: in a hostile text each value holds all that follow. After that
    /// long values are cut.
    private var budget: Int

    init(text: [UInt8]) {
        self.text = text
        budget = 16 * text.count + 4 * Self.longestValue
    }

    private var mostOfValue: Int { budget > 0 ? Self.longestValue : 256 }

    /// A name before a separator, and where its value would start: most names say nothing, and their values are not read.
    struct Head {
        var name: Range<Int>
        /// The name with up to two words before it, as prose has it: `the given name: …`.
        var phrase: Range<Int>
        fileprivate var start: Int
        fileprivate var isColon: Bool
    }

    /// The name before the `:` or `=` at `separator`.
    func head(at separator: Int) -> Head? {
        var start = separator + 1
        let isColon = text[separator] == 0x3A
        let next = text.at(start)
        if isColon {
            guard next.isSpace || next.isQuote || next == 0x5C || text.at(separator - 1).isQuote else { return nil }
        } else {
            if next == 0x3E {
                start += 1
            } else if next == 0x3D || Self.comparing(text.at(separator - 1)) {
                return nil
            }
        }
        var end = separator
        if !isColon, text.at(end - 1) == 0x3A { end -= 1 }
        guard let name = self.name(endingAt: end) else { return nil }
        return Head(name: name, phrase: phrase(name), start: start, isColon: isColon)
    }

    /// What is declared where the name before an equals sign is that of a type: `token: String = …`, `token As String = …`.
    func declared(_ head: Head) -> Head? {
        guard !head.isColon else { return nil }
        var place = head.name.lowerBound
        while text.at(place - 1) == 0x26 || text.at(place - 1) == 0x20 { place -= 1 }
        var end = place
        if text.at(place - 1) == 0x3A {
            end = place - 1
        } else if place < head.name.lowerBound, text.has(" As", at: place - 3) {
            end = place - 3
        } else {
            return nil
        }
        guard text.at(end - 1).isWord, let name = self.name(endingAt: end) else { return nil }
        return Head(name: name, phrase: name, start: head.start, isColon: false)
    }

    /// `!`, `<`, `>` and `=`, with which an equals sign compares.
    private static func comparing(_ byte: UInt8) -> Bool { byte == 0x21 || byte >= 0x3C && byte <= 0x3E }

    /// The field of a name, with its value.
    mutating func field(of head: Head) -> TextField? {
        guard let value = self.value(from: head.start, isColon: head.isColon, name: head.name) else { return nil }
        return TextField(name: head.name, phrase: head.phrase, value: value.range, isQuoted: value.isQuoted)
    }

    private func phrase(_ name: Range<Int>) -> Range<Int> {
        var start = name.lowerBound
        for _ in 0..<2 where text.at(start - 1) == 0x20 && text.at(start - 2).isLetter {
            start -= 1
            while text.at(start - 1).isWord { start -= 1 }
        }
        return start..<name.upperBound
    }

    /// The value that follows a name without a sign: an option's, or that of `password is …`.
    mutating func valueOfWord(from start: Int) -> (range: Range<Int>, isQuoted: Bool)? {
        var place = start
        while text.at(place).isBlank { place += 1 }
        if let quoted = quoted(at: place) {
            budget -= quoted.count
            return (quoted, true)
        }
        var end = place
        let limit = Swift.min(text.count, place + mostOfValue)
        while end < limit, !text[end].isSpace, !text[end].isQuote, text[end] != 0x2C || !text.at(end + 1).isSpace {
            end += 1
        }
        budget -= end - place
        return end > place ? (place..<end, false) : nil
    }

    private func name(endingAt end: Int) -> Range<Int>? {
        var high = end
        let least = Swift.max(0, end - Self.longestName)
        while high > least, text[high - 1].isBlank { high -= 1 }
        if high > least, text[high - 1] == 0x5D { high -= 1 }
        guard high > least else { return nil }
        let quote = text[high - 1]
        if quote.isQuote {
            high -= 1
            if high > least, text[high - 1] == 0x5C { high -= 1 }
            var low = high
            while low > least, text[low - 1] != quote, !text[low - 1].isLineEnd { low -= 1 }
            guard low > least, text[low - 1] == quote, low < high else { return nil }
            return low..<high
        }
        var low = high
        while low > least, Self.isNameByte(text[low - 1]) { low -= 1 }
        // The n of an escaped line feed is no part of the name.
        if low > 0, text[low - 1] == 0x5C, low < high { low += 1 }
        while low < high, text[low] == 0x2D || text[low] == 0x2E || text[low] == 0x2F { low += 1 }
        return low < high ? low..<high : nil
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        byte.isWord || byte == 0x2D || byte == 0x2E || byte == 0x2F || byte >= 0x80
    }

    private mutating func value(from start: Int, isColon: Bool, name: Range<Int>) -> (
        range: Range<Int>, isQuoted: Bool
    )? {
        var place = start
        while text.at(place).isBlank { place += 1 }
        guard place < text.count else { return nil }
        if text[place].isLineEnd {
            // JSON that is written with each value on a line of its own is nobody's.
            return nil
        }
        if let quoted = quoted(at: place) {
            budget -= quoted.count
            return (quoted, true)
        }
        let end = isColon || place > start ? plainEnd(from: place, name: name) : wordEnd(from: place)
        budget -= end - place
        let range = text.trimmed(place..<end)
        return range.isEmpty ? nil : (range, false)
    }

    /// What is between quotes at `place`; nil where there is none, or it does not end.
    private func quoted(at place: Int) -> Range<Int>? {
        let isEscaped = text.at(place) == 0x5C
        let open = isEscaped ? place + 1 : place
        let quote = text.at(open)
        guard quote.isQuote else { return nil }
        let limit = Swift.min(text.count, open + mostOfValue)
        var end = open + 1
        while end < limit {
            let byte = text[end]
            if byte == 0x5C {
                if isEscaped, text.at(end + 1) == quote { return open + 1..<end }
                end += quote == 0x27 ? 1 : 2
            } else if byte == quote {
                guard quote == 0x27, text.at(end + 1) == quote else {
                    return open + 1..<end
                }
                end += 2
            } else {
                end += 1
            }
        }
        return nil
    }

    /// The end of a value that ends with its word: in a shell, a URL, a connection string.
    private func wordEnd(from start: Int) -> Int {
        let limit = Swift.min(text.count, start + mostOfValue)
        var end = start
        while end < limit {
            let byte = text[end]
            if byte.isSpace || byte.isQuote || byte == 0x3B || byte == 0x26 || byte == 0x2C || byte == 0x5C { break }
            if byte == 0x7D || byte == 0x29, text.index(of: byte == 0x7D ? 0x7B : 0x28, from: start, to: end) == nil {
                break
            }
            end += 1
        }
        return end
    }

    /// The end of a plain value: the line's, a comment's start, or where a flow collection goes on.
    private func plainEnd(from start: Int, name: Range<Int>) -> Int {
        let limit = Swift.min(text.count, start + mostOfValue)
        let inFlow = isInFlow(name.lowerBound)
        var end = start
        while end < limit, !text[end].isLineEnd {
            let byte = text[end]
            if byte == 0x23, end > start, text[end - 1].isBlank { break }
            if inFlow, byte == 0x2C || byte == 0x7D || byte == 0x5D,
                text.index(of: byte == 0x7D ? 0x7B : 0x5B, from: start, to: end) == nil
            {
                break
            }
            end += 1
        }
        return end
    }

    private func isInFlow(_ place: Int) -> Bool {
        var depth = 0
        var byte = place - 1
        let least = Swift.max(0, place - 512)
        while byte >= least, !text[byte].isLineEnd {
            switch text[byte] {
            case 0x7B, 0x5B: depth += 1
            case 0x7D, 0x5D: depth -= 1
            default: break
            }
            byte -= 1
        }
        return depth > 0
    }
}
