import Cluster
import Document
import Manifest
import Testing

@testable import LocalCluster

@Suite struct WritingTests {
    @Test func `a created object gets what the API server gives`() async throws {
        let fixture = try await Fixture()
        let made = try await fixture.create(deployment("web", replicas: 2))
        #expect(made.uid.count == 36)
        #expect(made.generation == 1)
        #expect(made.value[path: "metadata", "creationTimestamp"]?.string == "2023-11-14T22:13:20Z")
        #expect(Int(made.resourceVersion) ?? 0 > 0)
        #expect(try await fixture.cluster.get(made.key) == made)
    }

    @Test func `a second object of one name is refused`() async throws {
        let fixture = try await Fixture()
        try await fixture.create(configMap("a"))
        let error = await #expect(throws: ClusterError.self) { try await fixture.create(configMap("a")) }
        #expect(error?.reason == .alreadyExists)
        #expect(error?.message == "configmaps \"a\" already exists")
    }

    @Test func `a namespace that is not there is refused`() async throws {
        let fixture = try await Fixture()
        let error = await #expect(throws: ClusterError.self) {
            try await fixture.create(configMap("a", namespace: "shop"))
        }
        #expect(error?.reason == .notFound)
        #expect(error?.message == "namespaces \"shop\" not found")
    }

    @Test(arguments: ["Upper", "-a", "a-", "a_b", "a/b", "ä", String(repeating: "a", count: 254), "..", "a..b"])
    func `names that DNS cannot have are refused`(name: String) async throws {
        let fixture = try await Fixture()
        let error = await #expect(throws: ClusterError.self) { try await fixture.create(configMap(name)) }
        #expect(error?.reason == .invalid)
        #expect(error?.causes.first?.field == "metadata.name")
    }

    @Test(arguments: ["a", "a-b.c", "0", "web-1.example.com", "a--b"])
    func `names that DNS can have are taken`(name: String) async throws {
        let fixture = try await Fixture()
        #expect(try await fixture.create(configMap(name)).name == name)
    }

    @Test func `generateName makes names of its own`() async throws {
        let fixture = try await Fixture()
        var object = configMap("")
        object.value[path: "metadata", "generateName"] = "web-"
        let names = try await [fixture.create(object).name, fixture.create(object).name]
        #expect(names.allSatisfy { $0.hasPrefix("web-") && $0.count == 9 })
        #expect(names[0] != names[1])
    }

    @Test func `a kind that is not served is refused`() async throws {
        let fixture = try await Fixture()
        let widget = Manifest(apiVersion: "example.com/v1", kind: "Widget", name: "a", namespace: "default")
        let error = await #expect(throws: ClusterError.self) { try await fixture.create(widget) }
        #expect(error?.message == "no matches for kind \"Widget\" in version \"example.com/v1\"")
    }

    @Test func `a stale update is a conflict, a fresh one raises the generation only for its spec`() async throws {
        let fixture = try await Fixture()
        let first = try await fixture.create(deployment("web"))
        var changed = first
        changed.value[path: "spec", "replicas"] = 3
        let second = try await fixture.update(changed)
        #expect(second.generation == 2)
        let error = await #expect(throws: ClusterError.self) { try await fixture.update(changed) }
        #expect(error?.reason == .conflict)
        var labelled = second
        labelled.value[path: "metadata", "labels"] = ["a": "b"]
        #expect(try await fixture.update(labelled).generation == 2)
    }

    @Test func `an update that changes nothing writes nothing`() async throws {
        let fixture = try await Fixture()
        let first = try await fixture.create(deployment("web"))
        let second = try await fixture.update(first)
        #expect(second.resourceVersion == first.resourceVersion)
    }

    @Test func `status and the rest are written apart`() async throws {
        let fixture = try await Fixture()
        let first = try await fixture.create(deployment("web"))
        var both = first
        both.value["status"] = ["replicas": 1]
        both.value[path: "spec", "replicas"] = 9
        let afterStatus = try await fixture.update(both, subresource: "status")
        #expect(afterStatus.value[path: "spec", "replicas"]?.int == 1)
        #expect(afterStatus.value[path: "status", "replicas"]?.int == 1)
        #expect(afterStatus.generation == 1)
        both.value["status"] = ["replicas": 5]
        both.value[path: "metadata", "resourceVersion"] = nil
        let afterSpec = try await fixture.update(both)
        #expect(afterSpec.value[path: "spec", "replicas"]?.int == 9)
        #expect(afterSpec.value[path: "status", "replicas"]?.int == 1)
    }

    @Test func `what the server keeps cannot be changed by an update`() async throws {
        let fixture = try await Fixture()
        let first = try await fixture.create(deployment("web"))
        var changed = first
        changed.value[path: "metadata", "creationTimestamp"] = "1999-01-01T00:00:00Z"
        changed.value[path: "metadata", "generation"] = 77
        changed.value[path: "metadata", "deletionTimestamp"] = "1999-01-01T00:00:00Z"
        changed.value[path: "metadata", "labels"] = ["a": "b"]
        let second = try await fixture.update(changed)
        #expect(
            second.value[path: "metadata", "creationTimestamp"] == first.value[path: "metadata", "creationTimestamp"])
        #expect(second.generation == 1)
        #expect(second.deletionTimestamp == nil)
    }

    @Test func `a dry run answers and writes nothing`() async throws {
        let fixture = try await Fixture()
        let revision = fixture.cluster.currentRevision
        let made = try await fixture.cluster.create(configMap("a"), WriteOptions(fieldManager: "test", dryRun: true))
        #expect(!made.uid.isEmpty)
        #expect(try await !fixture.exists(configMap("a")))
        #expect(fixture.cluster.currentRevision == revision)
    }

    @Test func `an object that is too large is refused`() async throws {
        let fixture = try await Fixture { $0.objectSize = 10_000 }
        let large = configMap("a", ["a": String(repeating: "x", count: 10_000)])
        let error = await #expect(throws: ClusterError.self) { try await fixture.create(large) }
        #expect(error?.reason == .requestEntityTooLarge)
        #expect(try await !fixture.exists(large))
    }

    @Test func `a Secret's stringData becomes data`() async throws {
        let fixture = try await Fixture()
        var secret = Manifest(apiVersion: "v1", kind: "Secret", name: "s", namespace: "default")
        secret.value["stringData"] = ["password": "hunter2"]
        let made = try await fixture.create(secret)
        #expect(made.value["stringData"] == nil)
        #expect(made.value[path: "data", "password"]?.string == "aHVudGVyMg==")
    }

    @Test func `what the registry finds wrong is an invalid object with its fields`() async throws {
        let registry = KindRegistry(Fixture.kinds) { object in
            if object.spec != nil { object.value[path: "spec", "paused"] = false }
        } validate: { object, _ in
            object.value[path: "spec", "replicas"]?.int ?? 0 >= 0
                ? [] : [.init(reason: "FieldValueInvalid", message: "must be at least 0", field: "spec.replicas")]
        }
        let fixture = try await Fixture(registry: registry)
        #expect(try await fixture.create(deployment("fine")).value[path: "spec", "paused"]?.bool == false)
        let error = await #expect(throws: ClusterError.self) {
            try await fixture.create(deployment("web", replicas: -1))
        }
        #expect(error?.message == "Deployment.apps \"web\" is invalid: spec.replicas: must be at least 0")
    }
}

