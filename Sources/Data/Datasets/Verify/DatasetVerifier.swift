import Document
package import Scrub
import Synchronization
import System

/// Verifies a scrubbed dataset: it watches the scrubbing, then reads the output, and reports.
///
/// Twice it is put between the engine and a policy: `watching` gives the planner for the scrubbing itself, `probing` one
/// for a second run, over the output, whose own output is thrown away. Then `report` judges.
package final class DatasetVerifier: Sendable {
    /// What is known of a column from both runs.
    struct Column: Sendable {
        var table: TableName
        var name: String
        var rule: DatasetRule
        let before = ColumnCounts()
        let after = ColumnCounts()
        let values: FingerprintStore
    }

    /// A condition on several columns of the output.
    struct Condition: Sendable {
        enum Kind: Sendable, Hashable {
            case unique
            case group(least: Int)
            /// The values of a reference, which must be among those of its target.
            case reference(String)
            case target(String)
        }

        var kind: Kind
        var table: TableName
        var columns: [String]
        let store: FingerprintStore
    }

    struct State: Sendable {
        var columns: [Column] = []
        var conditions: [Condition] = []
        var rows: [TableName: Atomic64] = [:]
        /// The primary key of each table that was met.
        var primaryKeys: [TableName: [String]] = [:]
        var filesKept = 0
        /// The table that each is a part of.
        var wholes: [TableName: TableName] = [:]

        /// A table and those that it is a part of, whose conditions hold for its rows too.
        func lineage(of table: TableName) -> [TableName] {
            var names = [table]
            while let last = names.last, let whole = wholes[last], !names.contains(whole) { names.append(whole) }
            return names
        }
    }

    let rules: DatasetRules
    let keys: ScrubKeys
    let folder: String
    let originals: FingerprintStore
    /// The output's cells in columns without a rule; those with one have a store each.
    let others: FingerprintStore
    let canaries: CanarySearch
    let findings = FindingCounts()
    let gatherers = Gatherers()
    let looked = Atomic64()
    let state = Mutex(State())

    /// - Parameter folder: where fingerprints go that are too many for memory, in files without a name.
    package init(_ rules: DatasetRules, keys: ScrubKeys, folder: String = "/tmp") {
        self.rules = rules
        self.keys = keys
        self.folder = folder
        originals = FingerprintStore(in: folder)
        others = FingerprintStore(in: folder)
        canaries = CanarySearch(rules.canaries.map(\.revealed))
    }

    /// The planner for the scrubbing: the policy's own, its transforms watched.
    package func watching(_ compiler: DatasetCompiler) -> any DatasetPlanning {
        var compiler = compiler
        // Documents in cells are columns' values as wholes; the originals in them are looked for none the less.
        compiler.exchangeWithin = { [self] path, recipe in
            OriginalSearch.rules.contains(path.rule.name) ? watched(recipe, path.rule, ColumnCounts()) : recipe
        }
        return WatchingPlanner(verifier: self, compiler: compiler)
    }

    /// The planner for the run over the output.
    package func probing() -> any DatasetPlanning {
        ProbingPlanner(verifier: self, compiler: DatasetCompiler(rules, keys: keys))
    }

    func watch(_ plan: TablePlan, _ table: TableSchema, rule: (String) -> DatasetRule?) -> TablePlan {
        var plan = plan
        for place in plan.columns.indices {
            guard case .transform(let recipe) = plan.columns[place], let rule = rule(table.columns[place].name) else {
                continue
            }
            plan.columns[place] = .transform(
                watched(recipe, column(table.columns[place].name, of: table.name, by: rule)))
        }
        for place in plan.shuffled.keys {
            guard let rule = rule(table.columns[place].name) else { continue }
            let asItIs = ConditionalRecipe([], otherwise: nil)
            plan.columns[place] = .transform(
                watched(asItIs, column(table.columns[place].name, of: table.name, by: rule)))
        }
        let isWhole = !plan.isDropped && !plan.isEmptied && plan.rows == nil
        if !plan.isDropped, !plan.isEmptied {
            for constraint in table.constraints { learn(constraint, of: table.name, isWhole: isWhole) }
            declare(for: table)
        }
        return plan
    }

    func watched(_ recipe: any TransformRecipe, _ column: Column) -> WatchedRecipe {
        watched(recipe, column.rule, column.before)
    }

    private func watched(
        _ recipe: any TransformRecipe, _ rule: DatasetRule, _ counts: ColumnCounts
    ) -> WatchedRecipe {
        WatchedRecipe(
            recipe: recipe, counts: counts, originals: OriginalSearch.rules.contains(rule.name) ? originals : nil,
            key: keys.fingerprints, gatherers: gatherers)
    }

    /// A column by its name: a table may come in several files, and a path's rule stand at several places.
    func column(_ name: String, of table: TableName, by rule: DatasetRule) -> Column {
        state.withLock { state in
            if let known = state.columns.first(where: { $0.table == table && $0.name == name }) { return known }
            let column = Column(table: table, name: name, rule: rule, values: FingerprintStore(in: folder))
            state.columns.append(column)
            return column
        }
    }

    /// Learns what names the rows of a table, before references to it are judged.
    func note(_ constraint: TableConstraint, of table: TableName) {
        guard case .primaryKey(let columns) = constraint else { return }
        state.withLock { $0.primaryKeys[table] = columns }
    }

    /// Conditions that the policy states of a table.
    private func declare(for table: TableSchema) {
        for declared in rules.unique where RuleLookup.matches(table.name, declared.table) {
            add(.unique, table.name, declared.columns)
        }
        for group in rules.groups where RuleLookup.matches(table.name, group.columns.table) {
            add(.group(least: group.least), table.name, group.columns.columns)
        }
    }

    /// A condition that a constraint states.
    func learn(_ constraint: TableConstraint, of table: TableName, isWhole: Bool = true) {
        note(constraint, of: table)
        switch constraint {
        case .primaryKey(let columns), .unique(let columns, nil, false): add(.unique, table, columns)
        case .foreignKey(let columns, let other, let stated) where isWhole:
            // SQLite lets the columns be left out: the primary key's are meant.
            let targets = stated.isEmpty ? state.withLock { $0.primaryKeys[other] ?? [] } : stated
            guard !targets.isEmpty else { break }
            let name = "\(table).\(columns.joined(separator: ", ")) → \(other).\(targets.joined(separator: ", "))"
            add(.reference(name), table, columns)
            add(.target(name), other, targets)
        default: break
        }
    }

    private func add(_ kind: Condition.Kind, _ table: TableName, _ columns: [String]) {
        let condition = Condition(kind: kind, table: table, columns: columns, store: FingerprintStore(in: folder))
        state.withLock { state in
            let isKnown = state.conditions.contains { $0.kind == kind && $0.table == table && $0.columns == columns }
            if !isKnown { state.conditions.append(condition) }
        }
    }

    // MARK: The output

    func probe(_ table: TableSchema) -> TablePlan {
        let (rows, columns, conditions) = state.withLock { state in
            let rows = state.rows[table.name] ?? Atomic64()
            state.rows[table.name] = rows
            state.wholes[table.name] = table.partitionOf
            let lineage = state.lineage(of: table.name)
            return (
                rows,
                state.columns.filter { $0.table == table.name },
                state.conditions.filter {
                    lineage.contains($0.table) || $0.table.schema == nil && $0.table.name == table.name.name
                }
            )
        }
        let groups = conditions.compactMap { condition -> ProbeRecipe.Group? in
            let places = condition.columns.compactMap(table.index)
            guard places.count == condition.columns.count else { return nil }
            if case .group = condition.kind {
                return .init(columns: places, store: condition.store, takesNull: true)
            }
            return .init(columns: places, store: condition.store, takesNull: false)
        }
        // Rows hold no generated columns.
        let first = table.columns.firstIndex { !$0.isGenerated }
        var plan = TablePlan(
            table.name,
            columns: table.columns.enumerated().map { place, column in
                let known = columns.first { $0.name == column.name }
                return .transform(
                    probe(known, groups: place == first ? groups : [], rows: place == first ? rows : nil))
            })
        plan.contextColumns = Set(groups.flatMap(\.columns)).sorted()
        return plan
    }

    /// - Parameter known: nil where a policy's keep stands.
    func probe(_ known: Column?, groups: [ProbeRecipe.Group] = [], rows: Atomic64? = nil) -> ProbeRecipe {
        ProbeRecipe(
            counts: known?.after ?? ColumnCounts(), cells: known?.values ?? others, others: others,
            // A column's own tell how its values are spread; of the others only those that may be originals matter.
            shortest: known == nil ? OriginalSearch.shortest : 0, canaries: canaries, groups: groups, rows: rows,
            looked: looked, findings: known == nil ? nil : findings, key: keys.fingerprints, gatherers: gatherers)
    }
}

