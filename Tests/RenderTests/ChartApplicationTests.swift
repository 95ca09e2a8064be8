import Crypto
import Document
import FileTree
import Manifest
import Render
import System
import TestSupport
import Testing

/// Applications of `belay.yaml` that are charts: of the repository, in an archive, or fetched.
@Suite struct ChartApplicationTests {
    /// Charts that were fetched, by digest.
    private struct Store: ChartStore {
        var archives: [Digest: [UInt8]] = [:]

        func archive(_ pin: ChartPin) throws(Problem) -> [UInt8] {
            guard let bytes = archives[pin.digest] else {
                throw Problem("the chart \(pin) has not been fetched", at: pin.origin)
            }
            return bytes
        }
    }

    private static let template = """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: {{ .Release.Name }}-settings}
        data:
          colour: {{ .Values.colour | quote }}
          size: {{ .Values.size | quote }}
        """

    private static let chart = [
        "Chart.yaml": "apiVersion: v2\nname: app\nversion: 1.2.3\n", "values.yaml": "colour: grey\nsize: 1\n",
        "templates/settings.yaml": template,
    ]

    /// The chart as `helm package` packs it.
    private static func archive(_ files: [String: String] = chart) throws -> [UInt8] {
        let place = try TemporaryFolder()
        for (name, text) in files {
            let path = "\(place.path)/app/\(name)"
            try Files.makeFolders(String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]))
            try Files.replace(path, with: Array(text.utf8))
        }
        try Program.run(["tar", "czf", "\(place.path)/app.tgz", "-C", place.path, "app"])
        return try Files.read("\(place.path)/app.tgz")
    }

    private func project(_ apps: String) -> String {
        TestProject.text("name: prod\ndata: production\nnamespace: shop\napps:") + apps + "\n"
    }

    private func render(
        _ apps: String, _ files: [String: String], _ contents: [String: [UInt8]] = [:], store: Store = Store()
    ) throws -> [Rendering] {
        var all = contents.merging(files.mapValues { Array($0.utf8) }) { $1 }
        all["belay.yaml"] = Array(project(apps).utf8)
        return try TestProject.render(
            "prod", from: MemoryTree(contents: all), with: Renderer(rootKey: [1], charts: store))
    }

    private func data(_ renderings: [Rendering]) -> [String] {
        renderings.flatMap(\.manifests).map { manifest in
            let data = manifest.value["data"]
            return "\(manifest.name) \(data?["colour"]?.string ?? "") \(data?["size"]?.string ?? "")"
        }
    }

    private var folder: [String: String] {
        Dictionary(uniqueKeysWithValues: Self.chart.map { ("charts/app/\($0.key)", $0.value) })
    }

    private static let values = """
              - path: PATH
                name: web
                release: shop
                valuesFiles: [values/all.yaml, values/prod.yaml]
                values: {size: 4}
        """

    private let valuesFiles = ["values/all.yaml": "colour: red\nsize: 2\n", "values/prod.yaml": "size: 3\n"]

    @Test func `values of files and of the environment lie over the chart's`() throws {
        let files = folder.merging(valuesFiles) { $1 }
        let made = try render(Self.values.replacing("PATH", with: "charts/app"), files)
        #expect(data(made) == ["shop-settings red 4"])
        #expect(made.first?.application == "web")
        let read = made.first?.readSet.files.map(\.text) ?? []
        #expect(read.contains("values/prod.yaml") && read.contains("charts/app/templates/settings.yaml"))
        #expect(data(try render("      - path: charts/app", folder)) == ["app-settings grey 1"])
    }

    @Test func `an archive of the repository is a chart`() throws {
        let made = try render(
            Self.values.replacing("PATH", with: "charts/app-1.2.3.tgz"), valuesFiles,
            ["charts/app-1.2.3.tgz": try Self.archive()])
        #expect(data(made) == ["shop-settings red 4"])
        let origin = made.first?.manifests.first?.value.origin.description ?? ""
        #expect(origin.contains("app-1.2.3.tgz/app/templates/settings.yaml"), "\(origin)")
    }

    private func fetched(_ digest: String, _ more: String = "") -> String {
        """
              - name: web
                chart: {repository: "oci://registry.example.org/charts/", name: app, version: 1.2.3, digest: "\(digest)"}
                values: {colour: blue}
        \(more)
        """
    }

    @Test func `a chart that was fetched is rendered, and one that was not says so at its line`() throws {
        let bytes = try Self.archive()
        let entry = fetched(Digest.sha256(bytes).description)
        let store = Store(archives: [.sha256(bytes): bytes])
        #expect(data(try render(entry, [:], store: store)) == ["web-settings blue 1"])
        let problem = #expect(throws: Problem.self) { try render(entry, [:]) }
        #expect(problem?.message.contains("app 1.2.3 of oci://registry.example.org/charts has not") == true)
        #expect(problem?.origin.description.hasPrefix("belay.yaml:11:") == true)
    }

    @Test func `an archive with another digest is never rendered`() throws {
        let other = Digest.sha256("other")
        let store = Store(archives: [other: try Self.archive()])
        let problem = #expect(throws: Problem.self) { try render(fetched(other.description), [:], store: store) }
        #expect(problem?.message.contains("and should be \(other)") == true)
    }

    @Test func `changed values or another version are another rendering`() throws {
        let tree = MemoryTree(
            folder.merging(["belay.yaml": project("      - {path: charts/app, values: {size: 1}}")]) { $1 })
        let next = MemoryTree(
            folder.merging(["belay.yaml": project("      - {path: charts/app, values: {size: 2}}")]) { $1 })
        let renderer = Renderer(rootKey: [1])
        var seen: [String] = []
        for tree in [tree, next, tree] {
            seen += data(try TestProject.render("prod", from: tree, with: renderer))
        }
        #expect(seen == ["app-settings grey 1", "app-settings grey 2", "app-settings grey 1"])
    }

    @Test func `dependencies that Chart.lock names come from the store`() throws {
        let inner = try Self.archive()
        let digest = Digest.sha256(inner)
        var files: [String: String] = [:]
        files["charts/app/Chart.yaml"] = """
            apiVersion: v2
            name: outer
            version: 1.0.0
            dependencies: [{name: app, version: ^1.2.0, repository: "https://charts.example.org"}]
            """
        let lock = "dependencies: [{name: app, version: 1.2.3, repository: \"https://charts.example.org\"}]\n"
        let plain = "      - {path: charts/app, name: web}"
        let missing = #expect(throws: Problem.self) { try render(plain, files) }
        #expect(missing?.message.contains("app") == true && missing?.hint.contains("charts/") == true)
        let entry = "      - {path: charts/app, name: web, dependencies: {app: \"\(digest)\"}}"
        let unlocked = #expect(throws: Problem.self) { try render(entry, files) }
        #expect(unlocked?.message.contains("has no Chart.lock") == true)
        files["charts/app/Chart.lock"] = lock
        let made = try render(entry, files, store: Store(archives: [digest: inner]))
        #expect(data(made) == ["web-settings grey 1"])
        files["charts/app/Chart.lock"] = "dependencies: []\n"
        #expect(throws: Problem.self) { try render(entry, files, store: Store(archives: [digest: inner])) }
    }

    private static let mistakes: [(entry: String, message: String, hint: String)] = [
        (
            "- name: web\n          chart: {repository: oci://r/c, name: app, version: 1.2.3}", "has no digest",
            "belay chart pin"
        ),
        (
            "- name: web\n          chart: {repository: oci://r/c, name: app, digest: \"sha256:00\"}",
            "needs the field \"version\"", ""
        ),
        (
            "- name: web\n          chart: {repository: oci://r/c, name: app, version: 1.2.3, digest: \"sha256:00\"}",
            "no digest of an archive", "sha256:"
        ),
        (
            "- name: web\n          chart: {repository: ftp://r/c, name: app, version: 1.2.3, digest: x}",
            "no chart repository", "oci://"
        ),
        (
            "- name: web\n          chart: {repository: \"https://ada:pw@r/c\", name: app, version: 1.2.3, digest: x}",
            "must hold no password", "credentials"
        ),
        (
            "- name: web\n          chart: {repository: oci://r/c, name: a/b, version: 1.2.3, digest: \"DIGEST\"}",
            "no name of a chart", ""
        ),
        (
            "- name: web\n          chart: {repository: oci://r/c, name: app, version: ^1.2, digest: \"DIGEST\"}",
            "no version of a chart", "belay chart pin"
        ),
        ("- chart: {repository: oci://r/c, name: app, version: 1.2.3, digest: \"DIGEST\"}", "needs a name", ""),
        ("- {path: charts/app, values: [1]}", "must be a mapping", ""),
        ("- {path: charts/app, valuesFiles: [../../x.yaml]}", "outside its root", ""),
        ("- {path: charts/app, valuesFiles: [gone.yaml]}", "gone.yaml does not exist", ""),
        ("- {path: plain, values: {a: 1}}", "is no chart", "Chart.yaml"),
        ("- {path: charts/app, valueFiles: [a]}", "has no field \"valueFiles\"", "valuesFiles"),
        ("- {path: charts/none.tgz}", "no folder matches", ""),
        ("- {path: broken.tgz, name: web}", "cannot be read", ""),
    ]

    @Test(arguments: mistakes)
    func `mistakes are told at their line`(entry: String, message: String, hint: String) throws {
        let entry = "        " + entry.replacing("DIGEST", with: Digest.sha256("x").description)
        let files = folder.merging(["plain/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"]) { $1 }
        let problem = #expect(throws: Problem.self) { try render(entry, files, ["broken.tgz": [1, 2, 3]]) }
        #expect(problem?.message.contains(message) == true, "\(problem?.message ?? "")")
        #expect(problem?.hint.contains(hint) == true || hint.isEmpty, "\(problem?.hint ?? "")")
        #expect(problem?.origin.isKnown == true)
    }
}
