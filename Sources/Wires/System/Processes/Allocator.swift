import CLinux
import Glibc

/// The memory that malloc(3) hands out.
package enum Allocator {
    /// For a process that does one thing and ends: threads share arenas, which grow in large steps and give nothing back,
    /// since each step is a call of the kernel that holds up all threads (mallopt(3)).
    package static func suitShortRun() {
        mallopt(M_ARENA_MAX, 1)
        mallopt(M_TOP_PAD, 1 << 20)
        mallopt(M_TRIM_THRESHOLD, 1 << 30)
        makeRoom()
        mallopt(M_MMAP_THRESHOLD, 128 << 10)
    }

    /// All arenas but the first one grow by a page at a time. What the calling thread's arena hands out and gets back here
    /// stays its own, and takes no memory before it is written to.
    private static func makeRoom() {
        let room = 24 << 20
        mallopt(M_MMAP_THRESHOLD, Int32(room) + 1)
        let space = malloc(room)
        // Looked at, lest the optimiser find that nothing needs it.
        if malloc_usable_size(space) > 0 { free(space) }
    }
}
