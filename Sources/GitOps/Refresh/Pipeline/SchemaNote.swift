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
struct NotingPlanner: PlanningAround {
    var planner: any DatasetPlanning
    private let note: SchemaNote

    init(_ planner: any DatasetPlanning, _ note: SchemaNote) {
        self.planner = planner
        self.note = note
    }

    mutating func plan(for tables: [TableSchema], isWhole: Bool) throws(Problems) -> [TablePlan] {
        note.add(tables)
        return try planner.plan(for: tables, isWhole: isWhole)
    }
}
