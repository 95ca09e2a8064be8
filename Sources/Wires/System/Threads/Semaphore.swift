import Glibc

/// A counting semaphore between threads (sem_overview(7)); never to be waited for on the cooperative pool.
package final class Semaphore: Sendable {
    // The pointer is set once and the kernel's semaphore is made for use by many threads.
    nonisolated(unsafe) private let handle: UnsafeMutablePointer<sem_t>

    package init(count: UInt32 = 0) {
        handle = .allocate(capacity: 1)
        sem_init(handle, 0, count)
    }

    deinit {
        sem_destroy(handle)
        handle.deallocate()
    }

    package func signal() {
        sem_post(handle)
    }

    package func wait() {
        while sem_wait(handle) == -1 {}
    }
}
