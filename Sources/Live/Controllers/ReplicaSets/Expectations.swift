import Manifest
import Synchronization
import System

/// What a controller asked for and has not seen in its cache yet, so that a lagging watch makes it do nothing twice.
///
/// A name is expected before it is created, a uid before it is deleted; each is struck off when the cache shows it, when
/// the request failed, or after a while: then the watch is lost rather than late, and the cache is what there is.
final class Expectations: Sendable {
    private struct Entry {
        var creations: [String: Timestamp] = [:]
        var deletions: [String: Timestamp] = [:]
    }

    private static let patience: Duration = .seconds(60)
    private let entries = Mutex<[String: Entry]>([:])

    /// - Parameter owner: the uid of the controlling object.
    func expectCreation(of name: String, owner: String, now: Timestamp) {
        entries.withLock { $0[owner, default: Entry()].creations[name] = now }
    }

    func expectDeletion(of uid: String, owner: String, now: Timestamp) {
        entries.withLock { $0[owner, default: Entry()].deletions[uid] = now }
    }

    /// Forgets a creation that failed or that the cache has shown.
    func created(_ name: String, owner: String) {
        entries.withLock { $0[owner]?.creations[name] = nil }
    }

    /// Forgets a deletion that failed or that the cache has shown.
    func deleted(_ uid: String, owner: String) {
        entries.withLock { $0[owner]?.deletions[uid] = nil }
    }

    /// Forgets an owner that is gone.
    func forget(owner: String) {
        entries.withLock { $0[owner] = nil }
    }

    /// Takes note of what happened to a pod.
    func observe(_ change: (old: Manifest?, new: Manifest?)) {
        guard let pod = change.new ?? change.old, let owner = pod.controller?.uid else { return }
        created(pod.name, owner: owner)
        if change.new == nil || pod.isBeingDeleted { deleted(pod.uid, owner: owner) }
    }

    /// What an owner's cache has not shown.
    struct Pending {
        /// Names.
        fileprivate var creations: Set<String> = []
        /// Uids.
        fileprivate var deletions: Set<String> = []

        /// What is still to come beside pods that were read from the cache later: some may have come in between.
        func beside(_ pods: [Manifest]) -> ReplicaSetPlan.Pending {
            .init(creations: creations.subtracting(pods.map(\.name)).count, deletions: deletions)
        }
    }

    /// What is still expected of an owner. To be asked before the cache is read: what the cache shows first and is struck
    /// off then would be missed by both.
    func pending(owner: String, now: Timestamp) -> Pending {
        entries.withLock { all in
            guard var entry = all[owner] else { return .init() }
            entry.creations = entry.creations.filter { $0.value + Self.patience > now }
            entry.deletions = entry.deletions.filter { $0.value + Self.patience > now }
            all[owner] = entry.creations.isEmpty && entry.deletions.isEmpty ? nil : entry
            return Pending(creations: Set(entry.creations.keys), deletions: Set(entry.deletions.keys))
        }
    }
}
