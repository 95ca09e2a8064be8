import Cluster
import Document
import LocalCluster
import Manifest
import Plan
import Reconciler
import Testing

/// Objects that `helm install` made, once git has them.
@Suite struct AdoptionTests {
    typealias Fixture = ReconcilerFixture

    private func installed() throws -> Manifest {
        let text = """
            apiVersion: v1
            kind: ConfigMap
            metadata:
              name: settings
              namespace: shop
              labels: {app.kubernetes.io/managed-by: Helm, chart: app-1.2.3}
              annotations: {meta.helm.sh/release-name: web, meta.helm.sh/release-namespace: shop}
            data: {key: "1", old: left by the chart's last version}
            """
        return Manifest(try YAML.parseOne(Array(text.utf8), file: SourceFile("installed.yaml")))
    }

    @Test func `what Helm wrote and git does not have goes, and Helm's marks stay`() async throws {
        try await Fixture.with { fixture in
            _ = try await fixture.cluster.create(
                Manifest(apiVersion: "v1", kind: "Namespace", name: "shop"), WriteOptions(fieldManager: "helm"))
            _ = try await fixture.cluster.create(try installed(), WriteOptions(fieldManager: "helm"))
            await fixture.push([
                "apps/a/a.yaml": """
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: settings, labels: {chart: app-1.2.3}}
                data: {key: "1"}
                """
            ])
            let key = ObjectKey(kind: "ConfigMap", namespace: "shop", name: "settings")
            try await fixture.eventually("the object is taken over") {
                (try? await fixture.cluster.get(key).value[path: "data", "old"]) == .some(nil)
            }
            let live = try await fixture.cluster.get(key)
            #expect(live.value[path: "data", "key"]?.string == "1")
            #expect(live.annotations["meta.helm.sh/release-name"] == "web")
            #expect(live.labels["app.kubernetes.io/managed-by"] == "Helm")
            let managers = ManagedFields(of: live).entries.map(\.manager)
            #expect(managers == ["belay"])
            try await fixture.eventually("nothing is left to do") { await fixture.isSynced("a") }
            let plans = try await fixture.reconciler.plans(of: "prod")
            #expect(plans.flatMap(\.changes).isEmpty)
        }
    }

    @Test func `taking over what is already as git says runs no hooks`() async throws {
        try await Fixture.with { fixture in
            _ = try await fixture.cluster.create(
                Manifest(apiVersion: "v1", kind: "Namespace", name: "shop"), WriteOptions(fieldManager: "helm"))
            _ = try await fixture.cluster.create(try installed(), WriteOptions(fieldManager: "helm"))
            await fixture.push([
                "apps/a/a.yaml": """
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: settings, labels: {app.kubernetes.io/managed-by: Helm, chart: app-1.2.3}}
                data: {key: "1", old: left by the chart's last version}
                """,
                "apps/a/b.yaml": """
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: hook, annotations: {helm.sh/hook: "pre-install,pre-upgrade"}}
                """,
            ])
            let key = ObjectKey(kind: "ConfigMap", namespace: "shop", name: "settings")
            try await fixture.eventually("the object is taken over") {
                (try? await fixture.cluster.get(key))?.labels[Planner.applicationLabel] != nil
            }
            try await fixture.eventually("nothing is left to do") { await fixture.isSynced("a") }
            let hook = ObjectKey(kind: "ConfigMap", namespace: "shop", name: "hook")
            #expect((try? await fixture.cluster.get(hook)) == nil)
        }
    }

    @Test func `objects without Helm's marks, and those of others, are as they were`() throws {
        var live = try installed()
        let schema = Catalog.builtIn.find(word: "ConfigMap")?.schema ?? .any
        live = ServerSideApply.update(from: nil, to: live, manager: "kubectl", schema: schema, now: "t")
        #expect(Adoption.taken(live, by: "belay") == nil)
        var other = try installed()
        other.value[path: "metadata", "annotations"] = nil
        other = ServerSideApply.update(from: nil, to: other, manager: "helm", schema: schema, now: "t")
        #expect(Adoption.taken(other, by: "belay") == nil)
    }
}
