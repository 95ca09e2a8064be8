/// Telephone numbers: international ones (ITU-T E.164) and North American ones by their form, national ones where a
/// field or the text speaks of a telephone.
struct Phones {
    let text: [UInt8]

    /// - Parameter isNamed: whether a field says that this is a telephone number.
    func phone(at start: Int, isNamed: Bool = false) -> Range<Int>? {
        let before = text.at(start - 1)
        guard !before.isWord || text.at(start - 2) == 0x5C, before != 0x2E, before != 0x2D, before != 0x2B,
            before != 0x23,
            before != 0x2F || isNamed, before != 0x28 || !text[start].isDigit || isNamed
        else { return nil }
        guard let run = digits(from: start) else { return nil }
        let next = text.at(run.end)
        guard !next.isWord, next != 0x40, !(next == 0x2E && text.at(run.end + 1).isDigit),
            !(next == 0x2D && text.at(run.end + 1).isWord), next != 0x3A || !text.at(run.end + 1).isDigit
        else { return nil }
        let isInternational = text[start] == 0x2B && run.digits[0] != 0 && run.count >= 8
        if isInternational { return start..<run.end }
        guard text[start] != 0x2B, isNamed || isNorthAmerican(start, run) || isSpokenOf(start) else { return nil }
        return start..<run.end
    }

    /// Digits as a person dials them.
    private struct Run {
        var digits = InlineArray<16, UInt8>(repeating: 0)
        var count = 0
        var end = 0
        /// Three, three and four of them.
        var isThreeThreeFour = false
    }

    /// The digits from `start` on with single separators between; nil where they are too few, too many or too much alike.
    private func digits(from start: Int) -> Run? {
        var run = Run()
        run.end = start
        var place = start
        var lengths = 0
        var inGroup = 0
        var seen: UInt16 = 0
        while place < text.count, run.count <= 15 {
            let byte = text[place]
            if byte.isDigit {
                run.digits[run.count] = byte - 0x30
                run.count += 1
                seen |= 1 << UInt16(byte - 0x30)
                inGroup += 1
                run.end = place + 1
            } else if Self.isBetween(byte), place == start || goesOn(place) {
                if inGroup > 0 { lengths = lengths << 5 | inGroup }
                inGroup = 0
            } else {
                break
            }
            place += 1
        }
        if inGroup > 0 { lengths = lengths << 5 | inGroup }
        run.isThreeThreeFour = lengths == 3 << 10 | 3 << 5 | 4
        return (7...15).contains(run.count) && seen.nonzeroBitCount > 2 ? run : nil
    }

    private static func isBetween(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x2D || byte == 0x2E || byte == 0x2F || byte == 0x28 || byte == 0x29 || byte == 0x2B
    }

    /// Whether digits follow a separator, at most one more between.
    private func goesOn(_ place: Int) -> Bool {
        if text[place] == 0x2B { return false }
        let next = text.at(place + 1)
        return next.isDigit || Self.isBetween(next) && next != 0x2B && text.at(place + 2).isDigit
    }

    private func isNorthAmerican(_ start: Int, _ run: Run) -> Bool {
        guard run.count == 10, run.digits[0] >= 2, run.digits[3] >= 2, run.isThreeThreeFour else { return false }
        return text[start] == 0x28 || text.at(start + 3) == 0x2D || text.at(start + 3) == 0x2E
    }

    private static let words = WordSearch([
        "phone", "call", "tel", "mobile", "cell", "fax", "dial", "ring ", "text me", "sms", "whatsapp", "my number",
        "reach me", "handy", "numero", "numéro", "rufen", "llama", "chiama", "ligue", "contact",
    ])

    private func isSpokenOf(_ start: Int) -> Bool {
        PersonalNumbers(text: text).speaks(of: Self.words, before: start..<start)
    }
}
