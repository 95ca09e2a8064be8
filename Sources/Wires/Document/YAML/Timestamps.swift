/// YAML's timestamps, in the forms that go-yaml reads.
enum Timestamps {
    /// Whether a plain text is a timestamp: `2026-1-2`, `2026-01-02T15:04:05Z`, `2026-01-02 15:04:05.5`.
    static func isTimestamp(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        text.count >= 8 && text.count <= 64 && text[4] == UInt8(ascii: "-") && canonical(text) != nil
    }

    /// The timestamp in RFC 3339, as Go's `time.RFC3339Nano` writes it; nil when the text is none.
    static func canonical(_ text: UnsafeBufferPointer<UInt8>) -> String? {
        var scan = Scan(rest: text[...])
        guard let year = scan.digits(4...4), scan.skip("-"), let month = scan.digits(1...2), (1...12).contains(month),
            scan.skip("-"), let day = scan.digits(1...2), (1...days(in: month, of: year)).contains(day)
        else { return nil }
        let date = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
        if scan.rest.isEmpty { return "\(date)T00:00:00Z" }
        let isSpaced = scan.skip(" ")
        guard isSpaced || scan.skip("T") || scan.skip("t"), let hour = scan.digits(1...2), hour < 24, scan.skip(":"),
            let minute = scan.digits(1...2), minute < 60, scan.skip(":"), let second = scan.digits(1...2), second < 60
        else { return nil }
        var fraction = ""
        if scan.skip(".") || scan.skip(",") {
            guard let digits = scan.fraction() else { return nil }
            fraction = digits
        }
        guard let zone = isSpaced ? (scan.rest.isEmpty ? "Z" : nil) : scan.zone() else { return nil }
        return "\(date)T\(padded(hour, 2)):\(padded(minute, 2)):\(padded(second, 2))\(fraction)\(zone)"
    }

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: 31
        }
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
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

        /// The digits behind the point, without trailing zeros, the point in front.
        mutating func fraction() -> String? {
            let digits = rest.prefix { $0 >= 0x30 && $0 <= 0x39 }
            guard !digits.isEmpty else { return nil }
            rest = rest.dropFirst(digits.count)
            var kept = Array(digits.prefix(9))
            while kept.last == 0x30 { kept.removeLast() }
            return kept.isEmpty ? "" : "." + String(decoding: kept, as: UTF8.self)
        }

        mutating func zone() -> String? {
            if skip("Z") { return rest.isEmpty ? "Z" : nil }
            guard let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else { return nil }
            rest = rest.dropFirst()
            guard let hours = digits(2...2), hours <= 24, skip(":"), let minutes = digits(2...2), minutes <= 60,
                rest.isEmpty
            else { return nil }
            if hours == 0, minutes == 0 { return "Z" }
            return "\(sign == UInt8(ascii: "+") ? "+" : "-")\(padded(hours, 2)):\(padded(minutes, 2))"
        }
    }
}
