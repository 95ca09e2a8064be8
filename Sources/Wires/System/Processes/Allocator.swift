import CLinux
import Glibc
import Synchronization

/// The memory that malloc(3) hands out.
package enum Allocator {
    /// For a process that does one thing and ends: a few arenas, so that threads do not wait for one another, which grow
    /// in large steps and give nothing back, since each step is a call of the kernel that holds up all threads (mallopt(3)).
    package static func suitShortRun() {
        mallopt(M_ARENA_MAX, 3)
        mallopt(M_TOP_PAD, 1 << 20)
        mallopt(M_TRIM_THRESHOLD, 1 << 30)
        mallopt(M_MMAP_THRESHOLD, mappedFrom)
        isShortRun.store(true, ordering: .relaxed)
        makeRoom()
    }

    /// In a short run, makes room in the calling thread's arena: all but the first one would grow by a page at a time.
    ///
    /// What is handed out and given back here stays the arena's, and takes no memory before it is written to.
    static func makeRoom() {
        guard isShortRun.load(ordering: .relaxed) else { return }
        mallopt(M_MMAP_THRESHOLD, 32 << 20)
        let space = malloc(24 << 20)
        mallopt(M_MMAP_THRESHOLD, mappedFrom)
        // Looked at, lest the optimiser find that nothing needs it.
        if malloc_usable_size(space) > 0 { free(space) }
    }

    /// In a short run, keeps a value until the process ends: to give back piece by piece what it holds takes longer than
    /// to end with all of it.
    package static func keep<Kept>(_ value: Kept) {
        if isShortRun.load(ordering: .relaxed) { _ = Unmanaged.passRetained(Keeper(value)) }
    }

    private final class Keeper<Kept> {
        let value: Kept

        init(_ value: Kept) {
            self.value = value
        }
    }

    /// Bytes from which on memory is asked of the kernel by itself, and given back to it: malloc's own choice.
    private static let mappedFrom: Int32 = 128 << 10
    private static let isShortRun = Atomic(false)
}
