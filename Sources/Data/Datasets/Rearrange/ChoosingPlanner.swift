import Document
import Scrub

/// The planner of the last run, over what has been scrubbed: some rows, and columns with the values of others.
struct ChoosingPlanner: TablePlanning {
    let files: any DatasetPlanning
    /// Of tables of which not all rows stay.
    let kept: [TableName: RowMarks]
    /// Tables whose rows are left out.
    let emptied: Set<TableName>
    let shuffled: [TableName: [String: ShuffledColumn]]

    func plan(for tables: [TableSchema], isWhole: Bool) throws(Problems) -> [TablePlan] {
        tables.map { table in
            var plan = TablePlan(
                table.name,
                columns: table.columns.map { column in
                    shuffled[table.name]?[column.name].map { .transform(ShuffleRecipe(column: $0)) } ?? .keep
                })
            plan.isEmptied = emptied.contains(table.name)
            plan.rows = kept[table.name].map { ChosenRows(marks: $0) }
            return plan
        }
    }

    func plan(forFile path: String) throws(Problem) -> FilePlan { try files.filePlanOfRows(path) }
}

/// Rows by their numbers.
private struct ChosenRows: RowFilter {
    let marks: RowMarks
    var reads: [Int] { [] }

    func keeps(_ row: RowContext) -> Bool { marks.contains(Int(row.number)) }
}
