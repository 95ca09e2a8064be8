import Scrub
import Synchronization

/// What some of a column's values look like: counters, never a value.
final class ColumnSample: Sendable {
    struct Counts: Sendable {
        /// Values that were looked at, without NULLs and empty ones.
        var values = 0
        /// Values that are of a type as a whole, and those that hold one among other things.
        var whole: [String: Int] = [:]
        var within: [String: Int] = [:]
        /// Types of secrets among these.
        var secrets: Set<String> = []
    }

    private let state = Mutex(Counts())

    var counts: Counts { state.withLock { $0 } }

    /// - Parameter found: the findings in a value, each with whether it is all of it.
    fileprivate func add(_ found: [(finding: Finding, isWhole: Bool)]) {
        state.withLock { counts in
            counts.values += 1
            for type in Set(found.filter(\.isWhole).map(\.finding.type)) { counts.whole[type, default: 0] += 1 }
            for type in Set(found.filter { !$0.isWhole }.map(\.finding.type)) { counts.within[type, default: 0] += 1 }
            for item in found where item.finding.family == .secret { counts.secrets.insert(item.finding.type) }
        }
    }
}

/// Looks at a column's first values, and at some of the others.
struct SampleRecipe: TransformRecipe {
    let sample: ColumnSample

    var traits: TransformTraits { TransformTraits(.injective, output: .sameShape) }

    func instance() -> any CellTransform { SampleTransform(sample) }
}

private final class SampleTransform: CellTransform {
    /// Rows of which all are looked at, and of the others each so many's.
    private static let first: UInt64 = 1000
    private static let step: UInt64 = 97
    /// A longer value is looked at as far as this.
    private static let longest = 4096

    private let sample: ColumnSample
    private var detector = Detector()

    init(_ sample: ColumnSample) { self.sample = sample }

    func apply(
        _ cell: UnsafeBufferPointer<UInt8>, row: RowContext, into output: inout ByteBuffer
    ) throws(TransformFailure) -> CellResult {
        output.append(contentsOf: cell)
        guard row.number < Self.first || row.number % Self.step == 0 else { return .value }
        let bytes = Array(cell.prefix(Self.longest))
        guard bytes.contains(where: Self.isWord) else { return .value }
        sample.add(
            detector.findings(in: bytes).map { finding in
                // Signs around it, such as the parenthesis of an area's code, change nothing.
                let rest = bytes[..<finding.range.lowerBound] + bytes[finding.range.upperBound...]
                return (finding, !rest.contains(where: Self.isWord))
            })
        return .value
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        byte >= 0x80 || (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
    }
}
