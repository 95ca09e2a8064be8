/// Numbers of cards, accounts and persons, found by their form and check digits, or by what a field or a text says.
struct PersonalNumbers {
    let text: [UInt8]

    /// The number that starts at `start`, which nothing like a number precedes.
    func number(at start: Int, hint: FieldName.Personal = .none) -> (range: Range<Int>, type: String)? {
        guard startsHere(start), mayBeNumber(start) else { return nil }
        let groups = NumberGroups(text, from: start)
        // The longest run first: a card is no card if its number goes on.
        for count in stride(from: groups.count, through: 1, by: -1) {
            let digits = groups.digits(in: count)
            guard digits == 8 || digits == 9 || (11...19).contains(digits) else { continue }
            // What goes on with the same separator is one number.
            if count > 1, count < groups.count, groups.separator(after: count - 1) == groups.separator(after: count - 2)
            {
                continue
            }
            // A sign stands between two groups.
            let end = start + digits + count - 1
            if let found = type(of: groups.first(count), start..<end, hint) { return (start..<found.end, found.type) }
        }
        return nil
    }

    /// Whether the digits from `start` on, or the first groups of them, are as many as a number that is known has.
    private func mayBeNumber(_ start: Int) -> Bool {
        var place = start
        var count = 0
        var groups = 0
        var first = 0
        while place < text.count, count < 24 {
            let begin = place
            while place < text.count, text[place].isDigit, count < 24 {
                count += 1
                place += 1
            }
            guard place > begin else { break }
            groups += 1
            if groups == 1 { first = count }
            if count == 9 || (11...19).contains(count) { return true }
            // A DNI: eight digits, or two and three and three.
            if count == 8, groups == 1 || groups == 3 && first == 2 { return true }
            let separator = text.at(place)
            guard separator == 0x20 || separator == 0x2D || separator == 0x2E, text.at(place + 1).isDigit else { break }
            place += 1
        }
        return false
    }

    private func startsHere(_ start: Int) -> Bool {
        let before = text.at(start - 1)
        if before.isWord { return text.at(start - 2) == 0x5C }
        if before == 0x2D || before == 0x2E || before == 0x2F || before == 0x3A || before == 0x2B || before == 0x23 {
            let further = text.at(start - 2)
            return !(further.isWord || further == before) && before != 0x2B && before != 0x23
        }
        // A group of four after three others is the end of a number, not a start.
        return before != 0x20
            || !(text.at(start - 2).isDigit && text.at(start - 3).isDigit && text.at(start - 4).isDigit)
    }

    private func type(of groups: NumberGroups, _ range: Range<Int>, _ hint: FieldName.Personal) -> (
        type: String, end: Int
    )? {
        let next = text.at(range.upperBound)
        let further = text.at(range.upperBound + 1)
        if let spanish = spanish(groups, range) { return spanish }
        guard !next.isWord, next != 0x40,
            !((next == 0x2D || next == 0x2E || next == 0x2F || next == 0x3A) && further.isWord)
        else { return nil }
        guard groups.separators.count <= 2 else { return nil }
        let type: String? =
            switch groups.digits.count {
            case 9: ssn(groups, range, hint) ? "us-ssn" : nil
            case 11: elevenDigits(groups, range, hint)
            case 12: aadhaar(groups, range, hint) ? "in-aadhaar" : nil
            case 15 where nir(groups): "fr-nir"
            case 13...19: card(groups) ? "payment-card" : nil
            default: nil
            }
        return type.map { ($0, range.upperBound) }
    }

    private func ssn(_ groups: NumberGroups, _ range: Range<Int>, _ hint: FieldName.Personal) -> Bool {
        let digits = groups.digits
        let area = Int(digits[0]) * 100 + Int(digits[1]) * 10 + Int(digits[2])
        guard area != 0, area != 666, area < 900, digits[3] + digits[4] > 0, digits[5...].contains(where: { $0 > 0 })
        else { return false }
        if groups.areLong([3, 2, 4, 0, 0, 0, 0]) { return groups.separators == .dash || groups.separators == .blank }
        return groups.count == 1 && (hint == .usSSN || speaks(of: Self.ssnWords, before: range))
    }

    private func elevenDigits(_ groups: NumberGroups, _ range: Range<Int>, _ hint: FieldName.Personal) -> String? {
        if CheckDigits.cpf(groups.digits) {
            let isFormatted =
                groups.areLong([3, 3, 3, 2, 0, 0, 0]) && groups.separator(after: 0) == 0x2E
                && groups.separator(after: 1) == 0x2E && groups.separator(after: 2) == 0x2D
            if isFormatted || hint == .brCPF || speaks(of: Self.cpfWords, before: range) { return "br-cpf" }
        }
        guard groups.digits[0] != 0, CheckDigits.mod11And10(groups.digits),
            hasOneRepeatedDigit(groups.digits.dropLast())
        else { return nil }
        let isFormatted = groups.areLong([2, 3, 3, 3, 0, 0, 0]) && groups.separators == .blank
        return isFormatted || hint == .deSteuerID
            || speaks(of: Self.taxWords, before: range) ? "de-steuer-id" : nil
    }

