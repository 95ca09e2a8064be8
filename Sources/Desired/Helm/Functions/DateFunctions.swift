/// Sprig's functions over time, in UTC. `now` is the instant that the rendering was given.
enum DateFunctions {
    static let all: [String: TemplateEvaluator.Function] = [
        "now": { .host(Instant(seconds: $0.evaluator.now)) },
        "date": { .string(try formatted($0.string(0), $0[1])) },
        "dateInZone": { .string(try formatted($0.string(0), $0[1])) },
        "date_in_zone": { .string(try formatted($0.string(0), $0[1])) },
        "htmlDate": { .string(try formatted("2006-01-02", $0[0])) },
        "htmlDateInZone": { .string(try formatted("2006-01-02", $0[0])) },
        "unixEpoch": { .string(String(try seconds($0[0]))) },
        "dateModify": { try modified($0) },
        "date_modify": { try modified($0) },
        "duration": { .string(duration(try NumberFunctions.integer($0[0]))) },
    ]

    private static func seconds(_ value: TemplateValue) -> Int {
        if case .host(let object) = value, let instant = object as? Instant { return instant.seconds }
        return NumberFunctions.integer(value)
    }

    private static func formatted(_ layout: String, _ value: TemplateValue) -> String {
        Instant(seconds: seconds(value)).formatted(layout)
    }

    private static func duration(_ seconds: Int) -> String {
        let magnitude = seconds.magnitude
        let (hours, minutes, rest) = (magnitude / 3600, magnitude / 60 % 60, magnitude % 60)
        let sign = seconds < 0 ? "-" : ""
        if hours > 0 { return "\(sign)\(hours)h\(minutes)m\(rest)s" }
        return minutes > 0 ? "\(sign)\(minutes)m\(rest)s" : "\(sign)\(rest)s"
    }

    private static func modified(_ arguments: Arguments) throws -> TemplateValue {
        let text = try arguments.string(0)
        var rest = Substring(text)
        let isNegative = rest.first == "-"
        if isNegative || rest.first == "+" { rest.removeFirst() }
        var total = 0.0
        let units = ["h": 3600.0, "m": 60.0, "s": 1.0]
        while !rest.isEmpty {
            let number = rest.prefix { $0.isNumber || $0 == "." }
            rest = rest.dropFirst(number.count)
            guard let amount = Double(number), let unit = rest.popFirst().flatMap({ units[String($0)] }) else {
                throw TemplateError("time: invalid duration \(GoText.quoted(text))")
            }
            total += amount * unit
        }
        guard total < 1e12 else { throw TemplateError("time: invalid duration \(GoText.quoted(text))") }
        let change = Int(total) * (isNegative ? -1 : 1)
        return .host(Instant(seconds: seconds(try arguments[1]) &+ change))
    }
}

/// An instant as templates see it.
struct Instant: HostObject {
    /// Since 1970.
    let seconds: Int

    var typeName: String { "time.Time" }
    var text: String { formatted("2006-01-02 15:04:05 +0000 UTC") }
    var plain: TemplateValue { .string(formatted("2006-01-02T15:04:05Z")) }

    func member(_ name: String, _ arguments: [TemplateValue]) throws -> TemplateValue? {
        switch name {
        case "Unix": .long(seconds)
        case "UnixNano": .long(seconds &* 1_000_000_000)
        case "Year": .int(parts.year)
        case "Format": .string(formatted(arguments.first?.string ?? ""))
        default: nil
        }
    }

    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
    private static let weekdays = ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"]

    /// The civil date (Howard Hinnant's days algorithm).
    private var parts: (year: Int, month: Int, day: Int, second: Int, days: Int) {
        let seconds = min(max(seconds, -60_000_000_000), 250_000_000_000)
        let days = Int((Double(seconds) / 86400).rounded(.down))
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1, seconds - days * 86400, days)
    }

    /// Go's layouts: what the reference time would look like.
    func formatted(_ layout: String) -> String {
        let (year, month, day, second, days) = parts
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let hour = second / 3600
        let weekday = Self.weekdays[((days % 7) + 7) % 7]
        let table: [(String, String)] = [
            ("January", Self.months[month - 1]), ("Monday", weekday), ("2006", String(year)),
            ("Jan", String(Self.months[month - 1].prefix(3))),
            ("Mon", String(weekday.prefix(3))), ("MST", "UTC"), ("Z07:00", "Z"), ("-07:00", "+00:00"),
            ("-0700", "+0000"),
            ("01", two(month)), ("02", two(day)), ("03", two((hour + 11) % 12 + 1)), ("04", two(second / 60 % 60)),
            ("05", two(second % 60)), ("06", two(year % 100)), ("15", two(hour)), ("PM", hour < 12 ? "AM" : "PM"),
            ("pm", hour < 12 ? "am" : "pm"), ("_2", day < 10 ? " \(day)" : "\(day)"), ("1", String(month)),
            ("2", String(day)),
            ("3", String((hour + 11) % 12 + 1)), ("4", String(second / 60 % 60)), ("5", String(second % 60)),
        ]
        var result = ""
        var rest = Substring(layout)
        while let first = rest.first {
            if let (part, value) = table.first(where: { rest.hasPrefix($0.0) }) {
                result += value
                rest = rest.dropFirst(part.count)
            } else {
                result.append(first)
                rest.removeFirst()
            }
        }
        return result
    }
}
