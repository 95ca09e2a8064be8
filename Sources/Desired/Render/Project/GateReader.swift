import Document
import FileTree

/// Reads one gate: `{healthyFor: 2m}`, `{approvals: 1}`.
enum GateReader {
    static func gate(_ value: Value) throws(Problem) -> Gate {
        var reader = try FieldReader(value, "a gate")
        var gates: [Gate] = []
        if let duration = reader.value("healthyFor") {
            gates.append(.healthyFor(try self.duration(duration)))
        }
        if let path = reader.value("verify") {
            gates.append(.verify(try TreePath.root.referred(by: try reader.requiredString("verify"), at: path.origin)))
        }
        if let count = try reader.int("approvals") {
            guard count > 0 else { throw Problem("\"approvals\" must be 1 or more", at: value.origin) }
            gates.append(.approvals(count))
        }
        if let window = try reader.string("window") { gates.append(.window(window)) }
        if let signed = try reader.bool("signed") {
            guard signed else { throw Problem("\"signed\" is a gate only when true", at: value.origin) }
            gates.append(.signed)
        }
        try reader.finish()
        guard gates.count == 1, let gate = gates.first else {
            throw Problem("a gate must have exactly one condition", at: value.origin, hint: "write one entry for each")
        }
        return gate
    }

    /// A time such as `90s`, `2m` or `1h30m`.
    private static func duration(_ value: Value) throws(Problem) -> Duration {
        guard let duration = duration(value.string ?? "") else {
            throw Problem("this is no length of time", at: value.origin, hint: "write it as 90s, 2m, 1h30m or 1d")
        }
        return duration
    }

    /// nil for a text that is no time.
    static func duration(_ text: String) -> Duration? {
        let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        var seconds = 0
        var digits = ""
        for character in text {
            if character.isASCII, character.isNumber, digits.count < 9 {
                digits.append(character)
            } else if let unit = units[character], let number = Int(digits) {
                seconds += number * unit
                digits = ""
            } else {
                return nil
            }
        }
        return seconds > 0 && digits.isEmpty ? .seconds(seconds) : nil
    }
}
