import Document
import FileTree
import Kustomize
import Testing

/// Overlays that grow or nest without end: each gets one error, at what asks for it.
@Suite struct HostileOverlayTests {
    private static let object = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: b-c}\n"

    private func refusal(_ kustomization: String, _ files: [String: String]) -> Problem? {
        let all = files.merging(["kustomization.yaml": kustomization]) { $1 }
        var options = Kustomize.Options()
        options.growth = 1 << 20
        return #expect(throws: Problem.self) {
            // Written out too: what is only shared takes no room before that.
            YAML.emit(try Kustomize.build(.root, in: MemoryTree(all), options: options))
        }
    }

    private static let path = (0..<1000).map { "x\($0)" }

    /// Name, kustomization and a part of the message.
    static let overlays: [(String, String, String)] = [
        (
            "a JSON patch that copies a field into itself",
            "patches:\n- target: {kind: ConfigMap}\n  patch: |-\n"
                + (0..<60).map { "    - {op: copy, from: /data, path: /data/x\($0)}\n" }.joined(), "grow"
        ),
        (
            "replacements that put a field into itself",
            "replacements:\n"
                + (0..<60).map {
                    "- source: {kind: ConfigMap, fieldPath: data}\n  targets: [{select: {kind: ConfigMap}, fieldPaths: [data.x\($0)], options: {create: true}}]\n"
                }.joined(), "grow"
        ),
        (
            "replacements that double a text",
            "replacements:\n"
                + (0..<60).map { _ in
                    "- source: {kind: ConfigMap, fieldPath: data.a}\n  targets: [{select: {kind: ConfigMap}, fieldPaths: [data.a], options: {delimiter: '-', index: -1}}]\n"
                }.joined(), "grow"
        ),
        (
            "replacements that nest a field ever deeper",
            "replacements:\n"
                + (0..<60).map { _ in
                    "- source: {kind: ConfigMap, fieldPath: data}\n  targets: [{select: {kind: ConfigMap}, fieldPaths: [\"data.\(path.prefix(50).joined(separator: "."))\"], options: {create: true}}]\n"
                }.joined(), "deep"
        ),
        (
            "a path of many parts in a replacement",
            "replacements: [{source: {kind: ConfigMap, fieldPath: data.a}, targets: [{select: {kind: ConfigMap}, fieldPaths: [\(path.joined(separator: "."))], options: {create: true}}]}]",
            "200 parts"
        ),
        (
            "a path of many parts in labels",
            "labels: [{pairs: {a: b}, fields: [{path: \(path.joined(separator: "/")), create: true}]}]", "200 parts"
        ),
        (
            "a JSON patch that goes deeper with each step",
            "patches: [{target: {kind: ConfigMap}, patch: \"["
                + (1..<1000).map { "{op: add, path: /\(path.prefix($0).joined(separator: "/")), value: {}}" }
                .joined(separator: ",") + "]\"}]", "deep"
        ),
        ("a long prefix", "namePrefix: \(String(repeating: "x", count: 10_000))", "grow"),
        ("a long label", "commonLabels: {a: \(String(repeating: "x", count: 10_000))}", "grow"),
    ]

    @Test(arguments: overlays)
    func `an overlay that grows without end stops, and says where`(
        name: String, kustomization: String, says: String
    ) throws {
        let copies = (0..<150).map { "---\n" + Self.object.replacing("name: a", with: "name: a\($0)") }.joined()
        let objects = name.hasPrefix("a long") ? copies : Self.object
        let problem = try #require(refusal("resources: [a.yaml]\n" + kustomization, ["a.yaml": objects]))
        #expect(problem.message.contains(says), "\(problem)")
        #expect(problem.origin.line > 0, "\(problem)")
    }

    @Test func `a long text behind a number stays readable`() throws {
        let files = [
            "kustomization.yaml": "resources: [a.yaml]\nnamePrefix: \"kept\\n\\n\"\nnameSuffix: \"-end: x\"\n",
            "a.yaml": "apiVersion: v1\nkind: A\nmetadata: {name: 0o17}\n",
        ]
        let written = YAML.emit(try Kustomize.build(.root, in: MemoryTree(files)))
        let again = try YAML.parseOne(written, file: SourceFile("output"))
        #expect(again[path: "metadata", "name"]?.string == "kept\n\n0o17-end: x")
    }

    @Test func `an env file with very many keys is read in one go`() throws {
        let files = [
            "kustomization.yaml": "configMapGenerator: [{name: a, envs: [e]}]",
            "e": (0..<20_000).map { "key\($0)=value\n" }.joined(),
        ]
        let objects = try Kustomize.build(.root, in: MemoryTree(files))
        #expect(objects.first?["data"]?.fields?.count == 20_000)
    }
}
