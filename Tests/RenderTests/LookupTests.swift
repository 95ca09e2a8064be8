import Document
import FileTree
import Manifest
import Render
import Synchronization
import Testing

/// Charts that look up what is live, before a cluster of the test's making.
@Suite struct LookupTests {
    /// Gives a text for each question, and counts them.
    private final class Answers: LiveObjects {
        let text = Mutex("one")
        let asked = Mutex<[LiveQuestion]>([])

        func answer(_ question: LiveQuestion) throws(Problem) -> Value? {
            asked.withLock { $0.append(question) }
            let text = text.withLock { $0 }
            guard text != "down" else { throw Problem("the cluster is away", hint: "wait") }
            return text.isEmpty ? nil : ["data": ["key": .string(text)]]
        }
    }

    private static func files(_ lines: String, application: String = "") -> [String: String] {
        [
            "belay.yaml": TestProject.text(
                "{name: prod, data: production, namespace: shop, apps: [{path: charts/plain}]}",
                "name: dev\n\(lines)\napps: [{path: charts/app\(application)}]"),
            "charts/plain/Chart.yaml": "{apiVersion: v2, name: plain, version: 1.0.0}",
            "charts/plain/templates/a.yaml": "{apiVersion: v1, kind: ConfigMap, metadata: {name: plain}}",
            "charts/app/Chart.yaml": "{apiVersion: v2, name: app, version: 1.0.0}",
            "charts/app/templates/a.yaml": """
            {{- $live := lookup "v1" "ConfigMap" .Release.Namespace "settings" }}
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: app}
            data: {found: "{{ $live.data | default dict | dig "key" "nothing" }}"}
            """,
        ]
    }

    private func found(_ files: [String: String], _ renderer: Renderer) throws -> String? {
        let rendering = try Shop.render("dev", files, with: renderer)
        return rendering.manifests.first?.value[path: "data", "found"]?.string
    }

    @Test(arguments: [
        ("lookup: true", "", "one"), ("lookup: false", "", "nothing"), ("namespace: x", "", "nothing"),
        ("lookup: true", ", lookup: false", "nothing"), ("namespace: x", ", lookup: true", "one"),
    ])
    func `only where the project lets them`(line: String, application: String, expected: String) throws {
        let answers = Answers()
        let renderer = Renderer(rootKey: [1], live: { _ in answers })
        #expect(try found(Self.files(line, application: application), renderer) == expected)
        #expect(try found(Self.files(line, application: application), Renderer(rootKey: [1])) == "nothing")
    }

    @Test func `other answers render anew, the same ones do not`() throws {
        let answers = Answers()
        let renderer = Renderer(rootKey: [1], live: { _ in answers })
        let files = Self.files("lookup: true")
        let first = try Shop.render("dev", files, with: renderer)
        #expect(first.questions.count == 1)
        #expect(try Shop.render("dev", files, with: renderer).digest == first.digest)
        answers.text.withLock { $0 = "two" }
        #expect(try found(files, renderer) == "two")
        answers.text.withLock { $0 = "" }
        #expect(try found(files, renderer) == "nothing")
        answers.text.withLock { $0 = "one" }
        #expect(try Shop.render("dev", files, with: renderer).digest == first.digest)
    }

    @Test func `a cluster that cannot answer is never an empty one`() throws {
        let answers = Answers()
        let renderer = Renderer(rootKey: [1], live: { _ in answers })
        let files = Self.files("lookup: true")
        #expect(try found(files, renderer) == "one")
        answers.text.withLock { $0 = "down" }
        let problem = #expect(throws: Problem.self) { try Shop.render("dev", files, with: renderer) }
        #expect(problem?.description.hasPrefix("charts/app/templates/a.yaml:1:14: <lookup") == true)
        #expect(problem?.description.contains("the cluster is away; wait") == true)
    }

    @Test(arguments: [
        ("namespace: shop-dev", "shop-dev", "namespace(\"shop-dev\")"),
        ("cluster: east", "default", "namespace(\"default\")"),
        ("namespace: shop", "shop", "clusterScoped"),
        ("{namespace: shop, cluster: east}", "shop", "namespace(\"shop\")"),
        ("{namespace: shop, data: production}", "shop", "everything"),
    ])
    func `a scrubbed environment reaches its own alone`(fields: String, namespace: String, reach: String) throws {
        let answers = Answers()
        let lines = fields.trimmingPrefix("{").replacing("}", with: "").replacing(", ", with: "\n")
        _ = try found(
            Self.files("\(lines)\nlookup: true"), Renderer(rootKey: [1], live: { _ in answers }))
        let asked = try #require(answers.asked.withLock { $0 }.first)
        #expect(asked.namespace == namespace && "\(asked.reach)" == reach)
    }
}
