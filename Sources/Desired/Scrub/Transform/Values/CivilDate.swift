/// Days of the Gregorian calendar, counted from 1970-01-01.
enum CivilDate {
    private static let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

    /// The days before a year's first, from the years' leap days.
    private static func days(before year: Int) -> Int {
        let past = year - 1
        return 365 * past + floor(past, 4) - floor(past, 100) + floor(past, 400)
    }

    private static func floor(_ number: Int, _ divisor: Int) -> Int {
        let quotient = number / divisor
        return number % divisor < 0 ? quotient - 1 : quotient
    }

    private static let epoch = days(before: 1970)

    private static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    static func length(of month: Int, in year: Int) -> Int { lengths[month - 1] + (month == 2 && isLeap(year) ? 1 : 0) }

    /// Nil for a day that no calendar has.
    static func days(year: Int, month: Int, day: Int) -> Int? {
        guard (1...12).contains(month), day >= 1, day <= length(of: month, in: year) else { return nil }
        let months = (1..<month).reduce(0) { $0 + length(of: $1, in: year) }
        return days(before: year) - epoch + months + day - 1
    }

    static func date(of days: Int) -> (year: Int, month: Int, day: Int) {
        let total = days + epoch
        var year = total / 366 + 1
        while Self.days(before: year + 1) <= total { year += 1 }
        var rest = total - Self.days(before: year)
        var month = 1
        while rest >= length(of: month, in: year) {
            rest -= length(of: month, in: year)
            month += 1
        }
        return (year, month, rest + 1)
    }
}

/// The date at the start of a text: `2006-02-14`, and what follows it.
struct DateText {
    var year: Int
    var month: Int
    var day: Int
    /// What follows the date: the time.
    var rest: UnsafeBufferPointer<UInt8>

    /// Nil where the text does not begin with a day that is one.
    init?(_ text: UnsafeBufferPointer<UInt8>) {
        guard text.count >= 10, text[4] == 0x2D, text[7] == 0x2D, text.count == 10 || !text[10].isDigit else {
            return nil
        }
        func number(_ range: Range<Int>) -> Int? {
            range.reduce(into: Int?(0)) { number, place in
                number = text[place].isDigit ? number.map { 10 * $0 + Int(text[place] - 0x30) } : nil
            }
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            CivilDate.days(year: year, month: month, day: day) != nil, year > 0
        else { return nil }
        (self.year, self.month, self.day) = (year, month, day)
        rest = UnsafeBufferPointer(rebasing: text[10...])
    }

    var days: Int { CivilDate.days(year: year, month: month, day: day) ?? 0 }

    /// Texts that a column of dates may hold and that are none: they tell nothing of anybody.
    static func isNoDate(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        text.isEqualIgnoringCase("infinity".utf8) || text.isEqualIgnoringCase("-infinity".utf8)
            || text.count >= 10 && text.prefix(10).elementsEqual("0000-00-00".utf8)
    }

    static func append(_ year: Int, _ month: Int, _ day: Int, to output: inout ByteBuffer) {
        output.append(decimal: UInt64(year), width: 4)
        output.append(0x2D)
        output.append(decimal: UInt64(month), width: 2)
        output.append(0x2D)
        output.append(decimal: UInt64(day), width: 2)
    }
}
