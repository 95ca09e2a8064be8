import Crypto
package import Document
package import Scrub

/// A policy's rules for one dataset, compiled for the tables that a format states.
package struct DatasetCompiler: DatasetPlanning {
    private let rules: DatasetRules
    private let keys: ScrubKeys
    private var lookup: RuleLookup
    private var tables: [TableSchema] = []
    fileprivate(set) var columns: [TableName: [BoundColumn]] = [:]
    /// Tables that are left out.
    private var dropped: Set<TableName> = []
    private var isWhole = false
    /// Puts another recipe in the place of the one that a path's rule asks for, in documents that cells hold.
    var exchangeWithin: (DatasetRule.Path, any TransformRecipe) -> any TransformRecipe = { $1 }

    package init(_ rules: DatasetRules, keys: ScrubKeys) {
        self.rules = rules
        self.keys = keys
        lookup = RuleLookup(rules)
    }

    package var arrangement: RowArrangement? { RowArrangement(rules, keys: keys) }
    package func inspector(ofDocument name: String) -> (any TransformRecipe)? { nil }

    package mutating func plan(for new: [TableSchema], isWhole: Bool) throws(Problems) -> [TablePlan] {
        tables += new
        var problems: [Problem] = []
        var plans: [TablePlan] = []
        for table in new {
            switch attempt({ compiler throws(Problem) in try compiler.content(of: table.name) }, &problems) {
            case .some(.drop?):
                dropped.insert(table.name)
                plans.append(TablePlan(table.name, isDropped: true))
            case .some(.empty?):
                dropped.insert(table.name)
                plans.append(TablePlan(table.name, isEmptied: true, columns: table.columns.count))
            default: plans.append(plan(table, &problems))
            }
        }
        if isWhole {
            self.isWhole = true
            problems += wholeProblems()
        }
        problems += new.flatMap { constraintProblems(of: $0) }
        if !problems.isEmpty { throw Problems(problems) }
        return plans
    }

    private mutating func content(of table: TableName) throws(Problem) -> DatasetRules.Table.Content? {
        try lookup.content(of: table)
    }

    /// What a step gives; its problem is put with the others.
    private mutating func attempt<Result>(
        _ step: (inout DatasetCompiler) throws(Problem) -> Result, _ problems: inout [Problem]
    ) -> Result? {
        do {
            return try step(&self)
        } catch {
            problems.append(error)
            return nil
        }
    }

    // MARK: Columns

    private mutating func plan(_ table: TableSchema, _ problems: inout [Problem]) -> TablePlan {
        var bound: [BoundColumn] = []
        var undecided: [ColumnSchema] = []
        for column in table.columns {
            do {
                if let found = try bind(column, of: table) { bound.append(found) } else { undecided.append(column) }
            } catch {
                problems.append(error)
            }
        }
        if !undecided.isEmpty { problems.append(Self.undecided(undecided, of: table, at: rules.origin)) }
        columns[table.name] = bound
        var plan = TablePlan(table.name, columns: bound.map(\.plan))
        for (place, column) in bound.enumerated() where column.rule?.name == .shuffle {
            let domain = column.rule?.identity ?? identity(of: column.schema.name, in: table.name, depth: 0)
            plan.shuffled[place] = keys.domain("shuffle\0\(domain)")
        }
        plan.contextColumns = Set(bound.flatMap { $0.recipe?.traits.reads ?? [] }).sorted()
        do {
            if let filter = try RowsFilter(rules.rows.filter { RuleLookup.matches(table.name, $0.table) }, table) {
                plan.rows = filter
                plan.contextColumns = Set(plan.contextColumns + filter.reads).sorted()
            }
        } catch {
            problems.append(error)
        }
        return plan
    }

    private static func undecided(_ columns: [ColumnSchema], of table: TableSchema, at origin: Origin) -> Problem {
        let lines = columns.map { column in
            let suggestion = RuleSuggestion.rule(for: column)
            return "\(table.name).\(column.name) (\(column.type))\(suggestion.map { ": perhaps \($0)" } ?? "")"
        }
        return Problem(
            "no rule for \(columns.count) column\(columns.count == 1 ? "" : "s") of \(table.name):\n    "
                + lines.joined(separator: "\n    "), at: origin,
            hint: "each column is keep, a transform or drop; a table may be drop or empty")
    }

    /// Nil for a column that nothing decides.
    private mutating func bind(_ column: ColumnSchema, of table: TableSchema) throws(Problem) -> BoundColumn? {
        let found = try rule(for: column, of: table, depth: 0)
        if column.isGenerated { return BoundColumn(schema: column, plan: .generated) }
        guard let found else {
            // A text index holds the words of other columns; it is computed again.
            guard column.type.isSearchVector else { return nil }
            return BoundColumn(schema: column, plan: .transform(ConstantRecipe(column.isNullable ? nil : [])))
        }
        let rule = found.rule
        if rule.name == .keep, found.pattern == "*", rules.schema == nil {
            throw Problem(
                "\"*\": keep would let new columns pass unseen", at: found.origin,
                hint: "pin the schema: schema: \(SchemaFingerprint.of(tables))")
        }
        if rule.name == .drop { return BoundColumn(schema: column, plan: .drop, rule: rule) }
        if rule.name == .shuffle {
            let bound = BoundColumn(schema: column, plan: .keep, rule: rule)
            try ShuffleChecks(table: table.name).judge(bound)
            return bound
        }
        let copy = self
        let binder = RuleBinder(
            keys: keys, rules: rules, table: table,
            identity: { copy.identity(of: $0, in: table.name, depth: 0) },
            rule: { name throws(Problem) in
                var copy = copy
                guard let other = table.columns.first(where: { $0.name == name }) else { return nil }
                return try copy.rule(for: other, of: table, depth: 0)?.rule
            }, exchange: exchangeWithin)
        let recipe = try binder.recipe(rule, for: column)
        let bound = BoundColumn(schema: column, plan: recipe.map { .transform($0) } ?? .keep, rule: rule)
        try ColumnChecks(table: table.name).judge(bound)
        return bound
    }

    /// A column's own rule; without one, that of the column that it refers to.
    private mutating func rule(
        for column: ColumnSchema, of table: TableSchema, depth: Int
    ) throws(Problem) -> DatasetRules.Column? {
        if let own = try lookup.rule(for: column, of: table.name) { return own }
        guard depth < 16, let target = target(of: column.name, in: table.name),
            let other = tables.first(where: { $0.name == target.table }),
            let place = other.index(of: target.column)
        else { return nil }
        return try rule(for: other.columns[place], of: other, depth: depth + 1)
    }

    // MARK: Identity

    /// The column that a column refers to, by a declared reference or by DDL.
    private func target(of column: String, in table: TableName) -> (table: TableName, column: String)? {
        for reference in rules.references
        where reference.column == nil && RuleLookup.matches(table, reference.from.table) {
            if let place = reference.from.columns.firstIndex(of: column) {
                let name = tables.first { RuleLookup.matches($0.name, reference.to.table) }?.name
                return (name ?? TableName(reference.to.table), reference.to.columns[place])
            }
        }
        for case .foreignKey(let from, let other, let to) in tables.first(where: { $0.name == table })?.constraints
            ?? []
        {
            if let place = from.firstIndex(of: column) {
                guard let name = named(other, from: table) else { return nil }
                // SQLite and MySQL let the columns be left out: the primary key's are meant.
                let target = to.isEmpty ? primaryKey(of: name) : to
                if place < target.count { return (name, target[place]) }
            }
        }
        return nil
    }

    /// A table as the dataset names it: references may leave its schema out.
    private func named(_ name: TableName, from table: TableName) -> TableName? {
        if tables.contains(where: { $0.name == name }) { return name }
        let others = tables.map(\.name).filter { $0.name == name.name }
        return others.first { $0.schema == table.schema } ?? others.first ?? name
    }

    private func primaryKey(of table: TableName) -> [String] {
        for case .primaryKey(let columns) in tables.first(where: { $0.name == table })?.constraints ?? [] {
            return columns
        }
        return []
    }

    /// The identity domain of a column without one of its own: that of the column at the end of its references.
    private func identity(of column: String, in table: TableName, depth: Int) -> String {
        if depth < 16, let target = target(of: column, in: table), target.table != table || target.column != column {
            return identity(of: target.column, in: target.table, depth: depth + 1)
        }
        if depth > 0, let schema = tables.first(where: { $0.name == table }), let place = schema.index(of: column) {
            var copy = lookup
            if let rule = try? copy.rule(for: schema.columns[place], of: table), let named = rule.rule.identity {
                return named
            }
        }
        return "\(table.name).\(column)"
    }

    // MARK: Constraints

    private func constraintProblems(of table: TableSchema) -> [Problem] {
        var constraints = table.constraints
        for declared in rules.unique where RuleLookup.matches(table.name, declared.table) {
            constraints.append(.unique(declared.columns))
        }
        return constraints.flatMap { problems(with: $0, of: table.name) }
    }

    private func problems(with constraint: TableConstraint, of table: TableName) -> [Problem] {
        do {
            try judge(constraint, of: table)
            return []
        } catch {
            return [error]
        }
    }

    private func judge(_ constraint: TableConstraint, of table: TableName) throws(Problem) {
        guard let bound = columns[table] else { return }
        let checks = ColumnChecks(table: table)
        switch constraint {
        case .primaryKey(let names): try checks.judge(unique: names, expression: nil, isPrimary: true, bound)
        case .unique(let names, let expression, _):
            try checks.judge(unique: names, expression: expression, isPrimary: false, bound)
        case .check(let text, let names): try checks.judge(check: text, over: names, bound)
        case .foreignKey(let names, let other, let targets):
            // Of tables that are not stated yet, their own turn judges.
            guard let name = named(other, from: table) else { return }
            let targets = targets.isEmpty ? primaryKey(of: name) : targets
            for (column, target) in zip(names, targets) {
                try ReferenceChecks(columns: columns, dropped: dropped).judge(table, column, name, target, case: nil)
            }
        }
    }

    /// What can only be judged once every table is known.
    private func wholeProblems() -> [Problem] {
        var problems = lookup.unused(tables: tables)
        if let pinned = rules.schema {
            let found = SchemaFingerprint.of(tables).description
            if found != pinned {
                problems.append(
                    Problem(
                        "the schema is not the one that the policy pins: its fingerprint is \(found)",
                        at: rules.schemaOrigin,
                        hint: "look at what has changed, then pin the new one"))
            }
        }
        for table in tables where tables.count > 1 {
            for constraint in table.constraints {
                if case .foreignKey = constraint { problems += self.problems(with: constraint, of: table.name) }
            }
        }
        return problems + referenceProblems()
    }

    private func referenceProblems() -> [Problem] {
        var problems: [Problem] = []
        for reference in rules.references {
            let from = tables.filter { RuleLookup.matches($0.name, reference.from.table) }
            guard let to = tables.first(where: { RuleLookup.matches($0.name, reference.to.table) }), !from.isEmpty
            else {
                problems.append(
                    Problem("the dataset has not both tables of the reference", at: reference.from.origin))
                continue
            }
            for table in from {
                for (column, target) in zip(reference.from.columns, reference.to.columns) {
                    let condition = reference.column.map { ($0, reference.values) }
                    do throws(Problem) {
                        try ReferenceChecks(columns: columns, dropped: dropped)
                            .judge(table.name, column, to.name, target, case: condition)
                    } catch {
                        problems.append(error)
                    }
                }
            }
        }
        return problems
    }

    package mutating func add(_ constraint: TableConstraint, to table: TableName) throws(Problem) {
        guard let place = tables.firstIndex(where: { $0.name == table }) else { return }
        tables[place].constraints.append(constraint)
        try judge(constraint, of: table)
    }

    // MARK: Documents and files

    package mutating func plan(forDocument name: String) throws(Problem) -> PathRules {
        try plan(forDocument: name) { $1 }
    }

    /// - Parameter exchange: puts another recipe in the place of the one that a path's rule asks for.
    func plan(
        forDocument name: String, exchange: @escaping (DatasetRule.Path, any TransformRecipe) -> any TransformRecipe
    ) throws(Problem) -> PathRules {
        let found = rules.documents.filter { NameGlob.matches(name, $0.pattern) || name.isEmpty && $0.pattern == "*" }
        guard let best = found.max(by: { NameGlob.weight($0.pattern) < NameGlob.weight($1.pattern) }) else {
            throw Problem(
                "no rule for the document\(name.isEmpty ? "" : " \(name)")", at: rules.origin,
                hint: "name it under \"documents\", with the rules of its paths")
        }
        return try PathCompiler(keys: keys, rules: rules, exchange: exchange).rules(for: best.paths)
    }

    package mutating func plan(forFile path: String) throws(Problem) -> FilePlan {
        let found = rules.files.filter { NameGlob.matches(path, $0.pattern) }
        guard let best = found.max(by: { NameGlob.weight($0.pattern) < NameGlob.weight($1.pattern) }) else {
            throw Problem(
                "no rule for the file \(path)", at: rules.origin,
                hint: "name it under \"files\": keep, drop, or the format that it has")
        }
        return switch best.kind {
        case "keep": .keep
        case "drop": .drop
        default: .scrub(format: best.kind)
        }
    }

    package mutating func finish() throws(Problems) {
        if isWhole || tables.isEmpty { return }
        isWhole = true
        let problems = wholeProblems()
        if !problems.isEmpty { throw Problems(problems) }
    }
}

extension TablePlan {
    init(_ table: TableName, isDropped: Bool) {
        self.init(table, columns: [])
        self.isDropped = isDropped
    }

    init(_ table: TableName, isEmptied: Bool, columns count: Int) {
        self.init(table, columns: [Column](repeating: .keep, count: count))
        self.isEmptied = isEmptied
    }

    /// What a column's sequence must go on from, when the input's goes on from `last`.
    package func counter(after last: UInt64, column: Int) -> UInt64 {
        guard columns.indices.contains(column), case .transform(let recipe) = columns[column],
            let digits = recipe as? DigitsRecipe
        else { return last }
        return max(last, digits.ceiling(of: last))
    }
}

extension DatasetCompiler {
    /// The rule that a planned column goes by; nil where it needed none.
    func boundRule(of column: String, in table: TableName) -> DatasetRule? {
        columns[table]?.first { $0.schema.name == column }?.rule
    }
}
