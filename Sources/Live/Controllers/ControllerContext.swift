import Cluster
import Manifest
import System

/// What every controller works with.
struct ControllerContext: Sendable {
    let cluster: any Cluster
    let clock: WallClock
    let log: Log
    let random: @Sendable () -> UInt64

    func events(_ component: String) -> EventRecorder {
        EventRecorder(cluster, component: component, clock: clock, log: log)
    }

    func cache(_ kind: String, group: String = "") -> ObjectCache {
        ObjectCache(cluster, ObjectQuery(group: group, kind: kind), clock: clock, log: log.part("cache"))
    }
}

/// One controller: a queue of keys and what is done for each.
protocol Controller: Sendable {
    /// The field manager's name, and the one in logs and events.
    static var name: String { get }
    var context: ControllerContext { get }
    var queue: WorkQueue<ObjectKey> { get }
    var events: EventRecorder { get }

    /// Has the caches put keys into the queue.
    func observe()

    /// Brings what is there nearer to what the object of a key asks for.
    func reconcile(_ key: ObjectKey) async throws -> Duration?
}

extension Controller {
    var cluster: any Cluster { context.cluster }
    var now: Timestamp { context.clock.now() }
    var options: WriteOptions { WriteOptions(fieldManager: Self.name) }
    var statusOptions: WriteOptions { WriteOptions(fieldManager: Self.name, subresource: "status") }

    /// Works until the task is cancelled.
    func run() async {
        let log = context.log.part(Self.name)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await events.run() }
            group.addTask {
                await queue.run(
                    workers: 4,
                    onFailure: { key, error, wait in Self.tell(log, key, error, wait) },
                    { key in
                        do {
                            return try await reconcile(key).map { .again(after: $0) } ?? .done
                        } catch {
                            return .failed(error)
                        }
                    })
            }
        }
    }

    /// A conflict only says that the cache was a moment behind.
    private static func tell(_ log: Log, _ key: ObjectKey, _ error: any Error, _ wait: Duration) {
        if let error = error as? ClusterError, error.reason == .conflict || error.reason == .notFound {
            log.debug("\(key): \(error); again in \(wait)")
        } else if !(error is CancellationError) {
            log.warning("\(key): \(error)", ["again": "\(wait)"])
        }
    }
}
