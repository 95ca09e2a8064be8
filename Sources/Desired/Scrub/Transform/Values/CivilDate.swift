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

/// The date at the start of a text, `2006-02-14` or `2006/2/14`, and what follows it.
struct DateText {
    var year = 0
    var month = 0
    var day = 0
    /// What follows the date: the time.
    var rest: UnsafeBufferPointer<UInt8>
    private var separator: UInt8 = 0x2D
    /// Whether months and days before the tenth have a zero.
    private var isPadded = true

    /// Nil where the text does not begin with a day that is one.
    init?(_ text: UnsafeBufferPointer<UInt8>) {
        guard text.count >= 8, text[4] == 0x2D || text[4] == 0x2F else { return nil }
        separator = text[4]
        rest = text
        var place = 0
        func number(_ longest: Int) -> (Int, Int) {
            var number = 0
            let start = place
            while place < text.count, place - start < longest, text[place].isDigit {
                number = 10 * number + Int(text[place] - 0x30)
                place += 1
            }
            return (number, place - start)
        }
        let year = number(4)
        place += 1
        let month = number(2)
        guard year.1 == 4, month.1 > 0, place < text.count, text[place] == separator else { return nil }
        place += 1
        let day = number(2)
        guard day.1 > 0, place == text.count || !text[place].isDigit else { return nil }
        (self.year, self.month, self.day) = (year.0, month.0, day.0)
        isPadded = month.1 == 2 && day.1 == 2
        guard year.0 > 0, CivilDate.days(year: year.0, month: month.0, day: day.0) != nil else { return nil }
        rest = UnsafeBufferPointer(rebasing: text[place...])
    }

    var days: Int { CivilDate.days(year: year, month: month, day: day) ?? 0 }

    /// Texts that a column of dates may hold and that are none: they tell nothing of anybody.
    static func isNoDate(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        text.isEqualIgnoringCase("infinity".utf8) || text.isEqualIgnoringCase("-infinity".utf8)
            || text.count >= 10 && text.prefix(10).elementsEqual("0000-00-00".utf8)
    }

    /// Writes another day in the same form.
    func append(_ year: Int, _ month: Int, _ day: Int, to output: inout ByteBuffer) {
        output.append(decimal: UInt64(year), width: 4)
        for part in [month, day] {
            output.append(separator)
            output.append(decimal: UInt64(part), width: isPadded || part > 9 ? 2 : 1)
        }
    }
}
