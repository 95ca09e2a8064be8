import Document
import FileTree
import Promotion
import Testing

/// What a promotion changes of applications that are charts.
@Suite struct ChartPromotionTests {
    private static func digest(_ letter: Character) -> String { "sha256:" + String(repeating: letter, count: 64) }

    /// A pinned chart, and one of the repository with files of values and values in its entry.
    private static func project(devVersion: String = "17.4.0", devDigest: Character = "b") -> String {
        """
        apiVersion: belay/v1
        kind: Project
        metadata: {name: shop}
        spec:
          environments:
            - name: dev
              apps:
                - name: cache
                  chart: {repository: "https://charts.example", name: redis, version: \(devVersion), digest: "\(digest(devDigest))"}
                - {path: charts/web, name: web, valuesFiles: [values/web.yaml, values/web.dev.yaml], values: {image: {tag: "2"}}}
            - name: qa
              # What qa runs.
              apps:
                - name: cache
                  chart:
                    repository: https://charts.example
                    name: redis
                    version: "17.3.1"   # moved on by promotions
                    digest: \(digest("a"))
                - path: charts/web
                  name: web
                  valuesFiles: [values/web.yaml, values/web.qa.yaml]
                  values: {image: {tag: '1'}, replicas: 2}
              promote: {from: dev}

        """
    }

    private static let files = [
        "charts/web/Chart.yaml": "{apiVersion: v2, name: web, version: 1.0.0}",
        "values/web.yaml": "proxy: {image: {repository: proxy, tag: a}}\nlogImage: {digest: x}\nfeature: {tag: no}\n",
        "values/web.dev.yaml": "worker:\n  image: {repository: w, tag: 5}\nlogImage: {digest: y}\n",
        "values/web.qa.yaml": "worker:\n  image:\n    repository: qa/w   # ours\n    tag: 4\n",
    ]

    private func plan(_ changes: [String: String] = [:], project: String = project()) throws -> PromotionPlan {
        let files = Self.files.merging(["belay.yaml": project]) { $1 }.merging(changes) { $1 }
        let tree = MemoryTree(files)
        return try PromotionPlan.make(from: "dev", to: "qa", source: tree, target: tree)
    }

    @Test func `a pinned chart gets the version and the digest that were tried, and nothing else changes`() throws {
        let plan = try plan(project: Self.project().replacing("tag: \"2\"", with: "tag: '1'"))
        let path = try #require(TreePath("belay.yaml"))
        let text = String(decoding: try #require(plan.files[path]), as: UTF8.self)
        let expected = Self.project().replacing("tag: \"2\"", with: "tag: '1'")
            .replacing("\"17.3.1\"   #", with: "\"17.4.0\"   #")
            .replacing("digest: \(Self.digest("a"))", with: "digest: \(Self.digest("b"))")
        #expect(text == expected)
        #expect(plan.chartMoves.first?.description == "cache: redis 17.3.1 → 17.4.0")
    }

    @Test func `tags are changed where the target has them for itself`() throws {
        let plan = try plan()
        let project = String(decoding: plan.files[TreePath.root.appending("belay.yaml")] ?? [], as: UTF8.self)
        #expect(project.contains("values: {image: {tag: '2'}, replicas: 2}"))
        let own = try #require(TreePath("values/web.qa.yaml"))
        #expect(
            String(decoding: plan.files[own] ?? [], as: UTF8.self)
                == "worker:\n  image:\n    repository: qa/w   # ours\n    tag: 5\n")
        #expect(plan.files.count == 2)
        #expect(plan.chartMoves.map(\.subject) == ["redis", "worker.image.tag", "image.tag"])
        #expect(plan.leftOut["web"]?.contains("logImage.digest stands in values/web.yaml, which dev/web reads") == true)
    }

    @Test(arguments: [
        ("tag: '1'}, replicas", "digest: 'sha256:1', tag: '1'}, replicas", "names a digest for image.tag"),
        ("values: {image: {tag: '1'}, replicas: 2}", "values: {replicas: 2}", "qa sets no image.tag of its own"),
        ("name: redis\n", "name: valkey\n", "it is another chart in qa"),
        ("- path: charts/web\n          name: web", "- path: charts/w*", "stands in an entry of belay.yaml"),
    ])
    func `what is not safe is left out, with the reason`(old: String, new: String, reason: String) throws {
        let changed = Self.project().replacing(old, with: new)
        #expect(changed != Self.project())
        let plan = try plan(project: changed)
        #expect(plan.leftOut.values.contains { $0.contains(reason) }, "\(plan.leftOut)")
    }

    @Test func `environments that are alike have nothing to promote`() throws {
        let project = Self.project(devVersion: "17.3.1", devDigest: "a").replacing("tag: \"2\"", with: "tag: '1'")
        let alike = ["values/web.dev.yaml": "worker:\n  image: {repository: w, tag: 4}\n"]
        #expect(try plan(alike, project: project).isEmpty)
    }
}
