import Document
import FileTree
import Kustomize
import TestSupport
import Testing

/// A build that is followed comes to what a build of the changed files comes to, or is not followed.
@Suite struct TrailTests {
    private typealias Traced = (objects: [Value], trail: Kustomize.Trail?)

    private func trace(_ test: OverlayCase, _ memory: ParsedFiles) -> Traced? {
        try? Kustomize.trace(TreePath(test.entry) ?? .root, in: MemoryTree(test.files), memory: memory)
    }

    /// What a build becomes when some files have changed; nil where it must be built again.
    private func follow(
        _ traced: Traced, to files: [String: String], _ changed: [String], _ memory: ParsedFiles
    ) -> Traced? {
        guard var trail = traced.trail,
            let made = trail.follow(changed.compactMap { TreePath($0) }, in: MemoryTree(files), memory: memory)
        else { return nil }
        var objects = traced.objects
        for (position, object) in made { objects[position] = object }
        return (objects, trail)
    }

    /// Edits of any file, one of which changes nearly every one.
    private static let edits = [
        ("web", "shop"), ("1.25", "1.26"), ("2", "3"), ("a", "ab"), ("name: ", "name:  "), ("\n", "\n\n"),
        ("metadata: {", "metadata: {annotations: {config.kubernetes.io/local-config: \"true\"}, "),
    ]

    @Test(arguments: OverlayCase.every.indices)
    func `comes to what a build anew comes to`(index: Int) throws {
        let test = OverlayCase.every[index]
        let memory = ParsedFiles()
        guard let traced = trace(test, memory) else { return }
        for path in test.files.keys.sorted() {
            for edit in Self.edits {
                var changed = test
                changed.files[path] = test.files[path]?.replacing(edit.0, with: edit.1)
                guard changed.files[path] != test.files[path],
                    let followed = follow(traced, to: changed.files, [path], memory)
                else { continue }
                let anew = try #require(trace(changed, ParsedFiles()), "\(test.name): \(edit) in \(path)")
                expectSame(followed, anew, "\(test.name): \(edit) in \(path)")
                let back = try #require(follow(followed, to: test.files, [path], memory))
                expectSame(back, traced, "\(test.name): \(edit) in \(path) and back")
            }
        }
    }

    private func expectSame(_ followed: Traced, _ anew: Traced, _ what: String) {
        let isSame =
            followed.objects.count == anew.objects.count
            && zip(followed.objects, anew.objects).allSatisfy { $0.isIdentical(to: $1) }
        #expect(isSame, "\(what)\n\(text(followed))\nshould be\n\(text(anew))")
    }

    private func text(_ traced: Traced) -> String { String(decoding: YAML.emit(traced.objects), as: UTF8.self) }

    private static let layers = OverlayCase(
        name: "layers",
        files: [
            "overlay/kustomization.yaml": """
            resources: [../base, own.yaml]
            components: [../extra]
            namespace: measured
            nameSuffix: -blue
            images: [{name: nginx, newTag: "2"}]
            buildMetadata: [originAnnotations, managedByLabel]
            configMapGenerator: [{name: made, files: [notes.txt]}]
            """,
            "overlay/own.yaml": "{apiVersion: v1, kind: ConfigMap, metadata: {name: own}, data: {a: b}}\n",
            "overlay/notes.txt": "noted\n",
            "base/kustomization.yaml": "resources: [web.yaml, shared.yaml]\nnamePrefix: big-\n",
            "base/web.yaml": """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web}
            spec:
              template:
                spec:
                  containers: [{name: web, image: nginx:1, envFrom: [{configMapRef: {name: shared}}]}]
            """,
            "base/shared.yaml": "{apiVersion: v1, kind: ConfigMap, metadata: {name: shared}, data: {a: b}}\n",
            "extra/kustomization.yaml":
                "kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\nresources: [more.yaml]\ncommonLabels: {team: delta}\n",
            "extra/more.yaml": """
            {apiVersion: v1, kind: ConfigMap, metadata: {name: first}, data: {a: b}}
            ---
            {apiVersion: v1, kind: ConfigMap, metadata: {name: second}, data: {a: b}}
            """,
        ])

