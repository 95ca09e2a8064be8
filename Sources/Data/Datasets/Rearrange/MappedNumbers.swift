import Glibc
import System

/// Numbers, as many as there are: while they are few in memory, then in a file without a name that is seen as memory, of
/// which the kernel keeps what it has room for.
///
/// Not `Sendable`: one thread at a time, or several that only read.
final class MappedNumbers {
    /// Numbers that need no file.
    private static let few = 1 << 13

    private let folder: String
    private var file: Int32 = -1
    private var memory: UnsafeMutablePointer<UInt64>
    private var capacity: Int
    private(set) var count = 0

    /// - Parameter count: how many there are at first; all 0.
    init(in folder: String, count: Int = 0) throws(SystemError) {
        self.folder = folder
        capacity = 16
        memory = .allocate(capacity: capacity)
        try extend(to: count)
    }

    deinit {
        release()
        if file >= 0 { close(file) }
    }

    private func release() {
        if file >= 0 { munmap(memory, capacity * MemoryLayout<UInt64>.stride) } else { memory.deallocate() }
    }

    subscript(place: Int) -> UInt64 {
        get {
            precondition(place >= 0 && place < count)
            return memory[place]
        }
        set {
            precondition(place >= 0 && place < count)
            memory[place] = newValue
        }
    }

    func append(_ number: UInt64) throws(SystemError) {
        if count == capacity { try grow(to: 2 * capacity) }
        memory[count] = number
        count += 1
    }

    func removeLast() -> UInt64 {
        precondition(count > 0)
        count -= 1
        return memory[count]
    }

    /// Makes it as long as this at least; what is new is 0.
    func extend(to wanted: Int) throws(SystemError) {
        guard wanted > count else { return }
        if wanted > capacity { try grow(to: max(wanted, 2 * capacity)) }
        (memory + count).update(repeating: 0, count: wanted - count)
        count = wanted
    }

    private func grow(to wanted: Int) throws(SystemError) {
        guard wanted > Self.few else {
            let larger = UnsafeMutablePointer<UInt64>.allocate(capacity: wanted)
            larger.update(from: memory, count: count)
            memory.deallocate()
            (memory, capacity) = (larger, wanted)
            return
        }
        let isNew = file < 0
        let target = isNew ? try Files.openUnnamed(in: folder).release() : file
        do {
            let larger = try Self.map(target, wanted, folder)
            if isNew { larger.update(from: memory, count: count) }
            release()
            (file, memory, capacity) = (target, larger, wanted)
        } catch {
            if isNew { close(target) }
            throw error
        }
    }

    /// The room is taken on the disk at once: memory of a file that finds none later ends the process.
    private static func map(
        _ file: Int32, _ count: Int, _ folder: String
    ) throws(SystemError) -> UnsafeMutablePointer<UInt64> {
        let size = count * MemoryLayout<UInt64>.stride
        let code = posix_fallocate(file, 0, off_t(size))
        guard code == 0 else { throw SystemError(code, call: "posix_fallocate", subject: folder) }
        guard let start = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0), start != MAP_FAILED else {
            throw SystemError(errno, call: "mmap", subject: folder)
        }
        return start.bindMemory(to: UInt64.self, capacity: count)
    }
}
