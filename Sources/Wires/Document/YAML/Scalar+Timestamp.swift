extension Scalar {
    /// What Go's decoder makes of a plain scalar that is a date, or a date and time joined by a `T`: RFC 3339 in the form
    /// of `time.RFC3339Nano`. Nil for scalars of other kinds; times behind a space stay as they are.
    package var timestamp: String? {
        guard kind == .timestamp else { return nil }
        let halves = text.split(maxSplits: 1) { $0 == "T" || $0 == "t" }
        if halves[0].contains(" ") { return text }
        let date = Self.padded(halves[0], by: "-")
        guard halves.count == 2 else { return "\(date)T00:00:00Z" }
        let zone = halves[1].firstIndex { "Z+-".contains($0) } ?? halves[1].endIndex
        let time = halves[1][..<zone].split { $0 == "." || $0 == "," }
        var fraction = time.count > 1 ? time[1] : ""
        while fraction.last == "0" { fraction = fraction.dropLast() }
        let offset = halves[1][zone...] == "+00:00" ? "Z" : halves[1][zone...]
        return "\(date)T\(Self.padded(time[0], by: ":"))" + (fraction.isEmpty ? "" : ".\(fraction)") + offset
    }

    /// Numbers of one digit with a zero before them.
    private static func padded(_ text: Substring, by separator: Character) -> String {
        text.split(separator: separator).map { $0.count == 1 ? "0\($0)" : String($0) }.joined(
            separator: String(separator))
    }
}
