package import Document
package import Scrub

/// What the engine asks while it reads a dataset: a policy that has been compiled for it. Deny by default.
package protocol DatasetPlanning {
    /// What becomes of tables.
    ///
    /// A format that states every table first hands them over in one call, so that one error lists whatever is
    /// undecided; one that states them among the data calls once a table.
    ///
    /// - Parameter isWhole: no other table follows, so that what the policy pins and names can be checked at once.
    /// - Throws: `Problems`: every column without a rule, every rule that would break a constraint, drift from the
    ///   pinned schema.
    mutating func plan(for tables: [TableSchema], isWhole: Bool) throws(Problems) -> [TablePlan]

    /// Learns of a constraint that the format states after the data, as plain pg_dump does with keys.
    ///
    /// - Throws: `Problem` when the table's plan breaks it: nothing of the output may be used then.
    mutating func add(_ constraint: TableConstraint, to table: TableName) throws(Problem)

    /// What becomes of a document's values (JSON, NDJSON, YAML, dotenv) by their paths.
    ///
    /// - Parameter name: the file's name or path in its archive; empty for a stream.
    mutating func plan(forDocument name: String) throws(Problem) -> PathRules

    /// What is shown every plain value that a document's rules keep, and every key that they do not name; nil where
    /// nobody looks.
    func inspector(ofDocument name: String) -> (any TransformRecipe)?

    /// What is done with rows that no row tells by itself; nil where each is judged for itself.
    var arrangement: RowArrangement? { get }

    /// What becomes of a file in an archive.
    mutating func plan(forFile path: String) throws(Problem) -> FilePlan

    /// The input has ended: tables that the policy names and that never came, and what was pinned, are judged now.
    mutating func finish() throws(Problems)
}

/// A planner around another one, which says all that this one does not say itself.
package protocol PlanningAround: DatasetPlanning {
    var planner: any DatasetPlanning { get set }
}

extension PlanningAround {
    package mutating func plan(for tables: [TableSchema], isWhole: Bool) throws(Problems) -> [TablePlan] {
        try planner.plan(for: tables, isWhole: isWhole)
    }

    package mutating func add(_ constraint: TableConstraint, to table: TableName) throws(Problem) {
        try planner.add(constraint, to: table)
    }

    package mutating func plan(forDocument name: String) throws(Problem) -> PathRules {
        try planner.plan(forDocument: name)
    }

    package func inspector(ofDocument name: String) -> (any TransformRecipe)? { planner.inspector(ofDocument: name) }
    package var arrangement: RowArrangement? { planner.arrangement }
    package mutating func plan(forFile path: String) throws(Problem) -> FilePlan { try planner.plan(forFile: path) }
    package mutating func finish() throws(Problems) { try planner.finish() }
}

/// A planner of tables alone, for what is only read or has been scrubbed: all else passes, and nothing changes a plan.
package protocol TablePlanning: DatasetPlanning {}

extension TablePlanning {
    package func add(_ constraint: TableConstraint, to table: TableName) throws(Problem) {}
    package func plan(forDocument name: String) throws(Problem) -> PathRules { PathRules(root: .init(action: .keep)) }
    package func inspector(ofDocument name: String) -> (any TransformRecipe)? { nil }
    package var arrangement: RowArrangement? { nil }
    package func plan(forFile path: String) throws(Problem) -> FilePlan { .keep }
    package func finish() throws(Problems) {}
}

/// A document's rules, and who looks at what they keep.
struct DocumentPlan {
    let rules: PathRules
    let inspector: (any TransformRecipe)?

    /// - Parameter inspector: nil where nobody looks.
    init(_ rules: PathRules, inspector: (any TransformRecipe)? = nil) {
        self.rules = rules
        self.inspector = inspector
    }

    init(_ name: String, from planner: inout any DatasetPlanning) throws(Problem) {
        rules = try planner.plan(forDocument: name)
        inspector = planner.inspector(ofDocument: name)
    }
}

/// What becomes of a file in an archive.
package enum FilePlan: Sendable, Hashable {
    case keep
    case drop
    /// Its bytes go through the parser of this format, as a dataset of its own: `csv`, `json`, `postgres`.
    case scrub(format: String)
}