@Suite struct ApplyTests {
    @Test func `an apply makes, changes, and drops what its manager gave up`() async throws {
        let fixture = try await Fixture()
        try await fixture.apply(configMap("a", ["x": "1", "y": "2"]), as: "belay")
        let second = try await fixture.apply(configMap("a", ["x": "3"]), as: "belay")
        #expect(second.value["data"] == ["x": "3"])
        let again = try await fixture.apply(configMap("a", ["x": "3"]), as: "belay")
        #expect(again.resourceVersion == second.resourceVersion)
    }

    @Test func `another manager's field is a conflict that names both, unless it is forced`() async throws {
        let fixture = try await Fixture()
        try await fixture.apply(configMap("a", ["x": "1"]), as: "belay")
        let error = await #expect(throws: ClusterError.self) {
            try await fixture.apply(configMap("a", ["x": "2"]), as: "kubectl")
        }
        #expect(error?.isOwnershipConflict == true)
        #expect(error?.message.hasSuffix("conflict with \"belay\": .data.x") == true)
        let forced = try await fixture.apply(configMap("a", ["x": "2"]), as: "kubectl", force: true)
        #expect(forced.value[path: "data", "x"]?.string == "2")
    }

    @Test func `an update by hand takes the field over`() async throws {
        let fixture = try await Fixture()
        var live = try await fixture.apply(configMap("a", ["x": "1"]), as: "belay")
        live.value[path: "data", "x"] = "hand"
        let changed = try await fixture.update(live)
        #expect(ManagedFields(of: changed).owners(of: FieldPath([.field("data"), .field("x")])) == ["test"])
        await #expect(throws: ClusterError.self) { try await fixture.apply(configMap("a", ["x": "1"]), as: "belay") }
    }

    @Test func `applying a status leaves the spec alone`() async throws {
        let fixture = try await Fixture()
        try await fixture.apply(deployment("web", replicas: 2), as: "belay")
        var status = Manifest(apiVersion: "apps/v1", kind: "Deployment", name: "web", namespace: "default")
        status.value["status"] = ["replicas": 2]
        let after = try await fixture.cluster.apply(status, WriteOptions(fieldManager: "belay", subresource: "status"))
        #expect(after.value[path: "spec", "replicas"]?.int == 2)
        #expect(after.value[path: "status", "replicas"]?.int == 2)
        let again = try await fixture.apply(deployment("web", replicas: 2), as: "belay")
        #expect(again.resourceVersion == after.resourceVersion)
    }

    @Test func `a dry run of an apply shows the result and leaves the object`() async throws {
        let fixture = try await Fixture()
        try await fixture.apply(configMap("a", ["x": "1"]), as: "belay")
        let shown = try await fixture.cluster.apply(
            configMap("a", ["x": "2"]), WriteOptions(fieldManager: "belay", dryRun: true))
        #expect(shown.value[path: "data", "x"]?.string == "2")
        #expect(try await fixture.cluster.get(shown.key).value[path: "data", "x"]?.string == "1")
    }
}
