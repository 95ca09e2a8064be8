import Document
import Scrub

/// Refuses to shuffle what tells who somebody is: the values of a shuffled column are all real.
struct ShuffleChecks {
    let table: TableName

    /// Rules that are proposed for values which many share.
    private static let harmless: Set<String> = ["keep", "city", "company"]

    /// What a column's name and type say.
    func judge(_ column: BoundColumn) throws(Problem) {
        // A name may be a thing's; that it is nobody's, nothing tells.
        let isName = column.schema.name.lowercased().contains("name")
        guard let proposed = RuleSuggestion.rule(for: column.schema) ?? (isName ? "name" : nil),
            !Self.harmless.contains(proposed), !proposed.contains("noise"), !proposed.contains("date-shift")
        else { return }
        throw Problem(
            "\(table).\(column.schema.name) holds, by its name or type, what tells who or what somebody is: shuffled values "
                + "stay real", at: column.origin, hint: "use \(proposed)")
    }

    /// What a key says: its values name rows.
    func problem(_ column: BoundColumn, _ what: String) -> Problem {
        Problem(
            "\(table).\(column.schema.name) \(what): its values name rows, and shuffled they stay real",
            at: column.origin,
            hint: "use sequence, digits, alnum, uuid, email or token")
    }
}

extension DatasetRules {
    /// Whether any column is shuffled.
    var shuffles: Bool {
        types.contains { $0.rule.name == .shuffle }
            || tables.contains { table in
                guard case .columns(let columns) = table.content else { return false }
                return columns.contains { $0.rule.name == .shuffle }
            }
    }
}
