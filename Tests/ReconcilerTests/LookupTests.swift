import Cluster
import Document
import LocalCluster
import Manifest
import Reconciler
import Render
import Testing

/// Charts that look up what is live, on a real embedded cluster.
@Suite struct LookupTests {
    typealias Fixture = ReconcilerFixture

    private static let project = Fixture.project.replacing(
        "namespace: shop", with: "namespace: shop\n      lookup: true")

    private static func files(_ template: String) -> [String: String] {
        [
            "apps/a/Chart.yaml": "{apiVersion: v2, name: a, version: 1.0.0}",
            "apps/a/templates/a.yaml": """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: settings}
            data: {key: "\(template)"}
            """,
        ]
    }

    private func put(
        _ fixture: Fixture, _ name: String, _ value: Value, in namespace: String, kind: String = "ConfigMap"
    )
        async throws
    {
        var object = Manifest(apiVersion: "v1", kind: kind, name: name)
        object.value[path: "metadata", "namespace"] = .string(namespace)
        object.value["data"] = ["key": value]
        if let live = try? await fixture.cluster.get(object.key) {
            object.value[path: "metadata", "resourceVersion"] = live.value[path: "metadata", "resourceVersion"]
            _ = try await fixture.cluster.update(object, WriteOptions(fieldManager: "test"))
        } else {
            _ = try await fixture.cluster.create(object, WriteOptions(fieldManager: "test"))
        }
    }

    private func makeNamespace(_ fixture: Fixture, _ name: String) async throws {
        _ = try await fixture.cluster.create(
            Manifest(apiVersion: "v1", kind: "Namespace", name: name), WriteOptions(fieldManager: "test"))
    }

    @Test func `the application follows what its chart looked up`() async throws {
        try await Fixture.with { fixture in
            try await makeNamespace(fixture, "other")
            let template = #"{{ (lookup `v1` `ConfigMap` `other` `source`).data | default dict | dig `key` `none` }}"#
            await fixture.push(Self.files(template), project: Self.project)
            try await fixture.eventually("nothing is there") { await fixture.value("settings") == "none" }
            try await put(fixture, "source", "first", in: "other")
            try await fixture.eventually("it came") { await fixture.value("settings") == "first" }
            try await put(fixture, "source", "second", in: "other")
            try await fixture.eventually("it changed") { await fixture.value("settings") == "second" }
            try await fixture.eventually("all is well") { await fixture.isSynced("a") }
        }
    }

    @Test func `lists have all objects, or those of a namespace, and namespaces themselves`() async throws {
        try await Fixture.with { fixture in
            try await makeNamespace(fixture, "one")
            try await makeNamespace(fixture, "two")
            for (name, namespace) in [("x", "one"), ("y", "one"), ("z", "two")] {
                try await put(fixture, name, "1", in: namespace)
            }
            let template = """
                {{ range (lookup `v1` `ConfigMap` `one` ``).items }}{{ .metadata.name }} {{ end -}}
                {{ range (lookup `v1` `ConfigMap` `` ``).items }}{{ if eq .metadata.name `z` }}z {{ end }}{{ end -}}
                {{ (lookup `v1` `Namespace` `` `two`).metadata.name }} {{ len (lookup `v1` `Unknown` `` ``) -}}
                {{ len (lookup `v1` `ConfigMap` `` `x`) }} {{ (lookup `v1` `Namespace` `` ``).kind }}
                """.replacing("\n", with: "")
            await fixture.push(Self.files(template), project: Self.project)
            try await fixture.eventually("all were found") {
                await fixture.value("settings") == "x y z two 00 NamespaceList"
            }
        }
    }

    @Test func `a chart that feeds on its own output is slowed down`() async throws {
        try await Fixture.with { fixture in
            let template =
                #"{{ add1 ((lookup `v1` `ConfigMap` `shop` `settings`).data | default dict | dig `key` `0` | int) }}"#
            await fixture.push(Self.files(template), project: Self.project)
            try await fixture.eventually("the reconciler pauses, and says why") {
                await fixture.reconciler.status().contains {
                    $0.phase == .outOfSync && $0.problems.contains { $0.message.contains("look up changes") }
                }
            }
        }
    }

    @Test(arguments: [
        (LiveQuestion.Reach.everything, "ConfigMap", "shop", "there"), (.everything, "Secret", "shop", "there"),
        (.namespace("shop"), "ConfigMap", "shop", "there"), (.namespace("shop"), "Secret", "shop", "none"),
        (.namespace("dev"), "ConfigMap", "shop", "the namespace shop, where production"),
        (.namespace("dev"), "Secret", "", "all namespaces"), (.clusterScoped, "ConfigMap", "shop", "own namespace"),
        (.everything, "Lease", "shop", "change all the time"),
    ])
    func `a scrubbed environment sees nothing of production`(
        reach: LiveQuestion.Reach, kind: String, namespace: String, expected: String
    ) async throws {
        try await Fixture.with { fixture in
            try await makeNamespace(fixture, "shop")
            try await put(fixture, "thing", "dGhlcmU=", in: "shop", kind: "ConfigMap")
            try await put(fixture, "thing", "dGhlcmU=", in: "shop", kind: "Secret")
            try await fixture.view.ready()
            let question = LiveQuestion(
                apiVersion: kind == "Lease" ? "coordination.k8s.io/v1" : "v1", kind: kind, namespace: namespace,
                name: "thing", reach: reach)
            let key = ObjectKey(kind: kind, namespace: "shop", name: "thing")
            try await fixture.eventually("the watch brings it") { kind == "Lease" || fixture.view.object(key) != nil }
            let said: String
            do throws(Problem) {
                said = try fixture.view.answer(question) == nil ? "none" : "there"
            } catch {
                said = error.message
            }
            #expect(said.contains(expected))
        }
    }
}
