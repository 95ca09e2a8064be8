/// Sprig's functions over time. `now` is the instant that the rendering was given, and the local zone is UTC, so that a
/// rendering is the same everywhere.
enum DateFunctions {
    static let all: [String: TemplateEvaluator.Function] = [
        "now": { .host(Instant(seconds: $0.evaluator.now)) },
        "date": { .string(formatted(try $0.string(0), try $0[1], $0, .utc)) },
        "dateInZone": { try inZone($0, layout: $0.string(0), date: $0[1], zone: $0.string(2)) },
        "date_in_zone": { try inZone($0, layout: $0.string(0), date: $0[1], zone: $0.string(2)) },
        "htmlDate": { .string(formatted("2006-01-02", try $0[0], $0, .utc)) },
        "htmlDateInZone": { try inZone($0, layout: "2006-01-02", date: $0[0], zone: $0.string(1)) },
        "unixEpoch": { .string(String(instant(try $0[0], $0).seconds)) },
        "dateModify": { try modified($0, isStrict: false) },
        "date_modify": { try modified($0, isStrict: false) },
        "mustDateModify": { try modified($0, isStrict: true) },
        "must_date_modify": { try modified($0, isStrict: true) },
        "toDate": { arguments in
            let (layout, text) = (try arguments.string(0), try arguments.string(1))
            let parsed = try? DateLayout(layout).parse(text, in: .utc)
            return .host(parsed ?? Instant(seconds: Instant.zeroSeconds))
        },
        "mustToDate": { .host(try DateLayout($0.string(0)).parse($0.string(1), in: .utc)) },
        "ago": { arguments in
            let passed = arguments.evaluator.now &- instant(try arguments[0], arguments).seconds
            let (length, overflow) = passed.multipliedReportingOverflow(by: GoDuration.second)
            return .string(GoDuration(nanoseconds: overflow ? .max : length).text)
        },
        "duration": { arguments in
            let seconds = NumberFunctions.integer(try arguments[0])
            let (length, _) = seconds.multipliedReportingOverflow(by: GoDuration.second)
            return .string(GoDuration(nanoseconds: length).text)
        },
        "durationRound": { .string(rounded(try $0[0], $0)) },
    ]

    /// What counts as an instant; anything else is now.
    private static func instant(_ value: TemplateValue, _ arguments: Arguments) -> Instant {
        switch value {
        case .host(let object): object as? Instant ?? Instant(seconds: arguments.evaluator.now)
        case .int(let seconds), .long(let seconds): Instant(seconds: seconds)
        default: Instant(seconds: arguments.evaluator.now)
        }
    }

    private static func formatted(
        _ layout: String, _ value: TemplateValue, _ arguments: Arguments, _ zone: TimeZone
    ) -> String {
        var instant = instant(value, arguments)
        instant.zone = zone
        return DateLayout(layout).format(instant)
    }

    /// A zone that nobody knows is UTC.
    private static func inZone(
        _ arguments: Arguments, layout: String, date: TemplateValue, zone name: String
    ) throws -> TemplateValue {
        let isName = !name.hasPrefix("/") && !name.contains("..") && !name.contains("\0") && name.utf8.count < 100
        let isLocal = ["", "UTC", "Local"].contains(name)
        let file = isName && !isLocal ? arguments.evaluator.zoneFile?(name) : nil
        return .string(formatted(layout, date, arguments, file.flatMap { TimeZone($0) } ?? .utc))
    }

    private static func modified(_ arguments: Arguments, isStrict: Bool) throws -> TemplateValue {
        let text = try arguments.string(0)
        guard case .host(let object) = try arguments[1], let instant = object as? Instant else {
            throw arguments.mismatch(try arguments[1], "time.Time", 1)
        }
        if let change = GoDuration(text) { return .host(instant.adding(nanoseconds: change.nanoseconds)) }
        if isStrict { throw TemplateError("time: invalid duration \(GoText.quoted(text))") }
        return .host(instant)
    }

    /// The largest unit of a duration, the rest left out.
    private static func rounded(_ value: TemplateValue, _ arguments: Arguments) -> String {
        let nanoseconds: Int
        switch value {
        case .string(let text): nanoseconds = GoDuration(text)?.nanoseconds ?? 0
        case .int(let number), .long(let number): nanoseconds = number
        case .host(let object as Instant):
            let (length, overflow) = (arguments.evaluator.now &- object.seconds)
                .multipliedReportingOverflow(by: GoDuration.second)
            nanoseconds = overflow ? .max : length
        default: nanoseconds = 0
        }
        let (sign, magnitude) = (nanoseconds < 0 ? "-" : "", nanoseconds.magnitude)
        let hour: UInt = 3600 * UInt(GoDuration.second)
        let units: [(String, UInt)] = [
            ("y", hour * 24 * 365), ("mo", hour * 24 * 30), ("d", hour * 24), ("h", hour), ("m", hour / 60),
            ("s", hour / 3600),
        ]
        for (name, size) in units where magnitude >= size { return "\(sign)\(magnitude / size)\(name)" }
        return "0s"
    }
}
