import Document
import FileTree
import Helm
import Render
import Testing

/// What `helm lint` says of a chart, said here by rules with names.
@Suite struct ChartLintTests {
    private static let good = [
        "charts/web/Chart.yaml": """
        apiVersion: v2
        name: web
        version: 1.0.0
        icon: https://example.org/web.svg
        """,
        "charts/web/values.yaml": "tag: \"1\"\n", "charts/web/templates/NOTES.txt": "Hello {{ .Values.tag }}",
        "charts/web/templates/a.yaml": "{apiVersion: v1, kind: ConfigMap, metadata: {name: web}}",
    ]

    private func rules(
        _ changes: [String: String], _ options: Lint.Options = Lint.Options(), at folder: String = "charts/web"
    ) throws -> [String] {
        let files = Self.good.merging(changes) { $1 }.filter { $0.value != "-" }
        let path = try #require(TreePath(folder))
        return try Lint(MemoryTree(files), options: options).findings(in: path, scope: .root).map(\.rule.name)
    }

    @Test func `a whole chart has nothing to be told of`() throws {
        #expect(try rules([:]).isEmpty)
    }

    /// A file, what it holds (`-` for none), and the rules that find something.
    @Test(arguments: [
        ("Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n", ["chart-icon"]),
        ("Chart.yaml", "apiVersion: v2\nname: api\nversion: 1.0.0\nicon: https://x/y\n", ["chart-folder"]),
        (
            "Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0\nicon: https://x/y\ndeprecated: true\n",
            ["chart-deprecated"]
        ),
        ("Chart.yaml", "apiVersion: v2\nname: web\nversion: one\nicon: https://x/y\n", ["chart-metadata"]),
        ("Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\nicon: a b\n", ["chart-metadata"]),
        (
            "Chart.yaml", "apiVersion: v1\nname: web\nversion: 1.0.0\nicon: https://x/y\ntype: application\n",
            ["chart-metadata"]
        ),
        (
            "Chart.yaml",
            "apiVersion: v2\nname: web\nversion: 1.0.0\nicon: https://x/y\nmaintainers: [{email: a@b}, {name: b, email: c}]\n",
            ["chart-metadata", "chart-metadata"]
        ),
        ("templates/a.json", "{{/* empty */}}", ["chart-template-file"]),
        ("templates/b.yaml", "a: [", ["render"]),
        (
            "templates/b.yaml", "{apiVersion: policy/v1beta1, kind: PodSecurityPolicy, metadata: {name: x}}",
            ["removed-api"]
        ),
        ("templates/b.yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: \"A_b\"}}", ["invalid-manifest"]),
        ("templates/b.yaml", "{{ required \"tell\" .Values.missing }}\n", ["needs-values", "undefined-value"]),
    ])
    func `each fault has its rule`(file: String, text: String, expected: [String]) throws {
        #expect(try rules(["charts/web/\(file)": text]) == expected)
    }

    @Test func `a chart without values says so`() throws {
        let files = ["charts/web/values.yaml": "-", "charts/web/templates/NOTES.txt": "Hello"]
        #expect(try rules(files) == ["chart-values"])
    }

    @Test func `values that are given count, and a schema holds them`() throws {
        let files = [
            "charts/web/templates/b.yaml":
                "{apiVersion: v1, kind: ConfigMap, metadata: {name: b}, data: {t: {{ required \"a tag\" .Values.tag | quote }}}}",
            "charts/web/values.yaml": "tag: \"\"\n",
            "charts/web/values.schema.json": "{\"properties\": {\"tag\": {\"type\": \"string\"}}}",
        ]
        #expect(try rules(files) == ["needs-values"])
        var options = Lint.Options()
        options.values = GivenValues([.line("tag=x", .set)])
        #expect(try rules(files, options).isEmpty)
        options.values = GivenValues([.line("tag=2", .set)])
        #expect(try rules(files, options) == ["render"])
        options.skipsSchema = true
        #expect(try rules(files, options).isEmpty)
    }

    @Test func `behind a value that is missing APIs that are gone are found`() throws {
        let files = [
            "charts/web/templates/b.yaml":
                "{{ fail \"no\" }}\n{apiVersion: policy/v1beta1, kind: PodSecurityPolicy, metadata: {name: \"\"}}"
        ]
        #expect(try rules(files) == ["needs-values", "removed-api"])
    }

    @Test func `charts within are looked at when asked for`() throws {
        let files = [
            "charts/web/charts/db/Chart.yaml": "apiVersion: v2\nname: db\nversion: 1.0.0\n",
            "charts/web/charts/db/values.yaml": "{}", "charts/web/charts/db/templates/NOTES.txt": "",
        ]
        #expect(try rules(files).isEmpty)
        var options = Lint.Options()
        options.includesSubcharts = true
        #expect(try rules(files, options) == ["chart-icon"])
    }
}
