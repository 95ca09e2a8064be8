import Datasets
import Document
import Scrub
import Synchronization

/// Another planner's plans, with rows counted in the first column that is looked at of each table.
struct CountingPlanner: PlanningAround {
    var planner: any DatasetPlanning
    private let progress: ProgressCounter

    init(_ planner: any DatasetPlanning, _ progress: ProgressCounter) {
        self.planner = planner
        self.progress = progress
    }

    mutating func plan(for tables: [TableSchema], isWhole: Bool) throws(Problems) -> [TablePlan] {
        let plans = try planner.plan(for: tables, isWhole: isWhole)
        return plans.map { plan in
            var plan = plan
            for place in plan.columns.indices {
                guard case .transform(let recipe) = plan.columns[place] else { continue }
                plan.columns[place] = .transform(
                    CountingRecipe(recipe: recipe, table: plan.table.name, progress: progress))
                break
            }
            return plan
        }
    }
}

private struct CountingRecipe: TransformRecipe {
    let recipe: any TransformRecipe
    let table: String
    let progress: ProgressCounter

    var traits: TransformTraits { recipe.traits }

    func instance() -> any CellTransform { CountingTransform(self) }
}

private final class CountingTransform: CellTransform {
    private let transform: any CellTransform
    private let table: String
    private let progress: ProgressCounter
    private var isFirst = true

    init(_ recipe: CountingRecipe) {
        transform = recipe.recipe.instance()
        table = recipe.table
        progress = recipe.progress
    }

    func apply(
        _ cell: UnsafeBufferPointer<UInt8>, row: RowContext, into output: inout ByteBuffer
    ) throws(TransformFailure) -> CellResult {
        count()
        return try transform.apply(cell, row: row, into: &output)
    }

    func applyToNull(row: RowContext, into output: inout ByteBuffer) throws(TransformFailure) -> CellResult {
        count()
        return try transform.applyToNull(row: row, into: &output)
    }

    private func count() {
        if isFirst {
            isFirst = false
            progress.enter(table: table)
        }
        progress.rows.add(1, ordering: .relaxed)
    }
}
