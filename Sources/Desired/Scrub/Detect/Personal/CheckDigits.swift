/// The check digits of numbers that name a person, a card or an account. Digits are values, 0 to 9.
enum CheckDigits {
    /// ISO/IEC 7812-1, annex B: payment cards.
    static func luhn(_ digits: some BidirectionalCollection<UInt8>) -> Bool {
        var sum = 0
        for (position, digit) in digits.lazy.reversed().enumerated() {
            let doubled = position % 2 == 0 ? Int(digit) : 2 * Int(digit)
            sum += doubled > 9 ? doubled - 9 : doubled
        }
        return sum % 10 == 0
    }

    /// Verhoeff's scheme over the dihedral group of order ten: India's Aadhaar.
    static func verhoeff(_ digits: some BidirectionalCollection<UInt8>) -> Bool {
        var check = 0
        for (position, digit) in digits.lazy.reversed().enumerated() {
            check = product(check, permuted(Int(digit), times: position % 8))
        }
        return check == 0
    }

    /// In the dihedral group 0 to 4 are turns, 5 to 9 turns after a reflection.
    private static func product(_ left: Int, _ right: Int) -> Int {
        switch (left < 5, right < 5) {
        case (true, true): (left + right) % 5
        case (true, false): 5 + (left + right - 5) % 5
        case (false, true): 5 + (left - 5 - right + 5) % 5
        case (false, false): (left - right + 5) % 5
        }
    }

    private static func permuted(_ digit: Int, times: Int) -> Int {
        let step: InlineArray<10, Int> = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]
        var digit = digit
        for _ in 0..<times { digit = step[digit] }
        return digit
    }

    /// ISO 7064 MOD 11,10: Germany's tax identification number.
    static func mod11And10(_ digits: some BidirectionalCollection<UInt8>) -> Bool {
        guard let last = digits.last else { return false }
        var product = 10
        for digit in digits.dropLast() {
            var sum = (Int(digit) + product) % 10
            if sum == 0 { sum = 10 }
            product = 2 * sum % 11
        }
        return (11 - product) % 10 == Int(last)
    }

    /// Brazil's CPF: two digits, each a weighted sum modulo 11.
    static func cpf(_ digits: DigitRun) -> Bool {
        guard digits.count == 11, digits.variety > 1 else { return false }
        return (9...10).allSatisfy { length in
            let sum = (0..<length).reduce(0) { $0 + Int(digits[$1]) * (length + 1 - $1) }
            return sum * 10 % 11 % 10 == Int(digits[length])
        }
    }

    /// ISO 13616 with ISO 7064 MOD 97-10: an IBAN's letters and digits, upper case and without blanks.
    static func iban(_ signs: ArraySlice<UInt8>) -> Bool {
        var rest = 0
        for sign in signs.dropFirst(4) + signs.prefix(4) {
            if sign.isDigit {
                rest = (rest * 10 + Int(sign - 0x30)) % 97
            } else if sign.isUpper {
                rest = (rest * 100 + Int(sign - 0x41) + 10) % 97
            } else {
                return false
            }
        }
        return rest == 1
    }

    /// Spain's DNI and NIE: the letter for a number modulo 23.
    static func spanishLetter(_ number: Int) -> UInt8 { Array("TRWAGMYFPDXBNJZSQVHLCKE".utf8)[number % 23] }

    /// The lengths of IBANs by country (ISO 13616 registry).
    static let ibanLengths: [String: Int] = [
        "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BI": 27, "BR": 29,
        "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28, "EE": 20, "EG": 29,
        "ES": 24, "FI": 18, "FK": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28,
        "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28,
        "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MN": 20,
        "MR": 27, "MT": 31, "MU": 30, "NI": 28, "NL": 18, "NO": 15, "OM": 23, "PK": 24, "PL": 28, "PS": 29, "PT": 25,
        "QA": 29, "RO": 24, "RS": 22, "RU": 33, "SA": 24, "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24, "SM": 27,
        "SO": 23, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20, "YE": 30,
    ]
}
