import Document
import Scrub

/// Refuses references whose two ends would get different pseudonyms.
struct ReferenceChecks {
    let columns: [TableName: [BoundColumn]]
    let dropped: Set<TableName>

    /// - Parameter condition: the rows that the reference is for, of one that points into several tables.
    func judge(
        _ table: TableName, _ name: String, _ other: TableName, _ target: String, case condition: (String, [String])?
    ) throws(Problem) {
        guard let from = columns[table]?.first(where: { $0.schema.name == name }) else { return }
        let rule = condition.map { Self.rule(from, for: $0) } ?? from.rule
        if rule?.name == .null || from.isDropped || rule?.name == .drop { return }
        if dropped.contains(other) {
            throw Problem(
                "\(table).\(name) refers to \(other), which is left out", at: from.origin,
                hint: "make \(name) null or drop it, or leave \(table) out as well")
        }
        if from.isShuffled { throw ShuffleChecks(table: table).problem(from, "refers to \(other)") }
        guard let to = columns[other]?.first(where: { $0.schema.name == target }) else { return }
        if to.isShuffled { throw ShuffleChecks(table: other).problem(to, "is what \(table).\(name) refers to") }
        if from.rule?.name == .when {
            // A case's rule is bound to no column of its own: what it says is compared.
            if rule?.name == to.rule?.name, rule?.identity == to.rule?.identity, rule?.identity != nil { return }
        } else if Self.identity(from) == Self.identity(to) {
            return
        }
        throw Problem(
            "\(table).\(name) refers to \(other).\(target), and their rules give them different values",
            at: from.origin,
            hint: "give both the same transform and identity; the other is at \(to.origin)")
    }

    /// Of a rule by cases, the one that rows with these values get.
    private static func rule(_ column: BoundColumn, for condition: (String, [String])) -> DatasetRule? {
        guard let rule = column.rule, rule.name == .when else { return column.rule }
        let found = rule.cases.first { item in
            item.column == condition.0 && condition.1.allSatisfy { (item.values ?? []).contains($0) }
        }
        return found?.rule ?? rule.inner.first
    }

    /// What two columns must share for equal originals to get equal values.
    private static func identity(_ column: BoundColumn) -> String {
        column.isKept ? "keep" : column.recipe?.traits.identity ?? "none of \(column.schema.name)"
    }
}
