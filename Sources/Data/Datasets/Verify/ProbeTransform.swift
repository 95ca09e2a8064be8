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
    /// Every cell's fingerprint, to be looked for among the originals.
    let cells: FingerprintStore?
    let values: FingerprintStore?
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
    private let function: KeyedFunction
    private let cells: FingerprintWriter?
    private let values: FingerprintWriter?
    private let groups: [FingerprintWriter]
    private var detector = Detector()
    private var name = ByteBuffer()
    private var seen = 0
    private var nulls = 0
    private var rows = 0
    private var findings: [String: Int] = [:]

    init(_ recipe: ProbeRecipe) {
        self.recipe = recipe
        function = KeyedFunction(recipe.key)
        cells = recipe.cells.map { FingerprintWriter($0) }
        values = recipe.values.map { FingerprintWriter($0) }
        groups = recipe.groups.map { FingerprintWriter($0.store) }
    }

    func flush() throws(SystemError) {
        recipe.counts.add(cells: seen, nulls: nulls, kept: 0)
        recipe.looked.value.add(seen + nulls, ordering: .relaxed)
        recipe.rows?.value.add(rows, ordering: .relaxed)
        recipe.findings?.add(findings)
        (seen, nulls, rows, findings) = (0, 0, 0, [:])
        try cells?.flush()
        try values?.flush()
        for group in groups { try group.flush() }
    }

    func apply(
        _ cell: UnsafeBufferPointer<UInt8>, row: RowContext, into output: inout ByteBuffer
    ) throws(TransformFailure) -> CellResult {
        seen &+= 1
        let fingerprint = function.value(of: cell).high
        do {
            if cell.count >= OriginalSearch.shortest { try cells?.append(fingerprint) }
            try values?.append(fingerprint)
        } catch {
            throw TransformFailure("its fingerprint cannot be kept: \(error)")
        }
        recipe.canaries.search(cell)
        if recipe.findings != nil {
            for finding in detector.findings(in: Array(cell)) { findings[finding.type, default: 0] += 1 }
        }
        try judge(row)
        output.append(contentsOf: cell)
        return .value
    }

    func applyToNull(row: RowContext, into output: inout ByteBuffer) throws(TransformFailure) -> CellResult {
        nulls &+= 1
        try judge(row)
        return .null
    }

    private func judge(_ row: RowContext) throws(TransformFailure) {
        rows &+= 1
        for (place, group) in recipe.groups.enumerated() {
            name.removeAll()
            let hasNull = !row.write(group.columns, to: &name)
            if hasNull, !group.takesNull { continue }
            do {
                try groups[place].append(function.value(of: name.bytes).high)
            } catch {
                throw TransformFailure("its fingerprint cannot be kept: \(error)")
            }
        }
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
