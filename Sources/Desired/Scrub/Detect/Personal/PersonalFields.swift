/// Values that a field's name makes personal: names, births, addresses, and numbers whose form alone says too little.
struct PersonalFields {
    let text: [UInt8]

    /// What is personal in `value`, the value of a field that means `personal`.
    func finding(_ personal: FieldName.Personal, _ value: Range<Int>) -> (range: Range<Int>, type: String)? {
        let value = text.trimmed(value)
        guard value.count >= 2, value.count <= 300 else { return nil }
        // What a value stands in for is looked at last: it takes longest.
        return named(personal, value).flatMap { isStandIn(value) ? nil : $0 }
    }

    private func named(_ personal: FieldName.Personal, _ value: Range<Int>) -> (range: Range<Int>, type: String)? {
        switch personal {
        case .none, .email, .network: return nil
        case .phone:
            return Phones(text: text).phone(at: value.lowerBound, isNamed: true).map { ($0, "phone") }
        case .firstName: return name(value, most: 3).map { ($0, "first-name") }
        case .lastName: return name(value, most: 4).map { ($0, "last-name") }
        case .fullName:
            return name(value, most: 5).flatMap { wordCount($0) >= 2 || isGiven($0) ? ($0, "person-name") : nil }
        case .plainName:
            return name(value, most: 4).flatMap { wordCount($0) >= 2 && isGiven($0) ? ($0, "person-name") : nil }
        case .birth: return birth(value).map { ($0, "date-of-birth") }
        case .address: return isPostal(value) ? (sentence(value), "postal-address") : nil
        case .card, .bankAccount, .usSSN, .ukNINO, .deSteuerID, .frNIR, .esDNI, .brCPF, .inAadhaar:
            return number(personal, value)
        }
    }

    private func number(_ personal: FieldName.Personal, _ value: Range<Int>) -> (range: Range<Int>, type: String)? {
        let numbers = PersonalNumbers(text: text)
        let first = text[value.lowerBound]
        let found =
            first.isDigit
            ? numbers.number(at: value.lowerBound, hint: personal) : numbers.lettered(at: value.lowerBound)
        return found ?? numbers.corsican(at: value.lowerBound).map { ($0, "fr-nir") }
    }

    private func isStandIn(_ value: Range<Int>) -> Bool {
        value.count >= 4 && SecretValue(text: text, range: value, isQuoted: true).isStandIn
            || Self.standIns.isFound(in: text, value)
    }

    private static let standIns = WordSearch(["n/a", "your."])

    // MARK: Names

    /// The person's name that `value` is, or starts with up to the end of a sentence.
    private func name(_ value: Range<Int>, most: Int) -> Range<Int>? {
        let range = sentence(value)
        if let isName = PlainName(text: text, range: range).isName(most: most) { return isName ? range : nil }
        let words = text.text(range).split(separator: " ")
        guard (1...most).contains(words.count), let first = words.first else { return nil }
        guard words.allSatisfy(Self.isNameWord),
            first.unicodeScalars.first.map(Self.isCapital) ?? false
                || Self.particles.contains(String(first))
        else { return nil }
        guard let last = words.last?.unicodeScalars.first, Self.isCapital(last) else { return nil }
        return words.contains { Self.things.contains($0.lowercased()) } ? nil : range
    }

    private func sentence(_ value: Range<Int>) -> Range<Int> {
        var place = value.lowerBound
        while place + 1 < value.upperBound {
            if text[place] == 0x2E, text[place + 1].isSpace, place - value.lowerBound > 3 {
                return value.lowerBound..<place
            }
            place += 1
        }
        return text.at(value.upperBound - 1) == 0x2E && value.count > 4
            ? value.lowerBound..<value.upperBound - 1 : value
    }

    static let particles: Set<String> = [
        "van", "von", "de", "del", "della", "der", "den", "da", "dos", "di", "la", "le", "du", "al", "el", "bin", "ten",
        "zu",
    ]
    /// Words of names of things, which people do not have.
    static let things: Set<String> = [
        "service", "application", "app", "server", "plan", "storage", "class", "default", "report", "system", "team",
        "group", "cluster", "project", "database", "product", "test", "user", "admin", "customer", "company", "account",
        "environment", "production", "staging", "true", "false", "null", "none", "monday", "tuesday", "wednesday",
        "thursday", "friday", "saturday", "sunday", "standard", "premium", "basic", "free", "enterprise", "inc", "ltd",
        "gmbh", "llc", "corp", "limited", "policy", "role", "unknown", "anonymous", "build", "deploy", "release",
    ]

    private static func isNameWord(_ word: Substring) -> Bool {
        if particles.contains(String(word)) { return true }
        guard let first = word.unicodeScalars.first, isCapital(first) || first == "'" || first.value > 0x2E80 else {
            // d'Angelo, o'Neill
            return word.contains("'") && word.unicodeScalars.allSatisfy { $0.properties.isAlphabetic || $0 == "'" }
        }
        return word.unicodeScalars.allSatisfy {
            $0.properties.isAlphabetic || $0 == "'" || $0 == "-" || $0 == "." || $0 == "\u{2019}"
        } && word.count <= 24
            && !(word.count > 3 && word.unicodeScalars.allSatisfy { $0.isASCII && isCapital($0) } && word.contains("_"))
    }

