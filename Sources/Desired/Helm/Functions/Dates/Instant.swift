/// An instant in a time zone, as templates see it: Go's `time.Time`.
struct Instant: HostObject {
    /// Since 1970.
    var seconds: Int
    /// Fractions of the second, from 0.
    var nanoseconds = 0
    var zone = TimeZone.utc

    /// The civil date and time of day in a zone.
    struct Parts {
        var year: Int, month: Int, day: Int
        /// From Sunday, 0.
        var weekday: Int
        /// From 1.
        var dayOfYear: Int
        var hour: Int, minute: Int, second: Int
    }

    var typeName: String { "time.Time" }
    var text: String { DateLayout("2006-01-02 15:04:05.999999999 -0700 MST").format(self) }
    var plain: TemplateValue { .string(DateLayout("2006-01-02T15:04:05.999999999Z07:00").format(self)) }

    func member(_ name: String, _ arguments: [TemplateValue]) throws -> TemplateValue? {
        switch name {
        case "Unix": .long(seconds)
        case "UnixMilli": .long(seconds &* 1000 &+ nanoseconds / 1_000_000)
        case "UnixNano": .long(seconds &* 1_000_000_000 &+ nanoseconds)
        case "Nanosecond": .int(nanoseconds)
        case "Year": .int(parts.year)
        case "Day": .int(parts.day)
        case "YearDay": .int(parts.dayOfYear)
        case "Hour": .int(parts.hour)
        case "Minute": .int(parts.minute)
        case "Second": .int(parts.second)
        case "Month": .string(DateLayout.months[parts.month - 1])
        case "Weekday": .string(DateLayout.weekdays[parts.weekday])
        case "IsZero": .bool(seconds == Self.zeroSeconds && nanoseconds == 0)
        case "UTC": .host(Instant(seconds: seconds, nanoseconds: nanoseconds))
        case "String": .string(text)
        case "Format": .string(DateLayout(arguments.first?.string ?? "").format(self))
        default: nil
        }
    }

    /// The first day of the year 1, which is Go's zero time.
    static let zeroSeconds = -62_135_596_800

    func adding(nanoseconds more: Int) -> Instant {
        let total = nanoseconds + more % 1_000_000_000
        var result = self
        let carry = total < 0 ? -1 : total / 1_000_000_000
        result.nanoseconds = total - carry * 1_000_000_000
        result.seconds = seconds &+ more / 1_000_000_000 &+ carry
        return result
    }

    /// Nearest and farthest years that are computed with.
    private static let range = -60_000_000_000...250_000_000_000

    /// Days are counted from 1 March 0000, so that leap days end years (Howard Hinnant's `civil_from_days`).
    var parts: Parts {
        let (offset, _) = zone.offset(at: seconds)
        let local = min(max(seconds, Self.range.lowerBound), Self.range.upperBound) + offset
        let days = Int((Double(local) / 86400).rounded(.down))
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfShiftedYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfShiftedYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let second = local - days * 86400
        return Parts(
            year: year, month: month, day: dayOfShiftedYear - (153 * shiftedMonth + 2) / 5 + 1,
            weekday: ((days + 4) % 7 + 7) % 7, dayOfYear: days - Self.days(year, 1, 1) + 1, hour: second / 3600,
            minute: second / 60 % 60, second: second % 60)
    }

    /// Days from 1970 to a date (`days_from_civil`).
    static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

extension TemplateValue {
    /// The seconds since 1970 of an instant; nil for any other value.
    package var epochSeconds: Int? {
        guard case .host(let object) = self else { return nil }
        return (object as? Instant)?.seconds
    }

    /// The instant that a text writes (RFC 3339); nil when it writes none.
    package static func instant(_ text: String) -> TemplateValue? {
        (try? DateLayout("2006-01-02T15:04:05Z07:00").parse(text, in: .utc)).map(TemplateValue.host)
    }
}
