import Glibc
import Synchronization
import System

/// Fingerprints of cells, as many as there are: in memory while they are few, then in a file that has no name.
///
/// They are keyed digests of 64 bits; nothing of a cell can be read from one.
final class FingerprintStore: Sendable {
    private struct State: ~Copyable {
        var pending: [UInt64] = []
        var file: OwnedDescriptor?
        var count = 0
    }

    /// Fingerprints held in memory before they go to the file.
    private static let held = 1 << 16
    /// Fingerprints that are sorted at a time: 8 MiB.
    private static let part = 1 << 20

    private let folder: String
    private let state = Mutex(State())

    init(in folder: String) { self.folder = folder }

    var count: Int { state.withLock { $0.count } }

    func append(_ batch: [UInt64]) throws(SystemError) {
        try state.withLock { state throws(SystemError) in
            state.pending += batch
            state.count += batch.count
            guard state.pending.count >= Self.held else { return }
            if state.file == nil { state.file = try Files.openUnnamed(in: folder) }
            try state.pending.withUnsafeBufferPointer { pending throws(SystemError) in
                try Files.write(UnsafeRawBufferPointer(pending), to: state.file?.raw ?? -1, named: folder)
            }
            state.pending.removeAll(keepingCapacity: true)
        }
    }

    /// How many parts this many fingerprints are judged in.
    static func parts(for count: Int) -> UInt64 { UInt64(count / part + 1) }

    /// Those fingerprints that fall into a part of all that there may be, sorted.
    func sorted(part: UInt64, of parts: UInt64) throws(SystemError) -> [UInt64] {
        var found = try state.withLock { state throws(SystemError) in
            var found: [UInt64] = []
            func take(_ values: some Sequence<UInt64>) {
                for value in values where value.multipliedFullWidth(by: parts).high == part { found.append(value) }
            }
            take(state.pending)
            guard let file = state.file?.raw else { return found }
            var block = [UInt64](repeating: 0, count: 1 << 15)
            var offset = 0
            while true {
                let size = try checked("pread") {
                    block.withUnsafeMutableBytes { pread(file, $0.baseAddress, $0.count, off_t(offset)) }
                }
                if size == 0 { return found }
                take(block[0..<(size / 8)])
                offset += size / 8 * 8
            }
        }
        found.sort()
        return found
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
        let parts = Self.parts(for: count)
        for part in 0..<parts {
            let values = try sorted(part: part, of: parts)
            profile.count += values.count
            var start = 0
            while start < values.count {
                var end = start + 1
                while end < values.count, values[end] == values[start] { end += 1 }
                let run = end - start
                profile.distinct += 1
                profile.most = max(profile.most, run)
                profile.least = profile.distinct == 1 ? run : min(profile.least, run)
                if run < least { profile.rare += 1 }
                start = end
            }
        }
        return profile
    }

    /// How many of these fingerprints another store has, and how many it has not.
    func compare(with other: FingerprintStore) throws(SystemError) -> (found: Int, missing: Int) {
        var result = (found: 0, missing: 0)
        let parts = Self.parts(for: max(count, other.count))
        for part in 0..<parts {
            let own = try sorted(part: part, of: parts)
            let others = try other.sorted(part: part, of: parts)
            var place = 0
            for value in own {
                while place < others.count, others[place] < value { place += 1 }
                if place < others.count, others[place] == value { result.found += 1 } else { result.missing += 1 }
            }
        }
        return result
    }
}

/// One thread's way into a store: fingerprints go over in batches.
final class FingerprintWriter {
    private let store: FingerprintStore
    private var batch: [UInt64] = []

    init(_ store: FingerprintStore) {
        self.store = store
        batch.reserveCapacity(4096)
    }

    func append(_ fingerprint: UInt64) throws(SystemError) {
        batch.append(fingerprint)
        if batch.count == 4096 { try flush() }
    }

    func flush() throws(SystemError) {
        try store.append(batch)
        batch.removeAll(keepingCapacity: true)
    }
}
