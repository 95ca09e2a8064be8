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
        var digits: [UInt8] = []
        var end = start
        var place = start
        var groups: [Int] = []
        var inGroup = 0
        while place < text.count, digits.count <= 15 {
            let byte = text[place]
            if byte.isDigit {
                digits.append(byte - 0x30)
                inGroup += 1
                end = place + 1
            } else if Self.isBetween(byte), place == start || goesOn(place) {
                if inGroup > 0 { groups.append(inGroup) }
                inGroup = 0
            } else {
                break
            }
            place += 1
        }
        if inGroup > 0 { groups.append(inGroup) }
        let next = text.at(end)
        guard (7...15).contains(digits.count), !next.isWord, next != 0x40, !(next == 0x2E && text.at(end + 1).isDigit),
            !(next == 0x2D && text.at(end + 1).isWord), next != 0x3A || !text.at(end + 1).isDigit, Set(digits).count > 2
        else { return nil }
        let isInternational = text[start] == 0x2B && digits[0] != 0 && digits.count >= 8
        if isInternational { return start..<end }
        guard isNamed || isNorthAmerican(start, digits, groups) || isSpokenOf(start) else { return nil }
        return text[start] == 0x2B ? nil : looksDialled(digits) ? start..<end : nil
    }

    private func looksDialled(_ digits: [UInt8]) -> Bool { digits.count >= 8 || digits.count == 7 }

    private static func isBetween(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x2D || byte == 0x2E || byte == 0x2F || byte == 0x28 || byte == 0x29 || byte == 0x2B
    }

    /// Whether digits follow a separator, at most one more between.
    private func goesOn(_ place: Int) -> Bool {
        if text[place] == 0x2B { return false }
        let next = text.at(place + 1)
        return next.isDigit || Self.isBetween(next) && next != 0x2B && text.at(place + 2).isDigit
    }

    private func isNorthAmerican(_ start: Int, _ digits: [UInt8], _ groups: [Int]) -> Bool {
        guard digits.count == 10, digits[0] >= 2, digits[3] >= 2, groups == [3, 3, 4] else { return false }
        return text[start] == 0x28 || text.at(start + 3) == 0x2D || text.at(start + 3) == 0x2E
    }

    private static let words: [StaticString] = [
        "phone", "call", "tel", "mobile", "cell", "fax", "dial", "ring ", "text me", "sms", "whatsapp", "my number",
        "reach me", "handy", "numero", "numéro", "rufen", "llama", "chiama", "ligue", "contact",
    ]

    private func isSpokenOf(_ start: Int) -> Bool {
        PersonalNumbers(text: text).speaks(of: Self.words, before: start..<start)
    }
}
