import Document
import Scrub
import Synchronization
import System

/// A column of the output under verification: it is read and counted, and passes as it is.
struct ProbeRecipe: TransformRecipe {
    /// Several columns as one value: a key, a reference, a group.
    struct Group: Sendable {
        var columns: [Int]
        var store: FingerprintStore
        /// Whether rows with a NULL among them count.
        var takesNull: Bool
    }

    let counts: ColumnCounts
    /// The fingerprints of all cells: of the column's own, or of those of all columns without a rule.
    let cells: FingerprintStore
    /// Those of what documents in cells hold.
    let others: FingerprintStore
    /// How many bytes a cell must have for its fingerprint to be kept.
    let shortest: Int
    let canaries: CanarySearch
    /// Judged once a row, by the table's first column.
    let groups: [Group]
    let rows: Atomic64?
    /// Values that were looked at, NULLs included.
    let looked: Atomic64
    let findings: FindingCounts?
    let key: DomainKey
    let gatherers: Gatherers

    var traits: TransformTraits {
        var traits = TransformTraits(.injective, output: .sameShape)
        traits.replacesNull = true
        traits.reads = groups.flatMap(\.columns)
        return traits
    }

    /// For what a document in a cell holds.
    var within: ProbeRecipe {
        ProbeRecipe(
            counts: ColumnCounts(), cells: others, others: others, shortest: OriginalSearch.shortest,
            canaries: canaries,
            groups: [], rows: nil, looked: looked, findings: nil, key: key, gatherers: gatherers)
    }

    func instance() -> any CellTransform {
        let transform = ProbeTransform(self)
        gatherers.add(transform)
        return transform
    }
}

/// A counter that is shared.
final class Atomic64: Sendable {
    let value = Atomic<Int>(0)
}

/// How many findings of which type.
final class FindingCounts: Sendable {
    private let counts = Mutex<[String: Int]>([:])

    var all: [String: Int] { counts.withLock { $0 } }

    func add(_ more: [String: Int]) {
        counts.withLock { $0.merge(more) { $0 + $1 } }
    }
}

/// Texts that must not occur.
final class CanarySearch: Sendable {
    private let texts: [[UInt8]]
    let found = Atomic<Int>(0)

    init(_ texts: [String]) { self.texts = texts.map { Array($0.utf8) }.filter { !$0.isEmpty } }

    func search(_ cell: UnsafeBufferPointer<UInt8>) {
        for text in texts where Self.contains(cell, text) { found.add(1, ordering: .relaxed) }
    }

    private static func contains(_ cell: UnsafeBufferPointer<UInt8>, _ text: [UInt8]) -> Bool {
        guard cell.count >= text.count else { return false }
        for start in 0...(cell.count - text.count) where cell[start] == text[0] {
            if (1..<text.count).allSatisfy({ cell[start + $0] == text[$0] }) { return true }
        }
        return false
    }
}

final class ProbeTransform: CellTransform, Gathering {
    private let recipe: ProbeRecipe
    private let fingerprint: CellFingerprint
    private let cells: FingerprintWriter
    private let groups: [Judged]
    private let search: CellFindings?
    private var name = ByteBuffer()
    private var seen = 0
    private var nulls = 0
    private var rows = 0
    /// Walks through documents in cells; made for the first one.
    private var walker: JSONRewriter?
    private var walked = ByteBuffer()

    /// A group, and this thread's way into its store.
    private struct Judged {
        var columns: [Int]
        var takesNull: Bool
        var writer: FingerprintWriter
    }

    init(_ recipe: ProbeRecipe) {
        self.recipe = recipe
        fingerprint = CellFingerprint(recipe.key)
        cells = FingerprintWriter(recipe.cells)
        groups = recipe.groups.map {
            Judged(columns: $0.columns, takesNull: $0.takesNull, writer: FingerprintWriter($0.store))
        }
        search = recipe.findings == nil ? nil : CellFindings()
    }

    func flush() throws(SystemError) {
        recipe.counts.add(cells: seen, nulls: nulls, kept: 0)
        recipe.looked.value.add(seen + nulls, ordering: .relaxed)
        recipe.rows?.value.add(rows, ordering: .relaxed)
        if let search { recipe.findings?.add(search.take()) }
        (seen, nulls, rows) = (0, 0, 0)
        try cells.flush()
        for group in groups { try group.writer.flush() }
    }

    func apply(
        _ cell: UnsafeBufferPointer<UInt8>, row: RowContext, into output: inout ByteBuffer
    ) throws(TransformFailure) -> CellResult {
        seen &+= 1
        if cell.count >= recipe.shortest {
            let value = fingerprint.value(of: cell)
            do {
                try cells.append(value)
            } catch {
                throw TransformFailure("its fingerprint cannot be kept: \(error)")
            }
            search?.look(at: cell, value)
        }
        recipe.canaries.search(cell)
        if let first = cell.first, first == 0x7B || first == 0x5B { try look(into: cell) }
        try judge(row)
        output.append(contentsOf: cell)
        return .value
    }

    /// Looks at each value and key of a document, where the cell holds one.
    private func look(into cell: UnsafeBufferPointer<UInt8>) throws(TransformFailure) {
        let walker =
            walker
            ?? JSONRewriter(
                DocumentRules(DocumentPlan(PathRules(root: .init(action: .keep)), inspector: recipe.within)))
        self.walker = walker
        walker.begin(0)
        walked.removeAll()
        do throws(JSONRewriter.Refusal) {
            _ = try walker.rewrite(UnsafeRawBufferPointer(cell), 0, at: walker.root, into: &walked)
        } catch {
            // An array of PostgreSQL's, or a text in brackets.
            guard (try? JSON.parse(Array(cell))) != nil else { return }
            throw TransformFailure("what it holds cannot be looked at: \(error.message)")
        }
    }

    func applyToNull(row: RowContext, into output: inout ByteBuffer) throws(TransformFailure) -> CellResult {
        nulls &+= 1
        try judge(row)
        return .null
    }

    private func judge(_ row: RowContext) throws(TransformFailure) {
        rows &+= 1
        guard !groups.isEmpty else { return }
        for group in groups {
            guard let value = value(of: group, row) else { continue }
            do {
                try group.writer.append(value)
            } catch {
                throw TransformFailure("its fingerprint cannot be kept: \(error)")
            }
        }
    }

    /// The fingerprint of a group's values; nil where a NULL among them leaves the row out.
    private func value(of group: Judged, _ row: RowContext) -> UInt64? {
        // One column's value stands for itself, as in another table's column: see `RowContext.write`.
        if group.columns.count == 1, let cell = row.cell(group.columns[0]) { return fingerprint.value(of: cell) }
        name.removeAll()
        let hasNull = !row.write(group.columns, to: &name)
        return hasNull && !group.takesNull ? nil : fingerprint.value(of: name.bytes)
    }
}

extension RowContext {
    /// Writes several cells as one value, by which rows of two tables can be compared.
    ///
    /// - Returns: false where one of them is NULL.
    func write(_ columns: [Int], to name: inout ByteBuffer) -> Bool {
        var isWhole = true
        for column in columns {
            guard let cell = cell(column) else {
                isWhole = false
                name.append(0)
                continue
            }
            // One column's value is compared with that of a column elsewhere, several need marks between them.
            if columns.count > 1 {
                name.append(decimal: UInt64(cell.count))
                name.append(0x3A)
            }
            name.append(contentsOf: cell)
        }
        return isWhole
    }
}