/// The policy's planner, its transforms watched.
private struct WatchingPlanner: DatasetPlanning {
    let verifier: DatasetVerifier
    var compiler: DatasetCompiler

    mutating func plan(for tables: [TableSchema], isWhole: Bool) throws(Problems) -> [TablePlan] {
        let plans = try compiler.plan(for: tables, isWhole: isWhole)
        for table in tables {
            for constraint in table.constraints { verifier.note(constraint, of: table.name) }
        }
        return zip(plans, tables).map { plan, table in
            verifier.watch(plan, table) { compiler.boundRule(of: $0, in: table.name) }
        }
    }

    mutating func add(_ constraint: TableConstraint, to table: TableName) throws(Problem) {
        try compiler.add(constraint, to: table)
        verifier.learn(constraint, of: table)
    }

    mutating func plan(forDocument name: String) throws(Problem) -> PathRules {
        let verifier = verifier
        return try compiler.plan(forDocument: name) { path, recipe in
            verifier.watched(recipe, verifier.column(path.text, of: TableName(name), by: path.rule))
        }
    }

    func inspector(ofDocument name: String) -> (any TransformRecipe)? { nil }
    var arrangement: RowArrangement? { compiler.arrangement }
    mutating func plan(forFile path: String) throws(Problem) -> FilePlan { try compiler.plan(forFile: path) }
    mutating func finish() throws(Problems) { try compiler.finish() }
}

