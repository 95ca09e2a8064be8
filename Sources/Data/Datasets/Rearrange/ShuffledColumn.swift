import Glibc
import Scrub
import Synchronization
import System

/// The values of a column whose rows change them among each other.
///
/// Sendable unchecked: it is filled under the lock of whoever gathers, and only read after that.
final class ShuffledColumn: @unchecked Sendable {
    let key: DomainKey
    let label: String
    private let folder: String
    private let file: OwnedDescriptor
    private var size = 0
    private var pending = ByteBuffer(capacity: 1 << 16)
    /// For each row where its value begins, and its length and 1; 0 and 0 for NULL.
    private let places: MappedNumbers
    private var detector = Detector()
    /// What a detector found in it first.
    private(set) var finding: (type: String, row: UInt64)?
    /// Rows that stay, once it is known that not all do.
    private var kept: (marks: RowMarks, rows: MappedNumbers)?

    init(_ label: String, _ key: DomainKey, in folder: String) throws(SystemError) {
        self.label = label
        self.key = key
        self.folder = folder
        file = try Files.openUnnamed(in: folder)
        places = try MappedNumbers(in: folder)
    }

    func take(_ cell: UnsafeBufferPointer<UInt8>?, row: UInt64) throws(SystemError) {
        try places.extend(to: 2 * Int(row) + 2)
        guard let cell else { return }
        if finding == nil, let found = detector.findings(in: Array(cell)).first { finding = (found.type, row) }
        places[2 * Int(row)] = UInt64(size)
        places[2 * Int(row) + 1] = UInt64(cell.count) + 1
        size += cell.count
        pending.append(contentsOf: cell)
        if pending.count >= 1 << 16 { try flush() }
    }

    /// To be called when all values have come.
    func flush() throws(SystemError) {
        try Files.write(UnsafeRawBufferPointer(pending.bytes), to: file.raw, named: folder)
        pending.removeAll()
        pending.shrink(to: 1 << 16)
    }

    /// Has only these rows change values.
    func limit(to marks: RowMarks) throws(SystemError) {
        let rows = try MappedNumbers(in: folder)
        var marks = marks
        marks.index()
        try marks.forEach { row throws(SystemError) in try rows.append(UInt64(row)) }
        kept = (marks, rows)
    }

    /// How many rows change values.
    var count: Int { kept?.rows.count ?? places.count / 2 }

    /// Reads the value that a row gets.
    ///
    /// - Returns: nil for NULL.
    fileprivate func value(
        for row: UInt64, _ permutation: Permutation, into output: inout ByteBuffer
    ) throws(SystemError) -> CellResult {
        let rank = kept.map { $0.marks.rank(of: Int(row)) } ?? Int(row)
        let image = Int(permutation.image(of: UInt64(rank)))
        let source = kept.map { Int($0.rows[image]) } ?? image
        guard places[2 * source + 1] > 0 else { return .null }
        let length = Int(places[2 * source + 1]) - 1
        let start = output.extend(by: length)
        var done = 0
        while done < length {
            let count = try checked("pread", on: folder) {
                pread(file.raw, start + done, length - done, off_t(places[2 * source]) + off_t(done))
            }
            guard count > 0 else { throw SystemError(EIO, call: "pread", subject: folder) }
            done += count
        }
        return .value
    }
}

/// `shuffle`: each row gets the value of another, chosen by the key.
struct ShuffleRecipe: TransformRecipe {
    let column: ShuffledColumn

    var traits: TransformTraits {
        var traits = TransformTraits(.injective, isDeterministic: false, output: .sameShape)
        traits.replacesNull = true
        return traits
    }

    func instance() -> any CellTransform { ShuffleTransform(column) }
}

private final class ShuffleTransform: CellTransform {
    private let column: ShuffledColumn
    private let permutation: Permutation

    init(_ column: ShuffledColumn) {
        self.column = column
        permutation = Permutation(column.key, count: UInt64(max(column.count, 1)), tweak: 0)
    }

    func apply(
        _ cell: UnsafeBufferPointer<UInt8>, row: RowContext, into output: inout ByteBuffer
    ) throws(TransformFailure) -> CellResult {
        try applyToNull(row: row, into: &output)
    }

    func applyToNull(row: RowContext, into output: inout ByteBuffer) throws(TransformFailure) -> CellResult {
        do {
            return try column.value(for: row.number, permutation, into: &output)
        } catch {
            throw TransformFailure("the value that takes its place cannot be read: \(error)")
        }
    }
}
