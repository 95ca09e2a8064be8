import Glibc
import Synchronization
import System

/// Fingerprints of cells, as many as there are: in memory while they are few, then in a file that has no name.
///
/// They are keyed digests of 64 bits; nothing of a cell can be read from one. What goes to the file is parted by the
/// fingerprints' highest bits, so that later each part is read for itself: it is small, and judged within the caches.
final class FingerprintStore: Sendable {
    private struct State: ~Copyable {
        var pending: [UInt64] = []
        /// Where the parts of what is pending begin, once that is in their order.
        var starts: [UInt32]?
        var file: OwnedDescriptor?
        var count = 0
        /// Where the parts of each writing begin in it, and as the last its length.
        var writings: [[UInt32]] = []
    }

    /// Fingerprints held in memory before they go to the file.
    private static let held = 1 << 16
    private static let parts = 256

    private let folder: String
    private let state = Mutex(State())

    init(in folder: String) { self.folder = folder }

    var count: Int { state.withLock { $0.count } }

    func append(_ batch: UnsafeBufferPointer<UInt64>) throws(SystemError) {
        try state.withLock { state throws(SystemError) in
            state.pending.append(contentsOf: batch)
            state.starts = nil
            state.count += batch.count
            guard state.pending.count >= Self.held else { return }
            if state.file == nil { state.file = try Files.openUnnamed(in: folder) }
            let (parted, starts) = Self.parted(state.pending)
            try parted.withUnsafeBufferPointer { parted throws(SystemError) in
                try Files.write(UnsafeRawBufferPointer(parted), to: state.file?.raw ?? -1, named: folder)
            }
            state.writings.append(starts)
            state.pending.removeAll(keepingCapacity: true)
        }
    }

    @inline(__always)
    private static func part(of value: UInt64) -> Int { Int(truncatingIfNeeded: value >> 56) }

    /// The values part by part, and where each begins.
    private static func parted(_ values: [UInt64]) -> (values: [UInt64], starts: [UInt32]) {
        var starts = [UInt32](repeating: 0, count: parts + 1)
        for value in values { starts[part(of: value) + 1] += 1 }
        for place in 1...parts { starts[place] += starts[place - 1] }
        var next = starts
        let parted = [UInt64](unsafeUninitializedCapacity: values.count) { parted, count in
            for value in values {
                let part = part(of: value)
                parted[Int(next[part])] = value
                next[part] += 1
            }
            count = values.count
        }
        return (parted, starts)
    }

    /// Hands over those fingerprints that fall into a part, some at a time.
    private func each(_ part: Int, _ body: (UnsafeBufferPointer<UInt64>) -> Void) throws(SystemError) {
        try state.withLock { state throws(SystemError) in
            if state.starts == nil {
                let (parted, starts) = Self.parted(state.pending)
                (state.pending, state.starts) = (parted, starts)
            }
            if let starts = state.starts {
                let range = Int(starts[part])..<Int(starts[part + 1])
                state.pending.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[range])) }
            }
            guard let file = state.file?.raw else { return }
            let most = state.writings.map { $0[part + 1] - $0[part] }.max() ?? 0
            let found = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: Int(most))
            defer { found.deallocate() }
            var base = 0
            for starts in state.writings {
                let (first, end) = (Int(starts[part]), Int(starts[part + 1]))
                let some = UnsafeMutableBufferPointer(rebasing: found[..<(end - first)])
                try Self.read(UnsafeMutableRawBufferPointer(some), from: file, at: 8 * (base + first), of: folder)
                body(UnsafeBufferPointer(some))
                base += Int(starts[Self.parts])
            }
        }
    }

    private static func read(
        _ bytes: UnsafeMutableRawBufferPointer, from file: Int32, at offset: Int, of folder: String
    ) throws(SystemError) {
        var done = 0
        while done < bytes.count {
            let size = try checked("pread", on: folder) {
                pread(file, bytes.baseAddress.map { $0 + done }, bytes.count - done, off_t(offset + done))
            }
            guard size > 0 else { throw SystemError(EIO, call: "pread", subject: folder) }
            done += size
        }
    }

    /// What the fingerprints say of the values that they stand for.
    struct Profile: Sendable, Hashable {
        var count = 0
        var distinct = 0
        /// How often the most frequent value occurs.
        var most = 0
        /// How often the rarest value occurs.
        var least = 0
        /// How many values occur less often than was asked.
        var rare = 0
    }

    /// - Parameter least: values that occur less often are counted as rare.
    func profile(rareBelow least: Int = 0) throws(SystemError) -> Profile {
        var profile = Profile()
        profile.count = count
        var tally = FingerprintTally()
        for part in 0..<Self.parts {
            tally.removeAll()
            try each(part) { for value in $0 { tally.add(value) } }
            for times in tally.all {
                profile.most = max(profile.most, times)
                profile.least = profile.distinct == 0 ? times : min(profile.least, times)
                profile.distinct += 1
                if times < least { profile.rare += 1 }
            }
        }
        return profile
    }

    /// How many of these fingerprints another store has, and how many it has not.
    func compare(with other: FingerprintStore) throws(SystemError) -> (found: Int, missing: Int) {
        let found = try other.search(in: [self])
        return (found, count - found)
    }

    /// How many fingerprints in the stores are among these.
    func search(in stores: [FingerprintStore]) throws(SystemError) -> Int {
        var found = 0
        var tally = FingerprintTally(expecting: count / Self.parts)
        for part in 0..<Self.parts {
            tally.removeAll()
            try each(part) { for value in $0 { tally.add(value) } }
            if tally.distinct == 0 { continue }
            for store in stores {
                try store.each(part) { for value in $0 where tally.contains(value) { found += 1 } }
            }
        }
        return found
    }
}

/// One thread's way into a store: fingerprints go over in batches.
final class FingerprintWriter {
    private let store: FingerprintStore
    /// Not an array, which would be asked at each cell whether it has one owner.
    private let batch = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: 1024)
    private var count = 0

    init(_ store: FingerprintStore) { self.store = store }

    deinit { batch.deallocate() }

    @inline(__always)
    func append(_ fingerprint: UInt64) throws(SystemError) {
        batch[count] = fingerprint
        count &+= 1
        if count == batch.count { try flush() }
    }

    func flush() throws(SystemError) {
        try store.append(UnsafeBufferPointer(rebasing: batch[..<count]))
        count = 0
    }
}
