import Document
import Manifest
import Plan
import Testing

@Suite struct PlannerTests {
    private let target = Planner.Target(
        project: "shop", environment: "dev", application: "web", revision: "abc", label: "shop.dev.web")

    private var planner: Planner {
        let kinds = ["Deployment", "ConfigMap", "Secret", "Service", "Job"].compactMap {
            Catalog.builtIn.find(word: $0)
        }
        let schemas = Dictionary(
            kinds.compactMap { kind in kind.schema.map { (kind.groupVersionKind, $0) } }, uniquingKeysWith: { $1 })
        return Planner(fieldManager: "belay", key: [1, 2, 3], schemas: schemas)
    }

    private func manifests(_ yaml: String) throws -> [Manifest] {
        try YAML.parse(Array(yaml.utf8), file: SourceFile("web.yaml")).map(Manifest.init)
    }

    private func plan(_ desired: [Manifest], live: [Manifest] = []) throws -> Plan {
        try planner.plan(
            target, desired: desired, live: { key in live.first { $0.key == key } },
            members: live.filter { $0.labels[Planner.applicationLabel] == target.label })
    }

    /// What a cluster would hold after a plan was carried out.
    private func applied(_ plan: Plan) throws -> [Manifest] {
        try plan.changes.compactMap(\.desired).map { desired in
            var live = try ServerSideApply.apply(
                desired, to: nil, manager: "belay", force: true,
                schema: Catalog.builtIn.find(word: desired.kind)?.schema ?? .any, now: "t")
            live.value[path: "metadata", "uid"] = .string("uid-\(desired.name)")
            return live
        }
    }

