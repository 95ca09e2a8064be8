import Scrub
import Synchronization
import System

/// What gathers something on one thread, and gives it away when all threads are done.
protocol Gathering: AnyObject {
    func flush() throws(SystemError)
}

/// The transforms of all threads that gather something.
final class Gatherers: Sendable {
    /// Sendable unchecked: a thread works on its own transform until the engine's run ends, and after that only
    /// `flush` touches it.
    private struct Gatherer: @unchecked Sendable {
        let transform: any Gathering
    }

    private let all = Mutex<[Gatherer]>([])

    func add(_ transform: any Gathering) {
        let gatherer = Gatherer(transform: transform)
        all.withLock { $0.append(gatherer) }
    }

    /// Takes what all have gathered; to be called when no thread works any more.
    func flush() throws(SystemError) {
        let gatherers = all.withLock { all in
            defer { all = [] }
            return all
        }
        for gatherer in gatherers { try gatherer.transform.flush() }
    }
}

/// What is counted of one column, by all threads.
final class ColumnCounts: Sendable {
    /// Cells that were transformed, or found in the output, without NULLs.
    let cells = Atomic<Int>(0)
    let nulls = Atomic<Int>(0)
    /// Cells whose value came out as it went in.
    let kept = Atomic<Int>(0)

    func add(cells: Int, nulls: Int, kept: Int) {
        self.cells.add(cells, ordering: .relaxed)
        self.nulls.add(nulls, ordering: .relaxed)
        self.kept.add(kept, ordering: .relaxed)
    }
}

/// A transform that is watched while it scrubs: what it leaves as it was is counted, and of columns with large domains
/// the originals' fingerprints are kept, to be looked for in the output.
struct WatchedRecipe: TransformRecipe {
    let recipe: any TransformRecipe
    let counts: ColumnCounts
    let originals: FingerprintStore?
    let key: DomainKey
    let gatherers: Gatherers

    var traits: TransformTraits { recipe.traits }

    func instance() -> any CellTransform {
        let transform = WatchedTransform(self)
        gatherers.add(transform)
        return transform
    }
}

final class WatchedTransform: CellTransform, Gathering {
    private let transform: any CellTransform
    private let counts: ColumnCounts
    private let fingerprint: CellFingerprint
    private let originals: FingerprintWriter?
    private var cells = 0
    private var nulls = 0
    private var kept = 0

    init(_ recipe: WatchedRecipe) {
        transform = recipe.recipe.instance()
        counts = recipe.counts
        fingerprint = CellFingerprint(recipe.key)
        originals = recipe.originals.map { FingerprintWriter($0) }
    }

    func flush() throws(SystemError) {
        counts.add(cells: cells, nulls: nulls, kept: kept)
        (cells, nulls, kept) = (0, 0, 0)
        try originals?.flush()
    }

    func apply(
        _ cell: UnsafeBufferPointer<UInt8>, row: RowContext, into output: inout ByteBuffer
    ) throws(TransformFailure) -> CellResult {
        let start = output.count
        let result = try transform.apply(cell, row: row, into: &output)
        cells &+= 1
        guard case .value = result else {
            nulls &+= 1
            return result
        }
        let size = output.count - start
        if size == cell.count, memory(cell, equals: output.bytes, from: start), Self.says(cell) { kept &+= 1 }
        // What is short stands in many places by chance.
        if let originals, cell.count >= OriginalSearch.shortest {
            do {
                try originals.append(fingerprint.value(of: cell))
            } catch {
                throw TransformFailure("its fingerprint cannot be kept: \(error)")
            }
        }
        return result
    }

    func applyToNull(row: RowContext, into output: inout ByteBuffer) throws(TransformFailure) -> CellResult {
        try transform.applyToNull(row: row, into: &output)
    }

    /// Whether a cell says anything: neither blanks nor the zero of an id that is none.
    private static func says(_ cell: UnsafeBufferPointer<UInt8>) -> Bool {
        cell.contains { $0 != 0x20 && $0 != 0x09 } && !(cell.count == 1 && cell[0] == 0x30)
    }

    @inline(__always)
    private func memory(
        _ cell: UnsafeBufferPointer<UInt8>, equals bytes: UnsafeBufferPointer<UInt8>, from start: Int
    ) -> Bool {
        for place in 0..<cell.count where cell[place] != bytes[start &+ place] { return false }
        return true
    }
}

/// Which originals are looked for in the whole output.
enum OriginalSearch {
    /// In bytes.
    static let shortest = 8

    /// Transforms of values of which there are so many that none occurs by chance.
    static let rules: Set<DatasetRule.Name> = [.email, .phone, .card, .uuid, .token, .credential, .url, .filler, .name]

    /// Transforms whose value may be the original's: they say less, not something else.
    static let mayKeep: Set<DatasetRule.Name> = [
        .mask, .bucket, .dateTruncate, .text, .regex, .when, .copy, .fixed, .null, .empty, .json, .url, .shuffle,
    ]
}
