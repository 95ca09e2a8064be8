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
        let project = """
            apiVersion: belay/v1
            kind: Project
            metadata: {name: shop}
            spec:
              environments:
                - name: prod
                  data: production
                  namespace: shop
                  apps: [{path: charts/service, name: api, valuesFiles: [values.yaml]}]
            """
        let tree = OverlaidTree(
            try DirectoryTree(root),
            adding: [
                TreePath.root.appending("belay.yaml"): Array(project.utf8),
                TreePath.root.appending("values.yaml"): Array(values.utf8),
            ])
        let read = try Project.read(from: tree)
        return try Renderer(rootKey: [1]).renderAll(try read.environment("prod"), of: read, from: tree)
            .flatMap(\.manifests)
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

    @Test(arguments: [
        ("", "image.repository is missing"), (image + "ingress: {enabled: true}\n", "ingress.host is missing"),
        (image + "migration: {enabled: true}\n", "migration.command is missing"),
    ])
    func `what is missing is named`(values: String, message: String) {
        let problem = #expect(throws: Problem.self) { try render(values) }
        #expect(problem?.message.contains(message) == true, "\(problem?.message ?? "")")
    }
}
