import Document
import FileTree
import Foundation
import Manifest
import Render
import Testing

/// The chart that the shop's API is made from, with values of its own.
@Suite struct ServiceChartTests {
    private func render(_ values: String) throws -> [Manifest] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("sample-repo").path
        let project = TestProject.text(
            """
            name: prod
            data: production
            namespace: shop
            apps: [{path: charts/service, name: api, valuesFiles: [values.yaml]}]
            """)
        let tree = OverlaidTree(
            try DirectoryTree(root),
            adding: [
                TreePath.root.appending("belay.yaml"): Array(project.utf8),
                TreePath.root.appending("values.yaml"): Array(values.utf8),
            ])
        return try TestProject.render("prod", from: tree).flatMap(\.manifests)
    }

    private func manifest(_ kind: String, _ values: String) throws -> Manifest {
        try #require(try render(values).first { $0.kind == kind })
    }

    private static let image = "image: {repository: example.org/api, tag: \"2\"}\n"

    @Test func `little is said, and a Deployment and a Service are there`() throws {
        let made = try render(Self.image)
        #expect(made.map(\.kind) == ["Service", "Deployment"])
        #expect(Set(made.map(\.name)) == ["api"])
        let container = made[1].value[path: "spec", "template", "spec", "containers"]?.items?.first
        #expect(container?["image"]?.string == "example.org/api:2")
        #expect(container?[path: "securityContext", "readOnlyRootFilesystem"]?.bool == true)
        #expect(container?["env"] == nil && container?["volumeMounts"] == nil)
        let selector = made[0].value[path: "spec", "selector"]?.dictionary
        #expect(selector == made[1].value[path: "spec", "selector", "matchLabels"]?.dictionary)
    }

    private static let options: [(values: String, kinds: Set<String>)] = [
        ("config: {A: 1}", ["ConfigMap"]), ("secrets: {one: {key: x}}", ["Secret"]),
        ("serviceAccount: {create: true}", ["ServiceAccount"]),
        ("migration: {enabled: true, command: [/migrate]}", ["Job"]),
        ("autoscaling: {enabled: true}", ["HorizontalPodAutoscaler"]),
        ("podDisruptionBudget: {enabled: true}", ["PodDisruptionBudget"]),
        ("ingress: {enabled: true, host: api.example.org, tlsSecret: api}", ["Ingress"]),
    ]

    @Test(arguments: options)
    func `what is asked for comes along, and nothing else`(values: String, kinds: Set<String>) throws {
        let made = try render(Self.image + values + "\n")
        #expect(Set(made.map(\.kind)) == kinds.union(["Service", "Deployment"]))
        #expect(made.allSatisfy { $0.labels["app.kubernetes.io/instance"] == "api" })
    }

    @Test func `settings and secrets reach the container by name, and changed settings start it anew`() throws {
        let values = "config: {HOST: VALUE}\nsecretEnv: {KEY: {secret: payments, key: key}}\n"
        func pod(_ value: String) throws -> Value? {
            try manifest("Deployment", Self.image + values.replacing("VALUE", with: value)).value[
                path: "spec", "template"]
        }
        let first = try pod("one")
        let env = first?[path: "spec", "containers"]?.items?.first?["env"]?.items ?? []
        #expect(env.compactMap { $0["name"]?.string } == ["HOST", "KEY"])
        #expect(env.first?[path: "valueFrom", "configMapKeyRef", "name"]?.string == "api")
        #expect(env.last?[path: "valueFrom", "secretKeyRef", "name"]?.string == "payments")
        #expect(try pod("one") == first)
        #expect(try pod("two")?[path: "metadata", "annotations"] != first?[path: "metadata", "annotations"])
    }

    @Test func `a migration runs before, with the settings themselves`() throws {
        let job = try manifest(
            "Job", Self.image + "config: {HOST: db}\nmigration: {enabled: true, command: [/migrate, up]}\n")
        #expect(job.annotations["helm.sh/hook"] == "pre-install,pre-upgrade")
        let container = job.value[path: "spec", "template", "spec", "containers"]?.items?.first
        #expect(container?["command"]?.items?.compactMap(\.string) == ["/migrate", "up"])
        #expect(container?["env"]?.items?.first?["value"]?.string == "db")
    }

    @Test func `a digest counts more than a tag, and replicas are left to an autoscaler`() throws {
        let digest = "sha256:" + String(repeating: "a", count: 64)
        let deployment = try manifest(
            "Deployment", "image: {repository: r, tag: \"2\", digest: \"\(digest)\"}\nautoscaling: {enabled: true}\n")
        let container = deployment.value[path: "spec", "template", "spec", "containers"]?.items?.first
        #expect(container?["image"]?.string == "r@\(digest)")
        #expect(deployment.value[path: "spec", "replicas"] == nil)
    }

    private static func allValues() throws -> String {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return try String(
            contentsOf: tests.deletingLastPathComponent()
                .appendingPathComponent("sample-repo/charts/service/ci/all-values.yaml"), encoding: .utf8)
    }

    @Test func `all that the chart can make is allowed what the strictest policy allows, and fits together`() throws {
        let made = try render(try Self.allValues())
        #expect(Set(made.map(\.kind)).count == 9)
        let pods = made.compactMap { $0.value[path: "spec", "template"] }
        #expect(pods.count == 2)
        for pod in pods {
            let spec = try #require(pod["spec"])
            let container = spec["containers"]?.items?.first
            #expect(spec[path: "securityContext", "seccompProfile", "type"]?.string == "RuntimeDefault")
            #expect(spec[path: "securityContext", "runAsNonRoot"]?.bool == true)
            #expect(spec["automountServiceAccountToken"]?.bool == false)
            #expect(spec["imagePullSecrets"]?.items?.count == 1 && spec["nodeSelector"] != nil)
            #expect(container?["volumeMounts"]?.items?.count == 2 && spec["volumes"]?.items?.count == 2)
            #expect(container?[path: "securityContext", "capabilities", "drop"]?.items?.first?.string == "ALL")
        }
        // The Service sends requests to no pod but those that serve, and a migration waits for no Secret of its release.
        let selector = try #require(made.first { $0.kind == "Service" }?.value[path: "spec", "selector"]?.dictionary)
        let migration = try #require(made.first { $0.kind == "Job" }).value[path: "spec", "template"]
        let labels = migration?[path: "metadata", "labels"]?.dictionary ?? [:]
        #expect(selector.contains { labels[$0.key] != $0.value })
        let env = migration?[path: "spec", "containers"]?.items?.first?["env"]?.items ?? []
        #expect(env.compactMap { $0["name"]?.string } == ["PGHOST", "RETRIES", "VERBOSE", "PGPASSWORD"])
    }

    /// Values that are wrong, and what is said at their line.
    @Test(arguments: [
        ("replica: 2", "replica"), ("replicas: two", "replicas"), ("port: 0", "port"), ("port: 70000", "port"),
        ("image: {repository: r, tag: 1}", "image.tag"), ("image: {repository: r, digest: abc}", "image.digest"),
        ("config: {a-b: x}", "a-b"), ("config: {A: [x]}", "config.A"), ("secretEnv: {A: {secret: b}}", "key"),
        ("secretEnv: {A: {secret: B, key: c}}", "secretEnv.A.secret"), ("secrets: {a: {\"b c\": x}}", "b c"),
        ("scratch: [tmp]", "scratch"), ("runAsUser: 0", "runAsUser"), ("nameOverride: 1api", "nameOverride"),
        ("probes: {ready: readyz}", "probes.ready"), ("service: {type: None}", "service.type"),
        ("labels: {a: 1}", "labels.a"), ("test: {}\ntests: {}", "tests"),
    ])
    func `wrong values are refused by their paths`(values: String, path: String) {
        let problem = #expect(throws: Problem.self) { try render(values + "\n") }
        #expect(problem?.message.contains("not as the schema of service wants them") == true)
        #expect(problem?.message.contains(path) == true, "\(problem?.message ?? "")")
        #expect(problem?.origin.file.path == "values.yaml")
    }

    @Test func `names that YAML takes for something else stay texts`() throws {
        let values = "config: {NO: \"on\", Y: \"1e3\", N: 010}\n"
        let map = try manifest("ConfigMap", Self.image + values).value["data"]?.dictionary
        #expect(map?.keys.sorted() == ["N", "NO", "Y"] && map?["NO"] == "on" && map?["Y"] == "1e3")
    }

    @Test(arguments: [
        ("", "image.repository is missing"),
        (image + "autoscaling: {enabled: true, minReplicas: 9}\n", "minReplicas is more than maxReplicas"),
        (image + "ingress: {enabled: true}\n", "ingress.host is missing"),
        (image + "migration: {enabled: true}\n", "migration.command is missing"),
    ])
    func `what is missing is named`(values: String, message: String) {
        let problem = #expect(throws: Problem.self) { try render(values) }
        #expect(problem?.message.contains(message) == true, "\(problem?.message ?? "")")
    }
}
