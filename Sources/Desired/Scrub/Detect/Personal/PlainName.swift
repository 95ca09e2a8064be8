/// A name in ASCII and the marked letters of Western Europe, judged byte by byte: what nearly all names in tables are.
///
/// Every answer is nil for a text with other letters.
struct PlainName {
    private static let particles = WordHashes(PersonalFields.particles)
    private static let things = WordHashes(PersonalFields.things)

    let text: [UInt8]
    let range: Range<Int>

    /// The letters of one word.
    private struct Word {
        var range: Range<Int>
        var count = 0
        var startsBig = false
        var hasQuote = false
        /// Whether nothing but letters and what stands between the parts of names is in it.
        var isName = true
        /// Whether nothing but letters and quotes is in it.
        var isQuoted = true
        var hasBig = false
    }

    /// Whether it is so many words at most, all of which a name has, the first and the last of them in capitals.
    func isName(most: Int) -> Bool? {
        var place = range.lowerBound
        var count = 0
        var last = Word(range: place..<place)
        while let word = next(&place) {
            guard word.count >= 0 else { return nil }
            count += 1
            let isParticle = !word.hasBig && isParticle(word)
            guard count <= most, isParticle || isPart(word), count > 1 || word.startsBig || isParticle,
                !Self.things.contains(text, word.range)
            else { return false }
            last = word
        }
        return count > 0 && last.startsBig
    }

    /// Whether one of its words, or a part between dashes, is a given name that is common.
    var hasGivenName: Bool? {
        var hash = WordHashes.empty
        for place in range {
            let byte = text[place]
            if byte == 0x20 || byte == 0x2D {
                if GivenNames.hashes.contains(hash) { return true }
                hash = WordHashes.empty
            } else if byte < 0x80 {
                WordHashes.add(byte.lowercased, to: &hash)
            } else if byte == 0xC3 {
                guard let plain = Self.folded(text.at(place + 1)) else { return nil }
                for offset in 0..<plain.utf8CodeUnitCount { WordHashes.add(plain.utf8Start[offset], to: &hash) }
            } else if text.at(place - 1) != 0xC3 {
                return nil
            }
        }
        return GivenNames.hashes.contains(hash)
    }

    private func isParticle(_ word: Word) -> Bool { Self.particles.contains(text, word.range) }

    private func isPart(_ word: Word) -> Bool {
        if word.startsBig || text[word.range.lowerBound] == 0x27 { return word.isName && word.count <= 24 }
        // d'Angelo, o'Neill
        return word.hasQuote && word.isQuoted
    }

    /// The word that follows a place, its count negative where it has other letters; nil at the end.
    private func next(_ place: inout Int) -> Word? {
        while place < range.upperBound, text[place] == 0x20 { place += 1 }
        guard place < range.upperBound else { return nil }
        var word = Word(range: place..<place)
        let start = place
        while place < range.upperBound, text[place] != 0x20 {
            let byte = text[place]
            var isBig = byte.isUpper
            if byte == 0x27 {
                word.hasQuote = true
            } else if byte == 0x2D || byte == 0x2E {
                word.isQuoted = false
            } else if byte == 0xC3, text.at(place + 1) != 0x97, text.at(place + 1) != 0xB7 {
                isBig = text.at(place + 1) < 0x9F
                place += 1
            } else if byte >= 0x80 {
                word.count = -1000
            } else if !byte.isLetter {
                word.isName = false
                word.isQuoted = false
            }
            if isBig { word.hasBig = true }
            if word.count == 0 { word.startsBig = isBig }
            word.count += 1
            place += 1
        }
        place = min(place, range.upperBound)
        word.range = start..<place
        return word
    }

    /// The plain letters of one that is marked, as the list of names has it: the second byte of U+00C0 to U+00FF.
    private static func folded(_ second: UInt8) -> StaticString? {
        switch second {
        case 0x9F: "ss"
        case 0xA6: "ae"
        case 0xBD, 0xBF: "y"
        case 0x80...0x85, 0xA0...0xA5: "a"
        case 0x87, 0xA7: "c"
        case 0x88...0x8B, 0xA8...0xAB: "e"
        case 0x8C...0x8F, 0xAC...0xAF: "i"
        case 0x91, 0xB1: "n"
        case 0x92...0x96, 0x98, 0xB2...0xB6, 0xB8: "o"
        case 0x99...0x9C, 0xB9...0xBC: "u"
        default: nil
        }
    }
}
