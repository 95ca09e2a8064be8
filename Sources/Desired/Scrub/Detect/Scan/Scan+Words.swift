/// What words are by their form: tokens, numbers, addresses, runs of base64.
extension Scan {
    /// - Returns: the end of the word that starts at `start`.
    mutating func word(at start: Int) -> Int {
        var end = start + 1
        while end < text.count, text[end].isWord { end += 1 }
        if end - start == 4, text.at(end) == 0x2D, let time = dateEnd(start) { return time }
        var first = start
        // The letter of an escape is no part of the word.
        if start > 0, text[start - 1] == 0x5C, end - start > 1, text[start] == 0x6E || text[start] == 0x74 {
            first += 1
        }
        token(at: first)
        let byte = text[first]
        if byte.isDigit { digits(at: first) } else if end - first >= 2 || text.at(end) == 0x2D { letters(first..<end) }
        if byte.isHex, end - first == 2 || end - first == 4, !text.at(end).isSpace, let range = network.mac(at: first) {
            add("mac-address", .personal, range)
        }
        if end - first >= 8 || text.at(end) == 0x2B || text.at(end) == 0x2F || text.at(end) == 0x2D {
            base64(at: first)
        }
        let next = text.at(end)
        if next == 0x2D || next == 0x2E || next == 0x7E { rare(first..<end) }
        if next == 0x20 || next == 0x28, text.at(end + 1).isQuote {
            if next == 0x20 { quoted(after: first..<end) } else { arguments(of: first..<end, from: end) }
        }
        return end
    }

    /// The end of the date that starts at `start`, of a year from 1900 to 2099: it is no number of a person's.
    func dateEnd(_ start: Int) -> Int? {
        let century = text[start] == 0x31 && text[start + 1] == 0x39 || text[start] == 0x32 && text[start + 1] == 0x30
        guard century, text[start + 2].isDigit, text[start + 3].isDigit, !text.at(start - 1).isWord else { return nil }
        var place = start + 4
        for most in [12, 31] {
            guard text.at(place) == 0x2D, text.at(place + 1).isDigit else { return nil }
            var number = Int(text[place + 1] - 0x30)
            place += 2
            if text.at(place).isDigit {
                number = number * 10 + Int(text[place] - 0x30)
                place += 1
            }
            guard number >= 1, number <= most else { return nil }
        }
        let next = text.at(place)
        if next == 0x20 || next == 0x54, let end = timeEnd(place + 1) { return end }
        return next.isWord || next == 0x2D ? nil : place
    }

    /// The end of the time of day that starts at `start`, with its fraction and its zone: `12:31:28.5+01`.
    func timeEnd(_ start: Int) -> Int? {
        var place = start
        for part in 0..<3 {
            guard text.at(place).isDigit, text.at(place + 1).isDigit, part == 2 || text.at(place + 2) == 0x3A else {
                return nil
            }
            place += part == 2 ? 2 : 3
        }
        if text.at(place) == 0x2E {
            place += 1
            while text.at(place).isDigit { place += 1 }
        }
        let isZone = text.at(place) == 0x2B || text.at(place) == 0x2D
        if isZone, text.at(place + 1).isDigit, text.at(place + 2).isDigit {
            place += 3
            let hasMinutes = text.at(place) == 0x3A && text.at(place + 1).isDigit && text.at(place + 2).isDigit
            if hasMinutes { place += 3 }
        } else if text.at(place) == 0x5A {
            place += 1
        }
        return text.at(place).isWord || text.at(place) == 0x3A ? nil : place
    }

    mutating func digits(at place: Int) {
        if let found = numbers.number(at: place) {
            add(found.type, .personal, found.range)
        } else if let range = network.ipv4(at: place) {
            add("ipv4", .personal, range)
        } else if let range = phones.phone(at: place) {
            add("phone", .personal, range)
        } else if let range = numbers.corsican(at: place) {
            add("fr-nir", .personal, range)
        } else if let found = Oddities(text: text).credential(at: place) {
            add(found.type, .secret, found.range)
        }
    }

    mutating func letters(_ word: Range<Int>) {
        let first = text[word.lowerBound]
        if first.isUpper, let found = numbers.lettered(at: word.lowerBound) {
            add(found.type, .personal, found.range)
        }
        keyword(word, first | 0x20)
    }

    /// Tokens that have no start of their own.
    mutating func rare(_ word: Range<Int>) {
        if let found = Oddities(text: text).token(word) { add(found.type, .secret, found.range) }
    }

    mutating func base64(at place: Int) {
        guard place >= encodedEnd else { return }
        let run = EncodedText(text: text).run(at: place)
        encodedEnd = run.range.upperBound
        if let plain = run.decoded { encoded.append((run.range, plain)) }
    }
}
