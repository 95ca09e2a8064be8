import Scrub

/// A rule for a column, and what speaks for it.
struct RuleProposal {
    /// As a policy would have it: `email`, `{transform: name, unique: true}`.
    var rule: String
    var reason: String

    /// By what a column's values are, then by its name and type, then by what its values hold; nil where none of these
    /// tells, and where it may be kept: that is for a person to decide.
    ///
    /// - Parameter isUnique: whether a key says that no two values are the same.
    init?(_ column: ColumnSchema, of table: TableSchema, _ counts: ColumnSample.Counts, isUnique: Bool) {
        guard
            let (rule, reason) = Self.byContent(column, counts) ?? Self.byName(column, of: table)
                ?? Self.byParts(column, counts)
        else { return nil }
        self.reason = reason
        self.rule = isUnique && Self.names.contains(rule) ? "{transform: \(rule), unique: true}" : rule
    }

    /// The rule for a column and those that refer to it: pipes state their references after their rows, so that the
    /// policy says what they share.
    func shared(by identity: String) -> String {
        rule.contains("{") || rule.contains("date-shift")
            ? rule : "{transform: \(rule), identity: \(PolicyText.quoted(identity))}"
    }

    private static let names: Set<String> = [
        "name", "given-name", "family-name", "address", "city", "company", "phone",
    ]

    private static let rules: [String: String] = [
        "email": "email", "phone": "phone", "payment-card": "card", "ipv4": "ip", "ipv6": "ip",
        "first-name": "given-name", "last-name": "family-name", "person-name": "name", "postal-address": "address",
        "date-of-birth": "date-shift",
    ]

    /// What most of the values are as a whole.
    private static func byContent(_ column: ColumnSchema, _ counts: ColumnSample.Counts) -> (String, String)? {
        guard isText(column),
            let (type, count) = counts.whole.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }),
            10 * count >= 6 * counts.values
        else { return nil }
        let rule = rules[type] ?? (counts.secrets.contains(type) ? "credential" : "alnum")
        return (rule, "\(count) of \(counts.values) values: \(type)")
    }

    /// What some of the values hold among other things.
    private static func byParts(_ column: ColumnSchema, _ counts: ColumnSample.Counts) -> (String, String)? {
        let found = counts.within.merging(counts.whole) { $0 + $1 }
        guard isText(column), let (type, count) = found.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }) else {
            return nil
        }
        return ("text", "\(count) of \(counts.values) values hold: \(type)")
    }

    private static func isText(_ column: ColumnSchema) -> Bool {
        column.type.kind == nil || column.type.kind == .text
    }

    private static func byName(_ column: ColumnSchema, of table: TableSchema) -> (String, String)? {
        guard let rule = RuleSuggestion.rule(for: column), rule != "keep" else { return nil }
        if rule.contains("date-shift") {
            let key = table.constraints.lazy.compactMap { constraint -> String? in
                if case .primaryKey(let columns) = constraint, columns.count == 1 { columns[0] } else { nil }
            }.first
            return (key.map { "{transform: date-shift, by: \(PolicyText.quoted($0))}" } ?? "date-shift", "its name")
        }
        // A document's paths are not known from here.
        return rule.contains("…") ? nil : (rule, "its name or type")
    }
}
