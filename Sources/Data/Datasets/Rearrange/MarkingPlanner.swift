import Document
import Scrub
import Synchronization
import System

/// The policy's planner for the first run: all rows pass, scrubbed, and it notes which are roots of the subset, what the
/// tables' references are, and which columns are to be shuffled.
final class MarkingPlanner: PlanningAround {
    var planner: any DatasetPlanning
    /// No row is rearranged before all have been seen.
    let arrangement: RowArrangement? = nil
    private let order: RowArrangement
    private(set) var tables: [TableSchema] = []
    private(set) var shuffled: [TableName: [String: DomainKey]] = [:]
    private(set) var roots: [TableName: RootFilter] = [:]

    init(_ planner: any DatasetPlanning, _ arrangement: RowArrangement) {
        self.planner = planner
        order = arrangement
    }

    func plan(for new: [TableSchema], isWhole: Bool) throws(Problems) -> [TablePlan] {
        let plans = try planner.plan(for: new, isWhole: isWhole)
        var problems: [Problem] = []
        var marked: [TablePlan] = []
        for (table, plan) in zip(new, plans) {
            do {
                marked.append(try mark(table, plan))
            } catch {
                problems.append(error)
            }
        }
        if !problems.isEmpty { throw Problems(problems) }
        return marked
    }

    private func mark(_ table: TableSchema, _ plan: TablePlan) throws(Problem) -> TablePlan {
        guard !tables.contains(where: { $0.name == table.name }) else {
            throw Problem(
                "the table \(table.name) comes twice, and a subset or shuffle needs all of its rows at once",
                hint: "put them into one file")
        }
        tables.append(table)
        if plan.isDropped || plan.isEmptied { return plan }
        for (place, key) in plan.shuffled { shuffled[table.name, default: [:]][table.columns[place].name] = key }
        let rules = order.subset?.roots.filter { RuleLookup.matches(table.name, $0.table) } ?? []
        guard !rules.isEmpty else { return plan }
        let filter = try RootFilter(rules, table, key: order.key)
        roots[table.name] = filter
        var plan = plan
        plan.rows = filter
        plan.contextColumns = Set(plan.contextColumns + filter.reads).sorted()
        return plan
    }

    func add(_ constraint: TableConstraint, to table: TableName) throws(Problem) {
        try planner.add(constraint, to: table)
        if let place = tables.firstIndex(where: { $0.name == table }) { tables[place].constraints.append(constraint) }
    }

    func finish() throws(Problems) {
        try planner.finish()
        var problems: [Problem] = []
        for root in order.subset?.roots ?? [] {
            guard !roots.keys.contains(where: { RuleLookup.matches($0, root.table) }) else { continue }
            let nearest = Spelling.nearest(to: root.table, among: tables.map(\.name.name))
            problems.append(
                Problem(
                    "the dataset has no rows of a table \(root.table) to begin the subset with", at: root.origin,
                    hint: nearest.map { "did you mean \"\($0)\"?" } ?? "remove it"))
        }
        if !problems.isEmpty { throw Problems(problems) }
    }
}

/// Marks the rows that are roots of a subset, by their originals; all stay.
///
/// Sendable unchecked: the lock guards the marks and the function.
final class RootFilter: RowFilter, @unchecked Sendable {
    private let conditions: RowsFilter?
    /// Columns, and how many of a hundred of their values count.
    private var shares: [(column: Int, percent: Int)] = []
    private let lock = Mutex(())
    private let function: KeyedFunction
    private var rows = RowMarks()

    init(_ rules: [DatasetRules.Rows], _ table: TableSchema, key: DomainKey) throws(Problem) {
        conditions = try RowsFilter(rules, table)
        function = KeyedFunction(key)
        for rule in rules {
            guard case .share(let percent) = rule.test else { continue }
            shares.append((try RowsFilter.place(of: rule, in: table), percent))
        }
    }

    var reads: [Int] { (conditions?.reads ?? []) + shares.map(\.column) }

    var marks: RowMarks { lock.withLock { _ in rows } }

    func keeps(_ row: RowContext) -> Bool {
        guard conditions?.keeps(row) ?? true else { return true }
        lock.withLock { _ in if isInShares(row) { rows.insert(Int(row.number)) } }
        return true
    }

    private func isInShares(_ row: RowContext) -> Bool {
        shares.allSatisfy { share in
            guard let cell = row.cell(share.column) else { return false }
            return function.value(of: cell).high.multipliedFullWidth(by: 100).high < UInt64(share.percent)
        }
    }
}