    private let deployment = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web, namespace: shop-dev}
        spec:
          replicas: 3
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec:
              containers:
                - name: web
                  image: shop-web:1
                  resources: {limits: {cpu: "1"}}
        """

    @Test func `what is not there is created, and then nothing is left to do`() throws {
        let desired = try manifests(deployment)
        let first = try plan(desired)
        #expect(first.changes.map(\.action) == [.create])
        #expect(first.changes.first?.desired?.labels[Planner.applicationLabel] == "shop.dev.web")
        let second = try plan(desired, live: applied(first))
        #expect(second.isEmpty)
        #expect(second.unchanged.map(\.short) == ["deployment/web"])
    }

    @Test func `a changed field is named with its line of git`() throws {
        let live = try applied(plan(manifests(deployment)))
        let next = try plan(manifests(deployment.replacing("shop-web:1", with: "shop-web:2")), live: live)
        let field = try #require(next.changes.first?.fields.first)
        #expect(next.changes.first?.fields.count == 1)
        #expect(field.path == "spec.template.spec.containers[name=web].image")
        #expect(field.old?.string == "shop-web:1")
        #expect(field.new?.string == "shop-web:2")
        #expect(field.origin.description.hasPrefix("web.yaml:12:"))
    }

    @Test func `fields that others set are no difference`() throws {
        let desired = try manifests(deployment)
        var live = try applied(plan(desired))
        live[0].value[path: "spec", "progressDeadlineSeconds"] = 600
        live[0].value[path: "metadata", "annotations", "hook"] = "x"
        live[0].value["status"] = ["replicas": 1]
        #expect(try plan(desired, live: live).isEmpty)
    }

    @Test func `a hand edit of a field of git's is a difference, its former owner too`() throws {
        let desired = try manifests(deployment)
        let before = try applied(plan(desired))[0]
        var edited = before
        edited.value[path: "spec", "replicas"] = 5
        let live = ServerSideApply.update(from: before, to: edited, manager: "hand", schema: .any, now: "t")
        let plan = try plan(desired, live: [live])
        #expect(plan.changes.first?.fields.map(\.path) == ["spec.replicas"])
    }

    @Test func `defaults within a field that is replaced whole are no difference`() throws {
        let yaml = deployment.replacing(
            "image: shop-web:1",
            with:
                "image: shop-web:1\n          env: [{name: E, valueFrom: {fieldRef: {fieldPath: metadata.namespace}}}]")
        var live = try applied(plan(manifests(yaml)))
        Defaults.apply(to: &live[0])
        #expect(try plan(manifests(yaml), live: live).isEmpty)
    }

    @Test func `a field that git gave up goes`() throws {
        let live = try applied(plan(manifests(deployment)))
        let next = try plan(manifests(deployment.replacing("  replicas: 3\n", with: "")), live: live)
        #expect(next.changes.first?.fields.map(\.path) == ["spec.replicas"])
        #expect(next.changes.first?.fields.first?.new?.int == 1, "what the server fills in")
    }

    @Test func `equal quantities are no difference`() throws {
        let live = try applied(plan(manifests(deployment)))
        #expect(try plan(manifests(deployment.replacing("cpu: \"1\"", with: "cpu: 1000m")), live: live).isEmpty)
    }

    @Test func `a field that cannot change in place means making the object again`() throws {
        let live = try applied(plan(manifests(deployment)))
        let next = try plan(
            manifests(deployment.replacing("matchLabels: {app: web}", with: "matchLabels: {app: shop}")), live: live)
        #expect(next.changes.map(\.action) == [.recreate])
    }

    @Test func `what left git is deleted, unless it says otherwise or a controller owns it`() throws {
        let maps = try manifests(
            """
            {apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: n}}
            ---
            {apiVersion: v1, kind: ConfigMap, metadata: {name: b, namespace: n, annotations: {belay/prune: disabled}}}
            ---
            {apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: n}}
            """)
        var live = try applied(plan(maps))
        live[2].value[path: "metadata", "ownerReferences"] = [
            ["apiVersion": "apps/v1", "kind": "Deployment", "name": "x", "uid": "u", "controller": true]
        ]
        let next = try plan([], live: live)
        #expect(next.changes.map { "\($0.action.rawValue) \($0.key.name)" } == ["delete a"])
    }

    @Test func `a secret's values are nowhere in a plan's fields or hash input that others could try`() throws {
        let secret =
            "{apiVersion: v1, kind: Secret, metadata: {name: s, namespace: n}, stringData: {password: granite}}"
        let first = try plan(manifests(secret))
        let live = try applied(first)
        #expect(live[0].value[path: "data", "password"]?.string == "Z3Jhbml0ZQ==")
        #expect(try plan(manifests(secret), live: live).isEmpty)
        let next = try plan(manifests(secret.replacing("granite", with: "basalt")), live: live)
        let field = try #require(next.changes.first?.fields.first)
        #expect(field.isSecret && field.old == nil && field.new == nil && field.kind == .changed)
        #expect(!PlanText(next).lines.map(\.text).joined().contains("YmFzYWx0"))
        let otherKey = Planner(fieldManager: "belay", key: [9], schemas: [:])
        let other = try otherKey.plan(target, desired: manifests(secret), live: { _ in nil }, members: [])
        #expect(other.hash != first.hash)
    }

    @Test func `equal plans have equal hashes, others do not`() throws {
        let desired = try manifests(deployment)
        #expect(try plan(desired).hash == plan(desired).hash)
        #expect(try plan(desired).hash != plan(manifests(deployment.replacing("web:1", with: "web:2"))).hash)
    }

    @Test func `waves come first, then what others stand on, then names`() throws {
        let desired = try manifests(
            """
            {apiVersion: apps/v1, kind: Deployment, metadata: {name: a, namespace: n}}
            ---
            {apiVersion: v1, kind: Service, metadata: {name: b, namespace: n}}
            ---
            {apiVersion: v1, kind: ConfigMap, metadata: {name: z, namespace: n}}
            ---
            {apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: n}}
            ---
            {apiVersion: batch/v1, kind: Job, metadata: {name: j, namespace: n, annotations: {belay/sync-wave: "-1"}}}
            """)
        #expect(try plan(desired).changes.map(\.key.name) == ["j", "c", "z", "b", "a"])
    }

    @Test func `a wave that is no number is refused with its line`() throws {
        let desired = try manifests(
            "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, annotations: {belay/sync-wave: soon}}}")
        let problem = #expect(throws: Problem.self) { try plan(desired) }
        #expect(problem?.origin.line == 1)
    }
}
