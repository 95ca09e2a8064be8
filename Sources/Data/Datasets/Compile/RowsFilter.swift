import Document
import Scrub

/// Which rows of a table stay, by the cells of some columns.
struct RowsFilter: RowFilter {
    private let conditions: [RowCondition]

    var reads: [Int] { conditions.map(\.column) }

    /// Nil where every row stays. Shares are not asked here: see `RootMarks`.
    init?(_ rules: [DatasetRules.Rows], _ table: TableSchema) throws(Problem) {
        var conditions: [RowCondition] = []
        for rule in rules {
            guard let test = RowCondition.Test(rule.test) else { continue }
            conditions.append(RowCondition(column: try Self.place(of: rule, in: table), test))
        }
        if conditions.isEmpty { return nil }
        self.conditions = conditions
    }

    /// - Throws: `Problem` with the nearest name where the table has no such column.
    static func place(of rule: DatasetRules.Rows, in table: TableSchema) throws(Problem) -> Int {
        if let place = table.index(of: rule.column) { return place }
        let nearest = Spelling.nearest(to: rule.column, among: table.columns.map(\.name))
        throw Problem(
            "\(table.name) has no column \(rule.column)", at: rule.origin,
            hint: nearest.map { "did you mean \"\($0)\"?" } ?? "")
    }

    func keeps(_ row: RowContext) -> Bool { conditions.allSatisfy { $0.holds(in: row) } }
}

extension RowCondition.Test {
    /// Nil for a share, which no cell alone tells.
    fileprivate init?(_ test: DatasetRules.Rows.Test) {
        func bytes(_ values: [String]) -> Set<[UInt8]> { Set(values.map { Array($0.utf8) }) }
        switch test {
        case .isOneOf(let values): self = .isOneOf(bytes(values))
        case .isNoneOf(let values): self = .isNoneOf(bytes(values))
        case .isNull: self = .isNull
        case .isNotNull: self = .isNotNull
        case .isWithin(let low, let high):
            self = .isWithin(from: low.map { .init($0) }, before: high.map { .init($0) })
        case .share: return nil
        }
    }
}
