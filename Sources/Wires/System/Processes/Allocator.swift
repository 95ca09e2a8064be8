import CLinux
import Glibc

/// The memory that malloc(3) hands out.
package enum Allocator {
    /// For a process that does one thing and ends: all threads share one arena, which grows in large steps and gives
    /// nothing back, since each step is a call of the kernel (mallopt(3)).
    package static func suitShortRun() {
        mallopt(M_ARENA_MAX, 1)
        mallopt(M_TOP_PAD, 1 << 20)
        mallopt(M_TRIM_THRESHOLD, 1 << 30)
    }
}
