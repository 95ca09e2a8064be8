import Document
import Scrub

/// The planner of a run that only looks: at every table, its keys, and samples of its columns.
final class SuggestingPlanner: TablePlanning {
    private(set) var tables: [TableSchema] = []
    private var samples: [TableName: [String: ColumnSample]] = [:]

    func plan(for new: [TableSchema], isWhole: Bool) throws(Problems) -> [TablePlan] {
        tables += new
        return new.map { table in
            TablePlan(
                table.name,
                columns: table.columns.map { column in
                    let sample = ColumnSample()
                    samples[table.name, default: [:]][column.name] = sample
                    return .transform(SampleRecipe(sample: sample))
                })
        }
    }

    func add(_ constraint: TableConstraint, to table: TableName) throws(Problem) {
        if let place = tables.firstIndex(where: { $0.name == table }) { tables[place].constraints.append(constraint) }
    }

    func counts(of column: String, in table: TableName) -> ColumnSample.Counts {
        samples[table]?[column]?.counts ?? ColumnSample.Counts()
    }
}
