import CLinux
import Glibc
import Synchronization

/// The memory that malloc(3) hands out.
package enum Allocator {
    /// For a process that does one thing and ends: arenas are few, grow in large steps and give nothing back, since each
    /// step is a call of the kernel that holds up the other threads (mallopt(3)).
    package static func suitShortRun() {
        mallopt(M_ARENA_MAX, 4)
        mallopt(M_TOP_PAD, 1 << 20)
        mallopt(M_TRIM_THRESHOLD, 1 << 30)
        mallopt(M_MMAP_THRESHOLD, Int32(room) + 1)
        growsAtOnce.store(true, ordering: .relaxed)
    }

    /// Makes room for the calling thread. All arenas but the first one would grow by a page at a time; what is handed out
    /// and given back here stays theirs, and no memory is taken until it is written to.
    static func makeRoom() {
        if growsAtOnce.load(ordering: .relaxed) { free(malloc(room)) }
    }

    /// Bytes; an arena has 64 MiB.
    private static let room = 24 << 20
    private static let growsAtOnce = Atomic(false)
}
