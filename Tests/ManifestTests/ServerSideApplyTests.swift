import Document
import Manifest
import Testing

@Suite struct ServerSideApplyTests {
    private let schema: Schema = .object([
        "metadata": .object(["labels": .map(.any), "annotations": .map(.any), "finalizers": .set]),
        "spec": .object([
            "selector": .atomic(.any),
            "containers": .list(
                keys: ["name"], patchKey: "name",
                item: .object([
                    "ports": .list(keys: ["containerPort", "protocol"], patchKey: "containerPort", item: .any),
                    "args": .atomic(.any),
                ])),
        ]),
    ])

    private func manifest(_ yaml: String) throws -> Manifest {
        Manifest(try YAML.parseOne(Array(yaml.utf8), file: SourceFile("test.yaml")))
    }

    private func apply(
        _ yaml: String, to live: Manifest? = nil, by manager: String, force: Bool = false, now: String = "t1"
    ) throws -> Manifest {
        try ServerSideApply.apply(
            manifest(yaml), to: live, manager: manager, force: force, schema: schema, now: now)
    }

    @Test func `a first apply owns what it says`() throws {
        let live = try apply("{metadata: {name: a, labels: {x: '1'}}, spec: {replicas: 2}}", by: "one")
        let fields = ManagedFields(of: live).applied(by: "one")
        #expect(fields.paths.map(\.description) == ["metadata.labels.x", "spec.replicas"])
    }

    @Test func `a field that its manager gives up goes`() throws {
        let first = try apply("{spec: {replicas: 2, paused: true}}", by: "one")
        let second = try apply("{spec: {replicas: 2}}", to: first, by: "one")
        #expect(second.value == ["spec": ["replicas": 2], "metadata": second.value["metadata"] ?? .null])
    }

    @Test func `a field that another manager owns too stays`() throws {
        let first = try apply("{spec: {replicas: 2, paused: true}}", by: "one")
        let second = try apply("{spec: {paused: true}}", to: first, by: "two")
        let third = try apply("{spec: {replicas: 2}}", to: second, by: "one")
        #expect(third.value[path: "spec", "paused"]?.bool == true)
        #expect(ManagedFields(of: third).owners(of: FieldPath([.field("spec"), .field("paused")])) == ["two"])
    }