    /// Changes that can be followed, and what stays in the way of others.
    @Test(arguments: [
        ("overlay/own.yaml", "a: b", "a: c", true), ("base/web.yaml", "nginx:1", "apache:1", true),
        ("base/web.yaml", "name: shared", "name: other", true), ("base/web.yaml", "web, image", "site, image", true),
        ("base/shared.yaml", "a: b", "a: c, d: e", true), ("extra/more.yaml", "a: b", "a: c", true),
        // Who refers to it has its old place.
        ("base/shared.yaml", "{apiVersion", "# moved\n{apiVersion", false),
        ("base/shared.yaml", "name: shared", "name: other", false), ("base/web.yaml", "apps/v1", "apps/v2", false),
        ("extra/more.yaml", "---\n", "---\n{apiVersion: v1, kind: Secret, metadata: {name: more}}\n---\n", false),
        ("extra/more.yaml", "second", "first", false), ("overlay/own.yaml", "data:", "data", false),
        ("overlay/notes.txt", "noted", "changed", false),
        ("overlay/kustomization.yaml", "measured", "elsewhere", false),
        (
            "overlay/own.yaml", "name: own",
            "name: own, annotations: {config.kubernetes.io/local-config: \"true\"}", false
        ),
    ])
    func `follows what changes nothing but its own object`(change: (String, String, String, Bool)) throws {
        let (path, old, new, isFollowed) = change
        let memory = ParsedFiles()
        let traced = try #require(trace(Self.layers, memory))
        #expect(traced.trail != nil)
        var changed = Self.layers
        changed.files[path] = try #require(changed.files[path]).replacing(old, with: new)
        let followed = follow(traced, to: changed.files, [path], memory)
        #expect((followed != nil) == isFollowed)
        guard let followed else { return }
        let anew = try #require(trace(changed, ParsedFiles()))
        expectSame(followed, anew, path)
        #expect(text(followed) != text(traced))
    }

    @Test func `follows several files at once, and one after another`() throws {
        let memory = ParsedFiles()
        var traced = try #require(trace(Self.layers, memory))
        var changed = Self.layers
        for round in 0..<3 {
            let paths = ["overlay/own.yaml", "base/web.yaml", "extra/more.yaml"].suffix(3 - round)
            for path in paths {
                changed.files[path]?.replace("a: b", with: "a: b\(round)")
                changed.files[path]?.replace("nginx:1", with: "nginx:1\(round)")
            }
            traced = try #require(follow(traced, to: changed.files, Array(paths), memory))
            expectSame(traced, try #require(trace(changed, ParsedFiles())), "round \(round)")
        }
    }

    /// What makes one object depend on another leaves no trail.
    @Test(arguments: [
        "patches: [{target: {kind: ConfigMap}, patch: '[{op: add, path: /data/b, value: c}]'}]",
        "patchesStrategicMerge: ['{apiVersion: v1, kind: ConfigMap, metadata: {name: own}, data: {a: c}}']",
        "replacements: [{source: {kind: ConfigMap, name: own, fieldPath: data.a}, targets: [{select: {kind: Deployment}, fieldPaths: [spec.paused], options: {create: true}}]}]",
        "vars: [{name: A, objref: {apiVersion: v1, kind: ConfigMap, name: own}, fieldref: {fieldpath: data.a}}]",
        "replicas: [{name: web, count: 3}]", "buildMetadata: [transformerAnnotations]",
    ])
    func `gives up where objects depend on one another`(fields: String) throws {
        var test = Self.layers
        test.files["overlay/kustomization.yaml"] = "resources: [../base, own.yaml]\n\(fields)\n"
        let traced = try #require(trace(test, ParsedFiles()))
        #expect(traced.trail == nil)
    }

    @Test func `a file that is more than its objects is not followed`() throws {
        var test = Self.layers
        test.files["overlay/kustomization.yaml"]?.replace("notes.txt", with: "own.yaml")
        let memory = ParsedFiles()
        let traced = try #require(trace(test, memory))
        var changed = test.files
        changed["overlay/own.yaml"]?.replace("a: b", with: "a: c")
        #expect(follow(traced, to: changed, ["overlay/own.yaml"], memory) == nil)
    }
}
