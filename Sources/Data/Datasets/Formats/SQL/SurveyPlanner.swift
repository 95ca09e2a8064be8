import Document
import Scrub

/// Plans that let nothing out: for a look ahead that only learns what tables there are.
struct SurveyPlanner: TablePlanning {
    mutating func plan(for tables: [TableSchema], isWhole: Bool) throws(Problems) -> [TablePlan] {
        tables.map { table in
            var plan = TablePlan(table.name, columns: table.columns.map { _ in .keep })
            plan.isEmptied = true
            return plan
        }
    }

    func plan(forDocument name: String) throws(Problem) -> PathRules {
        PathRules(root: PathRules.Node(action: .drop))
    }

    func plan(forFile path: String) throws(Problem) -> FilePlan { .drop }
}
