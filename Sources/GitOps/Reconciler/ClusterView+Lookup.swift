import Cluster
package import Document
import Manifest
package import Render

extension LiveQuestion {
    /// Whether the answer may change with an object.
    func concerns(_ key: ObjectKey) -> Bool {
        let asked = GroupVersionKind(apiVersion: apiVersion, kind: kind)
        return asked.kind == key.kind && asked.group == key.group && (name.isEmpty || name == key.name)
            && (namespace.isEmpty || key.namespace == nil || namespace == key.namespace)
    }
}

/// Answers `lookup` of charts from what the watches brought.
extension ClusterView: LiveObjects {
    package func answer(_ question: LiveQuestion) throws(Problem) -> Value? {
        let kind = GroupVersionKind(apiVersion: question.apiVersion, kind: question.kind)
        guard !Self.unwatched.contains(kind.kind) else {
            throw Problem("\(kind.kind) objects change all the time, so charts cannot look them up")
        }
        let known = kinds
        guard !known.isEmpty else { throw Problem("the cluster has not been looked at yet") }
        // A kind that the cluster does not serve has no objects.
        guard let served = known.first(where: { $0.groupVersionKind == kind }) else { return nil }
        try Self.check(question, isNamespaced: served.isNamespaced)
        if kind.kind == "Secret", kind.group.isEmpty, question.reach != .everything { return nil }
        let namespace = served.isNamespaced && !question.namespace.isEmpty ? question.namespace : nil
        guard question.name.isEmpty else {
            if served.isNamespaced, namespace == nil { return nil }
            _ = try objects(kind, in: namespace)
            return object(ObjectKey(group: kind.group, kind: kind.kind, namespace: namespace, name: question.name))?
                .value
        }
        let items = try objects(kind, in: namespace).sorted { $0.key < $1.key }
        return [
            "apiVersion": .string(question.apiVersion), "kind": .string("\(kind.kind)List"),
            "metadata": ["resourceVersion": ""], "items": .sequence(items.map(\.value)),
        ]
    }

    /// Refuses to look where a scrubbed environment must not.
    private static func check(_ question: LiveQuestion, isNamespaced: Bool) throws(Problem) {
        guard isNamespaced else { return }
        switch question.reach {
        case .everything: return
        case .namespace(let own) where question.namespace == own: return
        case .namespace(let own):
            let place = question.namespace.isEmpty ? "all namespaces" : "the namespace \(question.namespace)"
            throw Problem(
                "a scrubbed environment looks up nothing in \(place), where production may be",
                hint: "it may look up what is in \(own)")
        case .clusterScoped:
            throw Problem(
                "this scrubbed environment is in production's own namespace, so its charts look up nothing there",
                hint: "give it a namespace of its own")
        }
    }

    /// All objects of a kind, or those of a namespace.
    private func objects(_ kind: GroupVersionKind, in namespace: String?) throws(Problem) -> [Manifest] {
        guard let cache = caches.first(where: { $0.query.kind == kind.kind && $0.query.group == kind.group }),
            cache.isSynced
        else { throw Problem("the cluster's \(kind.kind) objects have not been listed yet") }
        return cache.objects(in: namespace)
    }
}
