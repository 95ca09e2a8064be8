import Cluster
import Manifest

/// A controller that makes pods and deletes them: each change is expected until the watch shows it, and events on the
/// owner say what came of it.
protocol PodController: Controller {
    var expectations: Expectations { get }
}

extension PodController {
    func create(_ pod: Manifest, for owner: Manifest) async throws {
        expectations.expectCreation(of: pod.name, owner: owner.uid, now: now)
        do {
            _ = try await cluster.create(pod, options)
            events.record(.normal, on: owner, reason: "SuccessfulCreate", "Created pod: \(pod.name)")
        } catch {
            expectations.created(pod.name, owner: owner.uid)
            if saysWhy(error) {
                events.record(.warning, on: owner, reason: "FailedCreate", "Error creating: \(error)")
            }
            throw error
        }
    }

    /// Whether a creation's error is about the pod: neither a name that chance gave twice, nor the end of the service.
    func saysWhy(_ error: any Error) -> Bool {
        (error as? ClusterError)?.reason != .alreadyExists && !(error is CancellationError)
    }

    /// Deletes a pod; one that has gone, or that another pod has followed, is as good.
    func delete(_ pod: Manifest, of owner: Manifest) async throws {
        expectations.expectDeletion(of: pod.uid, owner: owner.uid, now: now)
        do {
            try await cluster.delete(pod.key, DeleteOptions(uid: pod.uid))
            events.record(.normal, on: owner, reason: "SuccessfulDelete", "Deleted pod: \(pod.name)")
        } catch let error as ClusterError where error.reason == .notFound || error.reason == .conflict {
            expectations.deleted(pod.uid, owner: owner.uid)
        } catch {
            expectations.deleted(pod.uid, owner: owner.uid)
            throw error
        }
    }
}
