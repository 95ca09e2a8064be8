import Crypto
import Datasets
import Document
import Scrub
import Synchronization

/// Remembers the tables that a source states, for their fingerprint.
final class SchemaNote: Sendable {
    private let tables = Mutex<[TableSchema]>([])

    /// `sha256:…`, as a policy pins it.
    var fingerprint: String { SchemaFingerprint.of(tables.withLock { $0 }).description }

    func add(_ more: [TableSchema]) { tables.withLock { $0 += more } }
}

/// Another planner's plans, with the tables noted that it is asked for.
struct NotingPlanner: DatasetPlanning {
    private var planner: any DatasetPlanning
    private let note: SchemaNote

    init(_ planner: any DatasetPlanning, _ note: SchemaNote) {
        self.planner = planner
        self.note = note
    }

    mutating func plan(for tables: [TableSchema], isWhole: Bool) throws(Problems) -> [TablePlan] {
        note.add(tables)
        return try planner.plan(for: tables, isWhole: isWhole)
    }

    mutating func add(_ constraint: TableConstraint, to table: TableName) throws(Problem) {
        try planner.add(constraint, to: table)
    }

    mutating func plan(forDocument name: String) throws(Problem) -> PathRules { try planner.plan(forDocument: name) }
    mutating func plan(forFile path: String) throws(Problem) -> FilePlan { try planner.plan(forFile: path) }
    mutating func finish() throws(Problems) { try planner.finish() }
}
