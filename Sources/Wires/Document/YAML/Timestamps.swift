/// YAML's timestamps, in the forms that go-yaml reads.
enum Timestamps {
    /// Whether a plain text is a timestamp: `2026-1-2`, `2026-01-02T15:04:05Z`, `2026-01-02 15:04:05.5`.
    static func isTimestamp(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        text.count >= 8 && text.count <= 64 && text[4] == UInt8(ascii: "-") && isWellFormed(text)
    }

    private static func isWellFormed(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var scan = Scan(rest: text[...])
        guard let year = scan.digits(4...4), scan.skip("-"), let month = scan.digits(1...2), (1...12).contains(month),
            scan.skip("-"), let day = scan.digits(1...2), (1...days(in: month, of: year)).contains(day)
        else { return false }
        if scan.rest.isEmpty { return true }
        let isSpaced = scan.skip(" ")
        guard isSpaced || scan.skip("T") || scan.skip("t"), let hour = scan.digits(1...2), hour < 24, scan.skip(":"),
            let minute = scan.digits(1...2), minute < 60, scan.skip(":"), let second = scan.digits(1...2), second < 60
        else { return false }
        if scan.skip(".") || scan.skip(","), !scan.skipDigits() { return false }
        return isSpaced ? scan.rest.isEmpty : scan.endsInZone()
    }

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: 31
        }
    }

    /// A cursor over the text.
    private struct Scan {
        var rest: Slice<UnsafeBufferPointer<UInt8>>

        mutating func skip(_ character: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: character) else { return false }
            rest = rest.dropFirst()
            return true
        }

        mutating func digits(_ count: ClosedRange<Int>) -> Int? {
            let digits = rest.prefix(count.upperBound).prefix { $0 >= 0x30 && $0 <= 0x39 }
            guard count.contains(digits.count) else { return nil }
            rest = rest.dropFirst(digits.count)
            return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        }

        /// Steps over the digits of a fraction; false when there is none.
        mutating func skipDigits() -> Bool {
            let before = rest.count
            rest = rest.drop { $0 >= 0x30 && $0 <= 0x39 }
            return rest.count < before
        }

        /// Whether a zone ends the text: `Z`, `+02:00`.
        mutating func endsInZone() -> Bool {
            if skip("Z") { return rest.isEmpty }
            guard skip("+") || skip("-"), let hours = digits(2...2), hours <= 24, skip(":"),
                let minutes = digits(2...2), minutes <= 60
            else { return false }
            return rest.isEmpty
        }
    }
}