    @Test func `another value for an owned field is a conflict that names field and manager`() throws {
        let first = try apply("{spec: {replicas: 2}}", by: "one")
        let conflicts = #expect(throws: OwnershipConflicts.self) {
            try apply("{spec: {replicas: 3}}", to: first, by: "two")
        }
        #expect(conflicts?.description == "spec.replicas is owned by one")
        let forced = try apply("{spec: {replicas: 3}}", to: first, by: "two", force: true)
        #expect(forced.value[path: "spec", "replicas"]?.int == 3)
        #expect(ManagedFields(of: forced).entries.map(\.manager) == ["two"])
    }

    @Test func `the same value may be owned by two`() throws {
        let first = try apply("{spec: {replicas: 2}}", by: "one")
        let second = try apply("{spec: {replicas: 2}}", to: first, by: "two")
        #expect(ManagedFields(of: second).entries.map(\.manager) == ["one", "two"])
    }

    @Test func `items of a keyed list merge by their keys and keep their order`() throws {
        let first = try apply("{spec: {containers: [{name: a, image: a:1}, {name: b, image: b:1}]}}", by: "one")
        let second = try apply("{spec: {containers: [{name: c, image: c:1}]}}", to: first, by: "two")
        let third = try apply(
            "{spec: {containers: [{name: b, image: b:2}, {name: a, image: a:1}]}}", to: second, by: "one")
        let names = third.value[path: "spec", "containers"]?.items?.compactMap { $0["name"]?.string }
        #expect(names == ["b", "a", "c"])
        let fourth = try apply("{spec: {containers: [{name: b, image: b:2}]}}", to: third, by: "one")
        #expect(fourth.value[path: "spec", "containers"]?.items?.compactMap { $0["name"]?.string } == ["b", "c"])
    }

    @Test func `a port without a protocol is a TCP port`() throws {
        let yaml = "{spec: {containers: [{name: a, ports: [{containerPort: 80}]}]}}"
        let first = try apply(yaml, by: "one")
        let second = try apply(
            "{spec: {containers: [{name: a, ports: [{containerPort: 80, protocol: TCP, name: http}]}]}}", to: first,
            by: "two")
        #expect(second.value[path: "spec", "containers"]?.items?[0]["ports"]?.items?.count == 1)
    }

    @Test func `an atomic field is replaced whole`() throws {
        let first = try apply("{spec: {selector: {a: '1', b: '2'}}}", by: "one")
        let second = try apply("{spec: {selector: {a: '1'}}}", to: first, by: "one")
        #expect(second.value[path: "spec", "selector"] == ["a": "1"])
    }

    @Test func `an apply that changes nothing leaves the object as it is`() throws {
        let yaml = "{metadata: {name: a}, spec: {replicas: 2, containers: [{name: a, ports: [{containerPort: 80}]}]}}"
        let first = try apply(yaml, by: "one", now: "t1")
        #expect(try apply(yaml, to: first, by: "one", now: "t2") == first)
    }

    @Test func `an update owns what it changed, and takes it from whoever applied it`() throws {
        let first = try apply("{spec: {replicas: 2, paused: false}}", by: "git")
        var edited = first
        edited.value[path: "spec", "replicas"] = 5
        let live = ServerSideApply.update(from: first, to: edited, manager: "hand", schema: schema, now: "t2")
        #expect(ManagedFields(of: live).applied(by: "git").paths.map(\.description) == ["spec.paused"])
        let healed = try apply("{spec: {replicas: 2, paused: false}}", to: live, by: "git", force: true)
        #expect(healed.value[path: "spec", "replicas"]?.int == 2)
        #expect(ManagedFields(of: healed).entries.map(\.manager) == ["git"])
    }

    @Test func `a field that an update removed is nobody's`() throws {
        let first = try apply("{spec: {replicas: 2, paused: false}}", by: "git")
        var edited = first
        edited.value[path: "spec", "paused"] = nil
        let live = ServerSideApply.update(from: first, to: edited, manager: "hand", schema: schema, now: "t2")
        #expect(ManagedFields(of: live).entries.map(\.manager) == ["git"])
        let healed = try apply("{spec: {replicas: 2, paused: false}}", to: live, by: "git")
        #expect(healed.value[path: "spec", "paused"]?.bool == false)
    }

    @Test func `sets merge by value`() throws {
        let first = try apply("{metadata: {finalizers: [a]}}", by: "one")
        let second = try apply("{metadata: {finalizers: [b]}}", to: first, by: "two")
        #expect(second.finalizers == ["a", "b"])
        #expect(try apply("{metadata: {labels: {}}}", to: second, by: "one").finalizers == ["b"])
    }

    @Test(arguments: [
        #"{"f:spec":{"f:replicas":{}}}"#,
        #"{"f:metadata":{"f:labels":{".":{},"f:app.kubernetes.io/name":{}}}}"#,
        #"{"f:spec":{"f:containers":{"k:{\"name\":\"web\"}":{".":{},"f:image":{}}}}}"#,
        #"{"f:ports":{"k:{\"containerPort\":80,\"protocol\":\"TCP\"}":{".":{}}}}"#,
        #"{"f:finalizers":{"v:\"a\"":{}}}"#,
    ])
    func `sets keep their form in managedFields`(json: String) throws {
        let value = try JSON.parse(Array(json.utf8))
        #expect(
            JSON.text(FieldSet(fieldsV1: value).fieldsV1).contains(
                FieldSet(fieldsV1: value).paths.isEmpty ? "{}" : "f:"))
        #expect(FieldSet(fieldsV1: FieldSet(fieldsV1: value).fieldsV1) == FieldSet(fieldsV1: value))
    }
}

@Suite struct DifferenceTests {
    @Test func `paths name list items by their keys`() throws {
        let schema: Schema = .object([
            "containers": .list(keys: ["name"], patchKey: "name", item: .object([:]))
        ])
        let old: Value = ["containers": [["name": "web", "image": "a:1"]], "replicas": 1]
        let new: Value = ["containers": [["name": "web", "image": "a:2"], ["name": "log"]], "paused": true]
        let found = Difference.between(old, new, schema: schema)
        #expect(
            found.map(\.path.description) == [
                "containers[name=web].image", "containers[name=log]", "replicas", "paused",
            ])
        #expect(found.map { $0.new == nil } == [false, false, true, false])
    }
}
