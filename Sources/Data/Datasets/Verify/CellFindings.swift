import Scrub

/// Looks for what detectors find in cells, on one thread.
///
/// What changes with each cell lies behind pointers: as properties, each use would be checked against others at run time.
final class CellFindings {
    /// How many fingerprints are remembered, at first and at most.
    private static let least = 1 << 11
    private static let most = 1 << 15
    /// Fingerprints of cells in which nothing was found, by their last bits: names, words and dates come again and
    /// again. They are keyed, so that nobody can make two cells of which one passes for the other.
    private var empty = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: least)
    private var filled = 0
    /// How often that was asked, and how often it helped: of values that do not come again nothing is remembered.
    private var asked = 0
    private var helped = 0
    private let detector = UnsafeMutablePointer<Detector>.allocate(capacity: 1)
    private let tally = UnsafeMutablePointer<Tally>.allocate(capacity: 1)

    init() {
        empty.initialize(repeating: 0)
        detector.initialize(to: Detector())
        tally.initialize(to: Tally())
    }

    deinit {
        empty.deallocate()
        detector.deinitialize(count: 1)
        detector.deallocate()
        tally.deinitialize(count: 1)
        tally.deallocate()
    }

    /// How many findings of each type; a column has few types, most often one.
    private struct Tally {
        var last = ""
        var count = 0
        var others: [String: Int] = [:]

        mutating func add(_ type: String) {
            if type != last {
                settle()
                last = type
            }
            count &+= 1
        }

        mutating func settle() {
            if count > 0 { others[last, default: 0] += count }
            count = 0
        }
    }

    func look(at cell: UnsafeBufferPointer<UInt8>, _ fingerprint: UInt64) {
        let place = Int(truncatingIfNeeded: fingerprint) & (empty.count &- 1)
        if !empty.isEmpty {
            asked &+= 1
            if empty[place] == fingerprint, fingerprint != 0 { return helped &+= 1 }
        }
        var isEmpty = true
        let tally = tally
        detector.pointee.types(in: cell) { type in
            isEmpty = false
            tally.pointee.add(type)
        }
        if isEmpty, !empty.isEmpty { remember(fingerprint, at: place) }
    }

    private func remember(_ fingerprint: UInt64, at place: Int) {
        if empty[place] == 0 { filled &+= 1 }
        empty[place] = fingerprint
        if filled > empty.count / 2, empty.count < Self.most { return resize(to: 2 * empty.count) }
        if asked > 4 * empty.count, 8 * helped < asked { resize(to: 0) }
    }

    /// Begins anew with more room, or none.
    private func resize(to count: Int) {
        empty.deallocate()
        empty = .allocate(capacity: count)
        empty.initialize(repeating: 0)
        (filled, asked, helped) = (0, 0, 0)
    }

    /// What was found, by type; then it is forgotten.
    func take() -> [String: Int] {
        tally.pointee.settle()
        defer { tally.pointee = Tally() }
        return tally.pointee.others
    }
}
