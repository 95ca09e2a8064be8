/// Times that come back, as crontab(5) writes them: minute, hour, day of the month, month, day of the week, in UTC.
package struct CronSchedule: Sendable, Hashable, CustomStringConvertible {
    package let text: String
    private let minutes: Set<Int>
    private let hours: Set<Int>
    private let days: Set<Int>
    private let months: Set<Int>
    private let weekdays: Set<Int>
    /// Where both kinds of day are restricted either one is enough; else both hold.
    private let eitherDay: Bool

    private static let names = [
        "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
        "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
    ]
    private static let monthNames = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]
    private static let dayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

    package var description: String { text }

    /// - Returns: nil for a text that is no schedule, or one that never comes, such as 30 February.
    package init?(_ text: String) {
        let fields = (Self.names[text.lowercased()] ?? text).split(separator: " ").map(String.init)
        guard fields.count == 5, let minutes = Self.values(fields[0], 0...59),
            let hours = Self.values(fields[1], 0...23), let days = Self.values(fields[2], 1...31),
            let months = Self.values(fields[3], 1...12, names: Self.monthNames, first: 1),
            let weekdays = Self.values(fields[4], 0...7, names: Self.dayNames, first: 0)
        else { return nil }
        self.text = text
        self.minutes = minutes
        self.hours = hours
        self.days = days
        self.months = months
        self.weekdays = Set(weekdays.map { $0 % 7 })
        eitherDay = !fields[2].hasPrefix("*") && !fields[4].hasPrefix("*")
        if next(after: 0) == nil { return nil }
    }

    /// `*`, `5`, `1-5`, `*/10`, `mon-fri`, and lists of these.
    private static func values(
        _ text: String, _ range: ClosedRange<Int>, names: [String] = [], first: Int = 0
    ) -> Set<Int>? {
        func number(_ word: Substring) -> Int? {
            if let index = names.firstIndex(of: word.lowercased()) { return index + first }
            guard word.utf8.count <= 2, word.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
            return Int(word).flatMap { range.contains($0) ? $0 : nil }
        }
        var values: Set<Int> = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let halves = part.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            guard halves.count == 1 || Int(halves[1]).map({ (1...59).contains($0) }) == true else { return nil }
            let step = halves.count == 2 ? Int(halves[1]) ?? 1 : 1
            let ends = halves[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
            var bounds = range
            if halves[0] != "*" {
                guard let low = number(ends[0]) else { return nil }
                let high = ends.count == 2 ? number(ends[1]) : halves.count == 2 ? range.upperBound : low
                guard let high, low <= high else { return nil }
                bounds = low...high
            }
            values.formUnion(stride(from: bounds.lowerBound, through: bounds.upperBound, by: step))
        }
        return values
    }

    /// The first time after a second since 1970, in the same seconds; nil where there is none within eight years, which
    /// hold every date that there is.
    package func next(after second: Int) -> Int? {
        let start = (second / 60 + 1) * 60
        let today = start / 86400
        for day in today...(today + 8 * 366) where matches(day: day) {
            let begin = day == today ? start % 86400 / 60 : 0
            for minute in begin..<1440 where hours.contains(minute / 60) && minutes.contains(minute % 60) {
                return day * 86400 + minute * 60
            }
        }
        return nil
    }

    private func matches(day: Int) -> Bool {
        let (month, date) = Self.date(of: day)
        guard months.contains(month) else { return false }
        // 1 January 1970 was a Thursday.
        let isWeekday = weekdays.contains((day + 4) % 7)
        return eitherDay ? days.contains(date) || isWeekday : days.contains(date) && isWeekday
    }

    /// The month and the day in it of a day since 1970, by eras of 400 years from 1 March 0000.
    private static func date(of day: Int) -> (month: Int, day: Int) {
        let dayOfEra = (day + 719_468) % 146_097
        let year = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * year + year / 4 - year / 100)
        let month = (5 * dayOfYear + 2) / 153
        return (month < 10 ? month + 3 : month - 9, dayOfYear - (153 * month + 2) / 5 + 1)
    }
}