    private static func isCapital(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isUppercase || scalar.value > 0x2E80
    }

    private func wordCount(_ range: Range<Int>) -> Int { text[range].split(separator: 0x20).count }

    private func isGiven(_ range: Range<Int>) -> Bool {
        if let isGiven = PlainName(text: text, range: range).hasGivenName { return isGiven }
        return text.text(range).split(separator: " ").contains { word in
            let parts = word.split(separator: "-")
            return parts.contains { GivenNames.common.contains(GivenNames.folded($0)) }
        }
    }

    // MARK: Births

    /// The date at the start of `value`, of a year in which somebody who lives was born.
    func birth(_ value: Range<Int>) -> Range<Int>? {
        guard !value.isEmpty else { return nil }
        return text[value.lowerBound].isDigit ? numericDate(value) ?? wordedDate(value) : wordedDate(value)
    }

    /// `4 October 1954`, `Oct 4, 1954`
    private func wordedDate(_ value: Range<Int>) -> Range<Int>? {
        var place = value.lowerBound
        var months = 0
        var numbers: [Int] = []
        let limit = Swift.min(value.upperBound, place + 24)
        while place < limit, numbers.count < 2 {
            let begin = place
            if text[place].isDigit {
                while place < limit, text[place].isDigit { place += 1 }
                numbers.append(Int(text.text(begin..<place)) ?? 0)
            } else if text[place].isLetter {
                while place < limit, text[place].isLetter { place += 1 }
                if Self.isMonth(text.text(begin..<place).lowercased()) {
                    months += 1
                } else if !["st", "nd", "rd", "th", "de"].contains(text.text(begin..<place)) {
                    return nil
                }
            } else if text[place] == 0x20 || text[place] == 0x2C || text[place] == 0x2E || text[place] == 0x2D {
                place += 1
            } else {
                return nil
            }
        }
        guard months == 1, numbers.count == 2, (1...31).contains(numbers[0]), (1900...2030).contains(numbers[1]),
            !text.at(place).isWord
        else { return nil }
        return value.lowerBound..<place
    }

    private static let months: Set<String> = [
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
        "december", "januar", "februar", "mai", "juni", "juli", "oktober", "dezember", "janvier", "avril", "juin",
        "juillet", "septembre", "octobre", "novembre", "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio",
        "agosto", "septiembre", "octubre", "noviembre", "diciembre", "gennaio", "febbraio", "aprile", "maggio",
        "giugno", "luglio", "settembre", "ottobre", "dicembre", "janeiro", "fevereiro", "maio", "junho", "julho",
        "setembro", "outubro", "dezembro",
    ]

    private static func isMonth(_ word: String) -> Bool {
        months.contains(word) || word.count >= 3 && word.count <= 4 && months.contains { $0.hasPrefix(word) }
    }

    private func numericDate(_ value: Range<Int>) -> Range<Int>? {
        let start = value.lowerBound
        let limit = Swift.min(value.upperBound, start + 10)
        var numbers = (0, 0, 0)
        var lengths = (0, 0, 0)
        var count = 0
        var place = start
        while place < limit {
            let begin = place
            var number = 0
            while place < limit, text[place].isDigit {
                number = number * 10 + Int(text[place] - 0x30)
                place += 1
            }
            guard place > begin else { break }
            numbers = (numbers.1, numbers.2, number)
            lengths = (lengths.1, lengths.2, place - begin)
            count += 1
            guard place < limit, count < 3, text[place] == 0x2D || text[place] == 0x2F || text[place] == 0x2E else {
                break
            }
            place += 1
        }
        guard let (year, isDate) = Self.date(numbers, lengths, count), (1900...2030).contains(year), isDate,
            !text.at(place).isWord
        else { return nil }
        return start..<place
    }

    /// - Parameter count: how many of the numbers there are; the last of them stand behind.
    private static func date(
        _ numbers: (Int, Int, Int), _ lengths: (Int, Int, Int), _ count: Int
    ) -> (year: Int, isDate: Bool)? {
        if count == 1, lengths.2 == 8 {
            return (numbers.2 / 10_000, isMonthAndDay(numbers.2 / 100 % 100, numbers.2 % 100))
        }
        guard count == 3 else { return nil }
        if lengths.0 == 4 { return (numbers.0, isMonthAndDay(numbers.1, numbers.2)) }
        guard lengths.2 == 4 else { return nil }
        return (numbers.2, isMonthAndDay(numbers.1, numbers.0) || isMonthAndDay(numbers.0, numbers.1))
    }

    private static func isMonthAndDay(_ month: Int, _ day: Int) -> Bool {
        (1...12).contains(month) && (1...31).contains(day)
    }

    // MARK: Addresses

    /// A place where somebody lives: words and a number, and no address of a machine.
    private func isPostal(_ value: Range<Int>) -> Bool {
        let range = sentence(value)
        let letters = Letters(text, range)
        guard range.count >= 8, letters.spaces >= 1, letters.digits >= 1, letters.digits <= 16 else { return false }
        let wide = text[range].count { $0 >= 0x80 }
        guard letters.lower + letters.upper + wide >= 4 else { return false }
        return !text.contains("://", in: range) && !text[range].contains(0x40) && !text[range].contains(0x3D)
            && !text[range].contains(0x7B) && !text.has("0x", at: range.lowerBound)
            && !text[range].contains(0x5F)
    }
}
