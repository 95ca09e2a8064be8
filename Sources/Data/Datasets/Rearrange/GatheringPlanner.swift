import Document
import Scrub
import Synchronization
import System

/// The planner of the second run, over what has been scrubbed: it reads keys, references and columns to be shuffled, and
/// lets nothing out.
final class GatheringPlanner: TablePlanning {
    private let files: any DatasetPlanning
    private let edges: [ReferenceEdge]
    private let shuffled: [TableName: [String: DomainKey]]
    private let counted: Set<TableName>
    private let key: DomainKey
    private let folder: String
    private(set) var filters: [TableName: GatheringFilter] = [:]

    /// - Parameters:
    ///   - files: knows what the files of an archive are.
    ///   - counted: tables whose rows are counted, whatever is read of them.
    init(
        _ files: any DatasetPlanning, _ edges: [ReferenceEdge], shuffled: [TableName: [String: DomainKey]],
        counted: Set<TableName>, key: DomainKey, folder: String
    ) {
        self.files = files
        self.edges = edges
        self.shuffled = shuffled
        self.counted = counted
        self.key = key
        self.folder = folder
    }

    func plan(for tables: [TableSchema], isWhole: Bool) throws(Problems) -> [TablePlan] {
        do {
            return try tables.map { table in try plan(table) }
        } catch {
            throw Problems([Problem("room for the rows' keys cannot be had: \(error)")])
        }
    }

    private func plan(_ table: TableSchema) throws -> TablePlan {
        let filter = try GatheringFilter(key: key)
        for edge in edges {
            for (end, only) in [(edge.from, edge.condition), (edge.to, nil)] where end.tables.contains(table.name) {
                let places = end.columns.compactMap(table.index)
                // What was left out of the output refers to nothing.
                guard places.count == end.columns.count else { continue }
                var condition: RowCondition?
                if let only {
                    guard let column = table.index(of: only.column) else { continue }
                    condition = RowCondition(column: column, .isOneOf(Set(only.values.map { Array($0.utf8) })))
                }
                filter.add(end, only, places, condition, try KeyRows(in: folder))
            }
        }
        for (name, key) in shuffled[table.name] ?? [:] {
            guard let place = table.index(of: name) else { continue }
            filter.add(try ShuffledColumn("\(table.name).\(name)", key, in: folder), place, name)
        }
        var plan = TablePlan(table.name, columns: table.columns.map { _ in .keep })
        guard !filter.isEmpty || counted.contains(table.name) else {
            plan.isEmptied = true
            return plan
        }
        filters[table.name] = filter
        plan.rows = filter
        plan.contextColumns = Set(filter.reads).sorted()
        return plan
    }

    func plan(forFile path: String) throws(Problem) -> FilePlan { try files.filePlanOfRows(path) }
}

extension DatasetPlanning {
    /// What a file of an archive that has been scrubbed is, where it has rows; all others are kept.
    func filePlanOfRows(_ path: String) throws(Problem) -> FilePlan {
        var planner = self
        guard case .scrub(let name) = try planner.plan(forFile: path),
            DatasetScrub.Format(rawValue: name)?.hasRows == true
        else { return .keep }
        return .scrub(format: name)
    }
}

/// Reads what is wanted of each row, and lets none out.
///
/// Sendable unchecked: what is added is added before the first row; from then on the lock guards what rows change.
final class GatheringFilter: RowFilter, @unchecked Sendable {
    private struct Keys {
        var end: ReferenceEdge.End
        var only: ReferenceEdge.Condition?
        var columns: [Int]
        var condition: RowCondition?
        var rows: KeyRows
    }

    private struct Shuffle {
        var column: ShuffledColumn
        var place: Int
        var name: String
    }

    private let lock = Mutex(())
    private let function: KeyedFunction
    private var name = ByteBuffer()
    private var keys: [Keys] = []
    private var shuffles: [Shuffle] = []
    private(set) var count = 0
    private var failure: (any Error)?

    init(key: DomainKey) throws(SystemError) { function = KeyedFunction(key) }

    fileprivate func add(
        _ end: ReferenceEdge.End, _ only: ReferenceEdge.Condition?, _ columns: [Int], _ condition: RowCondition?,
        _ rows: KeyRows
    ) {
        guard self.rows(by: end, only) == nil else { return }
        keys.append(Keys(end: end, only: only, columns: columns, condition: condition, rows: rows))
    }

    fileprivate func add(_ column: ShuffledColumn, _ place: Int, _ name: String) {
        shuffles.append(Shuffle(column: column, place: place, name: name))
    }

    fileprivate var isEmpty: Bool { keys.isEmpty && shuffles.isEmpty }

    var reads: [Int] {
        keys.flatMap { $0.columns + ($0.condition.map { [$0.column] } ?? []) } + shuffles.map(\.place)
    }

    func keeps(_ row: RowContext) -> Bool {
        lock.withLock { _ in
            count = max(count, Int(row.number) + 1)
            guard failure == nil else { return }
            do { try gather(row) } catch { failure = error }
        }
        return false
    }

    private func gather(_ row: RowContext) throws(SystemError) {
        for key in keys where key.condition?.holds(in: row) ?? true {
            name.removeAll()
            guard row.write(key.columns, to: &name) else { continue }
            try key.rows.append(function.value(of: name.bytes).high, row: row.number)
        }
        for shuffle in shuffles { try shuffle.column.take(row.cell(shuffle.place), row: row.number) }
    }

    /// The rows by one end of a reference; nil where the output has not its columns.
    func rows(by end: ReferenceEdge.End, _ only: ReferenceEdge.Condition?) -> KeyRows? {
        keys.first { $0.end == end && $0.only == only }?.rows
    }

    /// The columns to be shuffled, by their names, once all rows have come.
    ///
    /// - Throws: what could not be kept; `Problem` for values that tell who somebody is.
    func columns() throws -> [String: ShuffledColumn] {
        if let failure { throw failure }
        var columns: [String: ShuffledColumn] = [:]
        for shuffle in shuffles {
            try shuffle.column.flush()
            if let (type, row) = shuffle.column.finding {
                throw Problem(
                    "row \(row + 1) of \(shuffle.column.label) holds what looks like \(type), and shuffled values stay real",
                    hint: "use a transform that makes other values")
            }
            columns[shuffle.name] = shuffle.column
        }
        return columns
    }
}