    /// Of the first ten digits one occurs twice or thrice, the others at most once.
    private func hasOneRepeatedDigit(_ digits: some Collection<UInt8>) -> Bool {
        var counts = InlineArray<10, Int>(repeating: 0)
        for digit in digits { counts[Int(digit)] += 1 }
        var repeated = 0
        for digit in 0..<10 where counts[digit] > 1 {
            guard counts[digit] <= 3 else { return false }
            repeated += 1
        }
        return repeated == 1
    }

    private func aadhaar(_ groups: NumberGroups, _ range: Range<Int>, _ hint: FieldName.Personal) -> Bool {
        guard groups.digits[0] >= 2, CheckDigits.verhoeff(groups.digits) else { return false }
        if groups.areLong([4, 4, 4, 0, 0, 0, 0]) { return true }
        return groups.count == 1 && (hint == .inAadhaar || speaks(of: Self.aadhaarWords, before: range))
    }

    /// France's NIR: sex, year, month, department, commune, order, and 97 less the rest as its key.
    private func nir(_ groups: NumberGroups) -> Bool {
        guard
            groups.count == 1 || groups.areLong([1, 2, 2, 2, 3, 3, 2]) || groups.areLong([13, 2, 0, 0, 0, 0, 0])
        else { return false }
        return Self.isNIR(groups.digits, department: nil)
    }

    /// - Parameter department: what stands for Corsica's letter in the key's number; see `corsican(at:)`.
    private static func isNIR(_ digits: DigitRun, department: Int?) -> Bool {
        let month = Int(digits[3]) * 10 + Int(digits[4])
        guard (1...2).contains(digits[0]) || digits[0] == 7 || digits[0] == 8, (1...12).contains(month) || month >= 20
        else { return false }
        var number = 0
        for digit in digits.prefix(13) { number = number * 10 + Int(digit) }
        if let department { number -= department }
        return 97 - number % 97 == Int(digits[13]) * 10 + Int(digits[14])
    }

    /// A NIR of Corsica: `2A` counts as 19 and `2B` as 18 in the key.
    func corsican(at start: Int) -> Range<Int>? {
        guard startsHere(start), text.at(start) == 0x31 || text.at(start) == 0x32 else { return nil }
        var digits = DigitRun()
        var letter: UInt8?
        var place = start
        while place < text.count, digits.count < 15 {
            let byte = text[place]
            if byte.isDigit {
                digits.append(byte - 0x30)
            } else if digits.count == 6, digits.last == 2, byte == 0x41 || byte == 0x42 {
                letter = byte
                digits.append(0)
            } else if byte != 0x20 || !text.at(place + 1).isWord {
                return nil
            }
            place += 1
        }
        guard digits.count == 15, let letter, !text.at(place).isWord else { return nil }
        // 2A is 20 less one million, 2B 20 less two, of the number's thirteen digits.
        return Self.isNIR(digits, department: letter == 0x41 ? 1_000_000 : 2_000_000) ? start..<place : nil
    }

    private func spanish(_ groups: NumberGroups, _ range: Range<Int>) -> (type: String, end: Int)? {
        guard groups.digits.count == 8, groups.count == 1 || groups.areLong([2, 3, 3, 0, 0, 0, 0]) else { return nil }
        var place = range.upperBound
        if text.at(place) == 0x2D || text.at(place) == 0x20 { place += 1 }
        guard text.at(place).isUpper, !text.at(place + 1).isWord else { return nil }
        let number = groups.digits.reduce(0) { $0 * 10 + Int($1) }
        return text[place] == CheckDigits.spanishLetter(number) ? ("es-dni", place + 1) : nil
    }

    private func card(_ groups: NumberGroups) -> Bool {
        guard groups.separators.count <= 1, groups.separators != .dot, CheckDigits.luhn(groups.digits),
            groups.digits.variety > 1
        else { return false }
        let isGrouped =
            switch groups.count {
            case 1: true
            case 2: false
            case 3: groups.areLong([4, 6, 5, 0, 0, 0, 0]) || groups.areLong([4, 6, 4, 0, 0, 0, 0])
            default:
                (0..<groups.count - 1).allSatisfy { groups.length($0) == 4 } && groups.length(groups.count - 1) <= 4
            }
        return isGrouped && Self.isIssued(groups.digits)
    }

