import Cluster
import Document
import Manifest
import Synchronization
import System

@testable import LocalCluster

/// A cluster of a few kinds, on a clock that the test sets.
struct Fixture {
    static let kinds: [KindDescription] = [
        kind("", "Namespace", "namespaces", isNamespaced: false),
        kind("", "Pod", "pods"),
        kind("", "ConfigMap", "configmaps", hasStatus: false),
        kind("", "Secret", "secrets", hasStatus: false),
        kind("", "Service", "services"),
        kind("", "Event", "events", hasStatus: false),
        kind("apps", "Deployment", "deployments"),
        kind("apps", "ReplicaSet", "replicasets"),
    ]

    static func kind(
        _ group: String, _ kind: String, _ plural: String, isNamespaced: Bool = true, hasStatus: Bool = true
    ) -> KindDescription {
        KindDescription(
            GroupVersionKind(group: group, version: "v1", kind: kind), plural: plural, isNamespaced: isNamespaced,
            hasStatus: hasStatus)
    }

    let cluster: LocalCluster
    let time = Time()

    final class Time: Sendable {
        let now = Mutex(Timestamp(seconds: 1_700_000_000))
        var clock: WallClock {
            WallClock(now: { self.now.withLock { $0 } }, sleep: { _ in throw CancellationError() })
        }
    }

    init(
        path: String = ":memory:", _ change: (inout LocalCluster.Configuration) -> Void = { _ in },
        registry: KindRegistry = KindRegistry(kinds)
    ) async throws {
        var configuration = LocalCluster.Configuration(path: path)
        change(&configuration)
        cluster = try LocalCluster(configuration, registry: registry, clock: time.clock)
        try await cluster.ensureNamespace("default")
    }

    @discardableResult
    func create(_ object: Manifest) async throws -> Manifest {
        try await cluster.create(object, WriteOptions(fieldManager: "test"))
    }

    @discardableResult
    func update(_ object: Manifest, subresource: String? = nil) async throws -> Manifest {
        try await cluster.update(object, WriteOptions(fieldManager: "test", subresource: subresource))
    }

    @discardableResult
    func apply(_ object: Manifest, as manager: String, force: Bool = false) async throws -> Manifest {
        try await cluster.apply(object, WriteOptions(fieldManager: manager, force: force))
    }

    func exists(_ object: Manifest) async throws -> Bool {
        do {
            _ = try await cluster.get(object.key)
            return true
        } catch let error as ClusterError where error.reason == .notFound {
            return false
        }
    }

    func names(_ query: ObjectQuery) async throws -> [String] {
        try await cluster.list(query).items.map(\.name)
    }
}

func configMap(_ name: String, _ data: [String: String] = [:], namespace: String = "default") -> Manifest {
    var object = Manifest(apiVersion: "v1", kind: "ConfigMap", name: name, namespace: namespace)
    object.value["data"] = .strings(data)
    return object
}

func deployment(_ name: String, replicas: Int = 1) -> Manifest {
    var object = Manifest(apiVersion: "apps/v1", kind: "Deployment", name: name, namespace: "default")
    object.value["spec"] = ["replicas": .int(replicas)]
    return object
}

func replicaSet(_ name: String, owner: Manifest) -> Manifest {
    var object = Manifest(apiVersion: "apps/v1", kind: "ReplicaSet", name: name, namespace: "default")
    object.value["spec"] = ["replicas": 1]
    object.value[path: "metadata", "ownerReferences"] = [OwnerReference(to: owner).value]
    return object
}

func pod(_ name: String, owner: Manifest? = nil, node: String? = nil, namespace: String = "default") -> Manifest {
    var object = Manifest(apiVersion: "v1", kind: "Pod", name: name, namespace: namespace)
    object.value["spec"] = ["containers": [["name": "main", "image": "web"]]]
    if let node { object.value[path: "spec", "nodeName"] = .string(node) }
    if let owner { object.value[path: "metadata", "ownerReferences"] = [OwnerReference(to: owner).value] }
    return object
}

func service(_ name: String, _ spec: Value = ["ports": [["port": 80]]]) -> Manifest {
    var object = Manifest(apiVersion: "v1", kind: "Service", name: name, namespace: "default")
    object.value["spec"] = spec
    return object
}
