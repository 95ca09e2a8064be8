/// Go's layouts: what the reference time, Mon Jan 2 15:04:05 MST 2006, would look like (time/format.go).
struct DateLayout {
    static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
    static let weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]

    private enum Piece {
        case text(String)
        case part(String)
        /// Digits behind the second: how many, and whether zeros at the end are left out.
        case fraction(Int, trims: Bool)
    }

    private let pieces: [Piece]
    private let text: String

    /// Longer ones stand before those that they begin with.
    private static let parts = [
        "January", "Monday", "Z07:00:00", "-07:00:00", "Z070000", "-070000", "Z07:00", "-07:00", "Z0700", "-0700",
        "2006",
        "Z07", "-07", "Jan", "Mon", "MST", "002", "__2", "01", "02", "03", "04", "05", "06", "15", "PM", "pm", "_2",
        "1",
        "2", "3", "4", "5",
    ].map { Array($0.utf8) }

    init(_ layout: String) {
        text = layout
        let bytes = Array(layout.utf8)
        var pieces: [Piece] = []
        var plain: [UInt8] = []
        var offset = 0
        func isDigit(_ index: Int) -> Bool { index < bytes.count && bytes[index] >= 0x30 && bytes[index] <= 0x39 }
        while offset < bytes.count {
            var found: (Piece, Int)?
            if bytes[offset] == 0x2E || bytes[offset] == 0x2C, offset + 1 < bytes.count {
                let digit = bytes[offset + 1]
                let run = bytes[(offset + 1)...].prefix { $0 == digit }.count
                if digit == 0x30 || digit == 0x39, !isDigit(offset + 1 + run) {
                    found = (.fraction(run, trims: digit == 0x39), run + 1)
                }
            } else if let part = Self.parts.first(where: { bytes[offset...].starts(with: $0) }),
                !Self.isWithinWord(part, bytes, offset)
            {
                found = (.part(String(decoding: part, as: UTF8.self)), part.count)
            }
            guard let (piece, length) = found else {
                plain.append(bytes[offset])
                offset += 1
                continue
            }
            if !plain.isEmpty { pieces.append(.text(String(decoding: plain, as: UTF8.self))) }
            plain = []
            pieces.append(piece)
            offset += length
        }
        if !plain.isEmpty { pieces.append(.text(String(decoding: plain, as: UTF8.self))) }
        self.pieces = pieces
    }

    /// "Jan" within "Janet" and "Mon" within "Month" mean nothing.
    private static func isWithinWord(_ part: [UInt8], _ bytes: [UInt8], _ offset: Int) -> Bool {
        guard part == Array("Jan".utf8) || part == Array("Mon".utf8), offset + 3 < bytes.count else { return false }
        return (0x61...0x7A).contains(bytes[offset + 3])
    }

    // MARK: Writing

    func format(_ instant: Instant) -> String {
        let parts = instant.parts
        let (offset, name) = instant.zone.offset(at: instant.seconds)
        return pieces.map { piece in
            switch piece {
            case .text(let text): text
            case .fraction(let count, let trims): Self.fraction(instant.nanoseconds, count, trims)
            case .part(let part): Self.written(part, parts, offset, name)
            }
        }.joined()
    }

    private static func two(_ number: Int, _ fill: String = "0") -> String {
        number < 10 ? fill + String(number) : String(number)
    }

    private static func fraction(_ nanoseconds: Int, _ count: Int, _ trims: Bool) -> String {
        let digits = String(nanoseconds)
        var text = (String(repeating: "0", count: 9 - digits.count) + digits).prefix(count)
        if trims {
            while text.last == "0" { text.removeLast() }
            if text.isEmpty { return "" }
        }
        return "." + text
    }

    private static func written(_ part: String, _ parts: Instant.Parts, _ offset: Int, _ zone: String) -> String {
        switch part {
        case "January": return months[parts.month - 1]
        case "Jan": return String(months[parts.month - 1].prefix(3))
        case "Monday": return weekdays[parts.weekday]
        case "Mon": return String(weekdays[parts.weekday].prefix(3))
        case "2006":
            let digits = String(parts.year.magnitude)
            return (parts.year < 0 ? "-" : "") + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        case "06": return two((parts.year % 100 + 100) % 100)
        case "01": return two(parts.month)
        case "1": return String(parts.month)
        case "02": return two(parts.day)
        case "_2": return two(parts.day, " ")
        case "2": return String(parts.day)
        case "002": return parts.dayOfYear < 100 ? "0" + two(parts.dayOfYear) : String(parts.dayOfYear)
        case "__2": return parts.dayOfYear < 100 ? " " + two(parts.dayOfYear, " ") : String(parts.dayOfYear)
        case "15": return two(parts.hour)
        case "03": return two((parts.hour + 11) % 12 + 1)
        case "3": return String((parts.hour + 11) % 12 + 1)
        case "04": return two(parts.minute)
        case "4": return String(parts.minute)
        case "05": return two(parts.second)
        case "5": return String(parts.second)
        case "PM": return parts.hour < 12 ? "AM" : "PM"
        case "pm": return parts.hour < 12 ? "am" : "pm"
        case "MST": return zone.isEmpty ? shift("-07", offset) : zone
        default: return shift(part, offset)
        }
    }

    /// Hours, minutes and seconds east of UTC.
    private static func shift(_ part: String, _ offset: Int) -> String {
        if part.first == "Z", offset == 0 { return "Z" }
        let magnitude = Int(offset.magnitude)
        let colon = part.contains(":") ? ":" : ""
        var text = (offset < 0 ? "-" : "+") + two(magnitude / 3600)
        let digits = part.filter(\.isNumber).count
        if digits >= 4 { text += colon + two(magnitude / 60 % 60) }
        if digits >= 6 { text += colon + two(magnitude % 60) }
        return text
    }

    // MARK: Reading

    /// What is read of a text.
    private struct Fields {
        var year = 0, month = 1, day = 1, dayOfYear: Int?
        var hour = 0, minute = 0, second = 0, nanoseconds = 0
        var isAfternoon: Bool?
        var shift: Int?
        var zoneName = ""
    }

    /// The instant that a text writes.
    ///
    /// - Parameter zone: where it is read when it names no zone.
    /// - Throws: `TemplateError` in Go's words.
    func parse(_ value: String, in zone: TimeZone) throws -> Instant {
        var fields = Fields()
        var rest = Array(value.utf8)[...]
        for (index, piece) in pieces.enumerated() {
            let before = String(decoding: rest, as: UTF8.self)
            let isFine: Bool
            let name: String
            switch piece {
            case .text(let text):
                name = text
                isFine = Self.skip(text, &rest)
            case .fraction(let count, let trims):
                name = "." + String(repeating: trims ? "9" : "0", count: count)
                isFine = Self.readFraction(&rest, &fields) || trims
            case .part(let part):
                name = part
                isFine = Self.read(part, &rest, &fields)
                // A fraction may follow the second though the layout has none.
                if isFine, part == "05" || part == "5", !isFraction(index + 1) { _ = Self.readFraction(&rest, &fields) }
            }
            guard isFine else {
                throw failure(value, "cannot parse \(GoText.quoted(before)) as \(GoText.quoted(name))")
            }
        }
        guard rest.isEmpty else {
            throw failure(value, "extra text: \(GoText.quoted(String(decoding: rest, as: UTF8.self)))", isPlain: true)
        }
        return try instant(fields, value, zone)
    }

    private func isFraction(_ index: Int) -> Bool {
        if index < pieces.count, case .fraction = pieces[index] { return true }
        return false
    }

    private func failure(_ value: String, _ reason: String, isPlain: Bool = false) -> TemplateError {
        TemplateError(
            "parsing time \(GoText.quoted(value))" + (isPlain ? ": " : " as \(GoText.quoted(text)): ") + reason)
    }

    private func instant(_ fields: Fields, _ value: String, _ zone: TimeZone) throws -> Instant {
        var hour = fields.hour
        if let isAfternoon = fields.isAfternoon { hour = hour % 12 + (isAfternoon ? 12 : 0) }
        func refuse(_ what: String) -> TemplateError { failure(value, "\(what) out of range", isPlain: true) }
        guard (1...12).contains(fields.month) else { throw refuse("month") }
        let (year, month) = (fields.year, fields.month)
        let length = Instant.days(month == 12 ? year + 1 : year, month % 12 + 1, 1) - Instant.days(year, month, 1)
        guard (1...length).contains(fields.day) else { throw refuse("day") }
        guard hour < 24 else { throw refuse("hour") }
        guard fields.minute < 60 else { throw refuse("minute") }
        guard fields.second < 60 else { throw refuse("second") }
        var days = Instant.days(year, month, fields.day)
        if let dayOfYear = fields.dayOfYear { days = Instant.days(year, 1, 1) + dayOfYear - 1 }
        let local = days * 86400 + hour * 3600 + fields.minute * 60 + fields.second
        if let shift = fields.shift {
            let zone = shift == 0 ? TimeZone.utc : TimeZone(offset: shift, name: fields.zoneName)
            return Instant(seconds: local - shift, nanoseconds: fields.nanoseconds, zone: zone)
        }
        // A zone's name alone tells no offset.
        if !fields.zoneName.isEmpty, fields.zoneName != "UTC" {
            return Instant(
                seconds: local, nanoseconds: fields.nanoseconds, zone: TimeZone(offset: 0, name: fields.zoneName))
        }
        let (guess, _) = zone.offset(at: local)
        let (shift, _) = zone.offset(at: local - guess)
        return Instant(seconds: local - shift, nanoseconds: fields.nanoseconds, zone: zone)
    }

    private static func skip(_ text: String, _ rest: inout ArraySlice<UInt8>) -> Bool {
        for byte in text.utf8 {
            if byte == 0x20 {
                while rest.first == 0x20 { rest.removeFirst() }
            } else {
                guard rest.first == byte else { return false }
                rest.removeFirst()
            }
        }
        return true
    }

    private static func number(_ rest: inout ArraySlice<UInt8>, _ fewest: Int, _ most: Int) -> Int? {
        let digits = rest.prefix(most).prefix { $0 >= 0x30 && $0 <= 0x39 }
        guard digits.count >= fewest else { return nil }
        rest = rest.dropFirst(digits.count)
        return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    private static func readFraction(_ rest: inout ArraySlice<UInt8>, _ fields: inout Fields) -> Bool {
        guard rest.first == 0x2E || rest.first == 0x2C else { return false }
        let digits = rest.dropFirst().prefix { $0 >= 0x30 && $0 <= 0x39 }
        guard !digits.isEmpty else { return false }
        rest = rest.dropFirst(digits.count + 1)
        let nine = digits.prefix(9)
        fields.nanoseconds = nine.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        for _ in nine.count..<9 { fields.nanoseconds *= 10 }
        return true
    }

    private static func word(_ rest: inout ArraySlice<UInt8>, _ words: [String], _ length: Int?) -> Int? {
        for (index, word) in words.enumerated() {
            let wanted = Array(length.map { String(word.prefix($0)) } ?? word).map { String($0).lowercased() }.joined()
            let found = String(decoding: rest.prefix(wanted.utf8.count), as: UTF8.self).lowercased()
            if found == wanted {
                rest = rest.dropFirst(wanted.utf8.count)
                return index
            }
        }
        return nil
    }

    private static func read(_ part: String, _ rest: inout ArraySlice<UInt8>, _ fields: inout Fields) -> Bool {
        func set(_ path: WritableKeyPath<Fields, Int>, _ value: Int?) -> Bool {
            guard let value else { return false }
            fields[keyPath: path] = value
            return true
        }
        switch part {
        case "2006": return set(\.year, number(&rest, 4, 4))
        case "06": return set(\.year, number(&rest, 2, 2).map { $0 >= 69 ? 1900 + $0 : 2000 + $0 })
        case "January": return set(\.month, word(&rest, months, nil).map { $0 + 1 })
        case "Jan": return set(\.month, word(&rest, months, 3).map { $0 + 1 })
        case "01": return set(\.month, number(&rest, 2, 2))
        case "1": return set(\.month, number(&rest, 1, 2))
        case "Monday": return word(&rest, weekdays, nil) != nil
        case "Mon": return word(&rest, weekdays, 3) != nil
        case "02": return set(\.day, number(&rest, 2, 2))
        case "2", "_2":
            if part == "_2", rest.first == 0x20 { rest.removeFirst() }
            return set(\.day, number(&rest, 1, 2))
        case "002", "__2":
            while part == "__2", rest.first == 0x20 { rest.removeFirst() }
            fields.dayOfYear = number(&rest, part == "002" ? 3 : 1, 3)
            return fields.dayOfYear != nil
        case "15": return set(\.hour, number(&rest, 2, 2))
        case "03": return set(\.hour, number(&rest, 2, 2))
        case "3": return set(\.hour, number(&rest, 1, 2))
        case "04": return set(\.minute, number(&rest, 2, 2))
        case "4": return set(\.minute, number(&rest, 1, 2))
        case "05": return set(\.second, number(&rest, 2, 2))
        case "5": return set(\.second, number(&rest, 1, 2))
        case "PM", "pm":
            let found = word(&rest, ["am", "pm"], nil)
            fields.isAfternoon = found.map { $0 == 1 }
            return found != nil
        case "MST": return readZoneName(&rest, &fields)
        default: return readShift(part, &rest, &fields)
        }
    }

    private static func readZoneName(_ rest: inout ArraySlice<UInt8>, _ fields: inout Fields) -> Bool {
        let letters = rest.prefix(5).prefix { (0x41...0x5A).contains($0) }
        if letters.count >= 3 {
            fields.zoneName = String(decoding: letters, as: UTF8.self)
            if fields.zoneName == "UTC", fields.shift == nil { fields.shift = 0 }
            rest = rest.dropFirst(letters.count)
            return true
        }
        guard rest.first == 0x2B || rest.first == 0x2D else { return false }
        let sign = rest.removeFirst()
        guard let hours = number(&rest, 2, 2) else { return false }
        fields.zoneName = (sign == 0x2D ? "-" : "+") + two(hours)
        return true
    }

    private static func readShift(_ part: String, _ rest: inout ArraySlice<UInt8>, _ fields: inout Fields) -> Bool {
        if part.first == "Z", rest.first == 0x5A {
            rest.removeFirst()
            fields.shift = 0
            return true
        }
        guard let sign = rest.first, sign == 0x2B || sign == 0x2D else { return false }
        rest.removeFirst()
        var (total, unit) = (0, 3600)
        for index in 0..<part.filter(\.isNumber).count / 2 {
            if index > 0, part.contains(":") {
                guard rest.first == 0x3A else { return false }
                rest.removeFirst()
            }
            guard let number = number(&rest, 2, 2) else { return false }
            total += number * unit
            unit /= 60
        }
        fields.shift = sign == 0x2D ? -total : total
        return true
    }
}
