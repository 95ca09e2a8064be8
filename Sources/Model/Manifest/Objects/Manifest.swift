package import Document

/// One Kubernetes object: desired, as git has it, or live, as a cluster has it.
///
/// The object stays the document that it is, so that no field is lost and each keeps its origin; the properties here
/// are views of what every object has (API conventions, "Metadata").
package struct Manifest: Sendable, Equatable {
    /// The whole object, a mapping.
    package var value: Value

    package init(_ value: Value) {
        self.value = value
    }

    package init(apiVersion: String, kind: String, name: String, namespace: String? = nil) {
        value = ["apiVersion": .string(apiVersion), "kind": .string(kind), "metadata": ["name": .string(name)]]
        if let namespace { value[path: "metadata", "namespace"] = .string(namespace) }
    }

    package var apiVersion: String { value["apiVersion"]?.string ?? "" }
    package var kind: String { value["kind"]?.string ?? "" }
    package var groupVersionKind: GroupVersionKind { GroupVersionKind(apiVersion: apiVersion, kind: kind) }

    package var name: String {
        get { value[path: "metadata", "name"]?.string ?? "" }
        set { value[path: "metadata", "name"] = .string(newValue) }
    }

    /// nil for objects of cluster scope, and for desired ones that leave it to their environment.
    package var namespace: String? {
        get { value[path: "metadata", "namespace"]?.string.flatMap { $0.isEmpty ? nil : $0 } }
        set { value[path: "metadata", "namespace"] = newValue.map { .string($0) } }
    }

    package var labels: [String: String] { value[path: "metadata", "labels"]?.dictionary ?? [:] }
    package var annotations: [String: String] { value[path: "metadata", "annotations"]?.dictionary ?? [:] }

    /// Who the object is, whatever its version.
    package var key: ObjectKey {
        let kind = groupVersionKind
        return ObjectKey(group: kind.group, kind: kind.kind, namespace: namespace, name: name)
    }

    // What the API server sets.

    package var uid: String { value[path: "metadata", "uid"]?.string ?? "" }
    package var resourceVersion: String { value[path: "metadata", "resourceVersion"]?.string ?? "" }
    package var generation: Int { value[path: "metadata", "generation"]?.int ?? 0 }
    /// RFC 3339, set once deletion was asked for.
    package var deletionTimestamp: String? { value[path: "metadata", "deletionTimestamp"]?.string }
    package var ownerReferences: [OwnerReference] {
        value[path: "metadata", "ownerReferences"]?.items?.compactMap(OwnerReference.init) ?? []
    }
    package var finalizers: [String] { value[path: "metadata", "finalizers"]?.strings ?? [] }

    /// The owner that controls this object, if one does.
    package var controller: OwnerReference? { ownerReferences.first(where: \.isController) }

    package var spec: Value? { value["spec"] }
    package var status: Value? { value["status"] }
}

/// A reference from an object to one that it belongs to (`metav1.OwnerReference`).
package struct OwnerReference: Sendable, Hashable {
    package var apiVersion: String
    package var kind: String
    package var name: String
    package var uid: String
    package var isController: Bool
    package var blocksOwnerDeletion: Bool

    package init(to owner: Manifest, isController: Bool = true) {
        apiVersion = owner.apiVersion
        kind = owner.kind
        name = owner.name
        uid = owner.uid
        self.isController = isController
        blocksOwnerDeletion = isController
    }

    package init?(_ value: Value) {
        guard let kind = value["kind"]?.string, let name = value["name"]?.string else { return nil }
        apiVersion = value["apiVersion"]?.string ?? ""
        self.kind = kind
        self.name = name
        uid = value["uid"]?.string ?? ""
        isController = value["controller"]?.bool ?? false
        blocksOwnerDeletion = value["blockOwnerDeletion"]?.bool ?? false
    }

    package var value: Value {
        [
            "apiVersion": .string(apiVersion), "kind": .string(kind), "name": .string(name), "uid": .string(uid),
            "controller": .bool(isController), "blockOwnerDeletion": .bool(blocksOwnerDeletion),
        ]
    }
}