/// Reads all that there is, by the policy's own paths and files, and changes nothing.
private struct ProbingPlanner: DatasetPlanning {
    let verifier: DatasetVerifier
    var compiler: DatasetCompiler

    mutating func plan(for tables: [TableSchema], isWhole: Bool) throws(Problems) -> [TablePlan] {
        tables.map { verifier.probe($0) }
    }

    mutating func add(_ constraint: TableConstraint, to table: TableName) throws(Problem) {}

    mutating func plan(forDocument name: String) throws(Problem) -> PathRules {
        let verifier = verifier
        return try compiler.plan(forDocument: name) { path, _ in
            verifier.probe(verifier.column(path.text, of: TableName(name), by: path.rule))
        }
    }

    func inspector(ofDocument name: String) -> (any TransformRecipe)? { verifier.probe(nil) }

    /// Rows are where the scrubbing has put them.
    var arrangement: RowArrangement? { nil }

    mutating func plan(forFile path: String) throws(Problem) -> FilePlan {
        let plan = try compiler.plan(forFile: path)
        if plan == .keep { verifier.state.withLock { $0.filesKept += 1 } }
        if plan == .drop { throw Problem("the output holds the file \(path), which the policy drops") }
        return plan
    }

    mutating func finish() throws(Problems) {}
}
