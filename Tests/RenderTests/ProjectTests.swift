import Document
import FileTree
import Render
import Testing

@Suite struct ProjectTests {
    static let good = """
        apiVersion: belay/v1
        kind: Project
        metadata: {name: shop}
        spec:
          environments:
            - name: dev
              namespace: shop-dev
              apps: [{path: "apps/*/overlays/dev"}]
            - name: prod
              data: production
              cluster: east
              namespace: shop
              apps: [{path: "apps/*/overlays/prod"}, {path: extra/metrics}]
              sync: {automatic: false, prune: false}
              promote: {from: dev, via: pullRequest, gates: [{healthyFor: 1h30m}, {approvals: 2}, {verify: jobs/smoke.yaml}]}
        """

    func read(_ text: String, _ files: [String: String] = [:]) throws -> Project {
        try Project.read(from: MemoryTree(files.merging(["belay.yaml": text]) { $1 }))
    }

    @Test func `reads environments with their rules`() throws {
        let project = try read(Self.good)
        #expect(project.name == "shop")
        #expect(project.environments.map(\.name) == ["dev", "prod"])
        let dev = try project.environment("dev")
        #expect(dev.dataClass == .scrubbed)
        #expect(dev.cluster == Environment.localCluster)
        #expect(dev.sync == SyncPolicy(automatic: true, prune: true, selfHeal: true))
        #expect(dev.promotion == nil)
        let prod = try project.environment("prod")
        #expect(prod.dataClass == .production)
        #expect(prod.sync == SyncPolicy(automatic: false, prune: false, selfHeal: true))
        #expect(prod.promotion?.via == .pullRequest)
        let smoke = try #require(TreePath("jobs/smoke.yaml"))
        #expect(prod.promotion?.gates == [.healthyFor(.seconds(5400)), .approvals(2), .verify(smoke)])
    }

    @Test func `reads what is pinned of other repositories`() throws {
        let commit = String(repeating: "0a", count: 20)
        let pins = try read(Self.good + "\n  remotes: [{url: 'https://host.example/org/repo.git', commit: \(commit)}]")
            .remotes
        #expect(pins.map(\.address.repository) == ["https://host.example/org/repo"])
        #expect(pins.first?.address.url == "https://host.example/org/repo.git" && pins.first?.commit == commit)
    }

    @Test(arguments: [
        ("{url: 'https://host.example/org/repo', commit: main}", "not pinned"),
        ("{url: 'https://host.example/org/repo', commit: 0a0a0a0}", "not pinned"),
        ("{url: ../base, commit: 0a}", "no address"), ("{url: 'file:///etc/x', commit: 0a}", "no address"),
        ("{url: 'https://host.example/org/repo'}", "commit"),
        ("{url: 'https://host.example/org/repo', commit: 0a, branch: main}", "branch"),
    ])
    func `refuses what is not pinned`(pin: String, word: String) throws {
        let problem = #expect(throws: Problem.self) { try read(Self.good + "\n  remotes: [\(pin)]") }
        #expect(problem?.origin.line == 16 && problem?.message.contains(word) == true, "\(problem?.description ?? "")")
    }

    @Test func `finds applications by their pattern`() throws {
        let manifest = "kind: ConfigMap"
        let files = [
            "apps/web/overlays/dev/a.yaml": manifest, "apps/web/overlays/prod/a.yaml": manifest,
            "apps/api/overlays/prod/a.yaml": manifest, "apps/.hidden/overlays/prod/a.yaml": manifest,
            "extra/metrics/a.yaml": manifest, "apps/notes.txt": "",
        ]
        let project = try read(Self.good, files)
        let tree = MemoryTree(files)
        let dev = try project.applications(of: try project.environment("dev"), in: tree)
        #expect(dev.map(\.name) == ["web"])
        #expect(dev.first?.path.text == "apps/web/overlays/dev")
        let prod = try project.applications(of: try project.environment("prod"), in: tree)
        #expect(prod.map(\.name) == ["api", "metrics", "web"])
    }

    @Test func `refuses a pattern that matches nothing, and two applications of one name`() throws {
        let project = try read(Self.good)
        let dev = try project.environment("dev")
        let problem = #expect(throws: Problem.self) { try project.applications(of: dev, in: MemoryTree([:])) }
        #expect(problem?.origin.description == "belay.yaml:8:21")
        let twice = Self.good.replacing("extra/metrics", with: "other/web")
        let files = ["apps/web/overlays/prod/a.yaml": "", "other/web/a.yaml": ""]
        let clash = try read(twice, files)
        #expect(throws: Problem.self) {
            try clash.applications(of: try clash.environment("prod"), in: MemoryTree(files))
        }
    }

    @Test func `names the environments there are`() throws {
        let problem = #expect(throws: Problem.self) { try read(Self.good).environment("qa") }
        #expect(problem?.hint == "it has: dev, prod")
    }

    /// What is changed in the good file, and where the problem must point.
    @Test(arguments: [
        ("namespace: shop-dev", "namespce: shop-dev", "belay.yaml:7:7"),
        ("name: shop}", "name: shop, nme: x}", "belay.yaml:3:24"),
        ("data: production", "data: productive", "belay.yaml:10:13"),
        ("name: prod", "name: dev", "belay.yaml:9:13"),
        ("from: dev", "from: qa", "belay.yaml:15:23"),
        ("from: dev", "from: prod", "belay.yaml:15:23"),
        ("healthyFor: 1h30m", "healthyFor: soon", "belay.yaml:15:67"),
        ("approvals: 2", "approvals: 0", "belay.yaml:15:75"),
        ("apps/*/overlays/dev", "../apps", "belay.yaml:8:21"),
        ("namespace: shop-dev", "namespace: Shop_Dev", "belay.yaml:7:18"),
        ("belay/v1", "belay/v2", "belay.yaml:1:13"),
        ("kind: Project", "kind: Projects", "belay.yaml:2:7"),
        ("automatic: false", "automatic: 0", "belay.yaml:14:25"),
        ("cluster: east", "data: production", "belay.yaml:11:7"),
        ("      namespace: shop-dev", "\tnamespace: shop-dev", "belay.yaml:7:1"),
        ("path: extra/metrics", "path: extra/metrics, when: x", "belay.yaml:13:68"),
    ])
    func `refuses a broken file at the line`(good: String, bad: String, place: String) throws {
        let text = Self.good.replacing(good, with: bad)
        #expect(text != Self.good)
        let problem = #expect(throws: Problem.self) { try read(text) }
        #expect(problem?.origin.description == place, "\(problem?.description ?? "")")
    }

    @Test func `says what to do when there is no file`() {
        let problem = #expect(throws: Problem.self) { try Project.read(from: MemoryTree([:])) }
        #expect(problem?.message.contains("there is no belay.yaml") == true)
    }
}
