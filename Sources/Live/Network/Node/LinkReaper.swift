import Glibc
import Synchronization
import System

/// Removes the links of pods that are gone, many at a time, on a thread that nobody waits for.
final class LinkReaper: Sendable {
    private let namespace: NetworkNamespace
    private let log: Log
    private let isRunning = Mutex(false)

    init(_ namespace: NetworkNamespace, log: Log) {
        self.namespace = namespace
        self.log = log
    }

    /// Sees to it that the links that are marked by now are removed soon.
    func wake() {
        let begin = isRunning.withLock { running in
            defer { running = true }
            return !running
        }
        guard begin else { return }
        startThread(named: "links") { [self] in
            // Links that are marked in the meantime go with these, in one wait of the kernel's.
            usleep(100_000)
            isRunning.withLock { $0 = false }
            reap()
        }
    }

    private func reap() {
        do {
            guard namespace.exists else { return }
            let batch = NetlinkBatch()
            batch.removeLinks(ofGroup: LinkNames.doomed)
            try NetlinkSocket(.route, in: namespace).send(batch, tolerating: [ENODEV])
        } catch {
            log.warning("links of pods that are gone stay for now", ["error": "\(error)"])
        }
    }
}