    /// Whether a network issues cards of this start and length.
    private static func isIssued(_ digits: DigitRun) -> Bool {
        let two = Int(digits[0]) * 10 + Int(digits[1])
        let four = two * 100 + Int(digits[2]) * 10 + Int(digits[3])
        switch digits.count {
        case 13: return digits[0] == 4
        case 14: return two == 36 || two == 38 || two == 39 || (3000...3059).contains(four)
        case 15: return two == 34 || two == 37 || four == 1800 || four == 2131
        case 16:
            return digits[0] == 4 || (51...55).contains(two) || (2221...2720).contains(four) || four == 6011
                || two == 62 || two == 64 || two == 65 || two == 35 || two == 60 || two == 81 || two == 50
                || (56...58).contains(two) || two == 63 || two == 67 || two == 22
        default: return digits[0] == 4 || two == 62 || two == 50 || (56...69).contains(two)
        }
    }

    /// Whether one of `words` stands in the line shortly before `range`.
    func speaks(of words: WordSearch, before range: Range<Int>) -> Bool {
        var start = range.lowerBound
        while start > 0, range.lowerBound - start < 72, !text[start - 1].isLineEnd { start -= 1 }
        return words.isFound(in: text, start..<range.lowerBound)
    }

    private static let ssnWords = WordSearch(["ssn", "social security"])
    private static let cpfWords = WordSearch(["cpf"])
    private static let taxWords = WordSearch(["steuer", "identifikationsnummer", "idnr", "tax id"])
    private static let aadhaarWords = WordSearch(["aadhaar", "aadhar", "uidai"])

    // MARK: Numbers with letters

    /// An IBAN, a NINO, an NIE: what starts with an upper-case letter.
    func lettered(at start: Int) -> (range: Range<Int>, type: String)? {
        let before = text.at(start - 1)
        guard !before.isWord || text.at(start - 2) == 0x5C, before != 0x2D, before != 0x2E, before != 0x2F else {
            return nil
        }
        if let range = nie(at: start) { return (range, "es-nie") }
        guard text.at(start + 1).isUpper else { return nil }
        if let range = iban(at: start) { return (range, "iban") }
        return nino(at: start).map { ($0, "uk-nino") }
    }

    private func iban(at start: Int) -> Range<Int>? {
        guard text.at(start + 2).isDigit, text.at(start + 3).isDigit,
            let length = CheckDigits.ibanLengths[text.text(start..<start + 2)]
        else { return nil }
        guard let (signs, end) = signs(from: start, count: length), CheckDigits.iban(signs[...]) else { return nil }
        return start..<end
    }

    private func nino(at start: Int) -> Range<Int>? {
        guard text.at(start + 2).isDigit || text.at(start + 3).isDigit, let (signs, end) = signs(from: start, count: 9),
            signs[2...7].allSatisfy(\.isDigit),
            (0x41...0x44).contains(signs[8])
        else { return nil }
        let never = Array("DFIQUV".utf8)
        guard signs[0].isUpper, signs[1].isUpper, !never.contains(signs[0]), !never.contains(signs[1]), signs[1] != 0x4F
        else { return nil }
        return ["BG", "GB", "NK", "KN", "TN", "NT", "ZZ"].contains(String(decoding: signs[..<2], as: UTF8.self))
            ? nil : start..<end
    }

    private func nie(at start: Int) -> Range<Int>? {
        let letter = text.at(start)
        guard letter >= 0x58, letter <= 0x5A else { return nil }
        var digits = Int(letter - 0x58)
        var count = 0
        var place = start + 1
        while place < text.count, count < 7 {
            if text[place].isDigit {
                digits = digits * 10 + Int(text[place] - 0x30)
                count += 1
            } else if text[place] != 0x2D && text[place] != 0x2E && text[place] != 0x20 {
                return nil
            }
            place += 1
        }
        guard count == 7 else { return nil }
        if text.at(place) == 0x2D || text.at(place) == 0x20 { place += 1 }
        guard text.at(place).isUpper, !text.at(place + 1).isWord else { return nil }
        return text[place] == CheckDigits.spanishLetter(digits) ? start..<place + 1 : nil
    }

    /// So many letters and digits, with single blanks between them.
    private func signs(from start: Int, count: Int) -> (signs: [UInt8], end: Int)? {
        var signs: [UInt8] = []
        var place = start
        while place < text.count, signs.count < count {
            if text[place].isDigit || text[place].isUpper {
                signs.append(text[place])
            } else if text[place] != 0x20 && text[place] != 0x2D || !text.at(place + 1).isWord {
                return nil
            }
            place += 1
        }
        guard signs.count == count, !text.at(place).isWord else { return nil }
        return (signs, place)
    }
}
