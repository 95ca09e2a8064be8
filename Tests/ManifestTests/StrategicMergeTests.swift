import Document
import Manifest
import Testing

@Suite struct StrategicMergeTests {
    private func schema(_ apiVersion: String = "v1", _ kind: String = "Pod") throws -> Schema {
        let kind = GroupVersionKind(apiVersion: apiVersion, kind: kind)
        return try #require(Catalog.builtIn.description(of: kind)?.schema)
    }

    private static let base = """
        metadata: {finalizers: [f], labels: {a: '1', b: '2'}}
        spec:
          containers:
          - {name: a, image: 'i:1', env: [{name: X, value: '1'}, {name: Y, value: '2'}], args: [x]}
          - {name: b, image: 'i:2'}
          volumes: [{name: v, emptyDir: {}}]
        """

    @Test(arguments: [
        ("{spec: {containers: [{name: b, image: 'i:3'}]}}", "spec.containers", "[{name: a}, {name: b, image: 'i:3'}]"),
        ("{spec: {containers: [{name: c}]}}", "spec.containers", "[{name: a}, {name: b, image: 'i:2'}, {name: c}]"),
        ("{spec: {containers: [{name: a, $patch: delete}]}}", "spec.containers", "[{name: b, image: 'i:2'}]"),
        ("{spec: {containers: [{name: z}, {$patch: replace}]}}", "spec.containers", "[{name: z}]"),
        (
            "{spec: {volumes: [{name: v, $retainKeys: [name, hostPath], hostPath: {path: /}}]}}", "spec.volumes",
            "[{name: v, hostPath: {path: /}}]"
        ),
        ("{metadata: {labels: {a: null, c: '3'}}}", "metadata.labels", "{b: '2', c: '3'}"),
        ("{metadata: {labels: {$patch: replace, z: '1'}}}", "metadata.labels", "{z: '1'}"),
        ("{metadata: {finalizers: [g, f]}}", "metadata.finalizers", "[f, g]"),
        ("{metadata: {$deleteFromPrimitiveList/finalizers: [f]}}", "metadata.finalizers", "[]"),
        (
            "{spec: {$setElementOrder/containers: [{name: b}, {name: a}]}}", "spec.containers",
            "[{name: b, image: 'i:2'}, {name: a}]"
        ),
        (
            "{spec: {$setElementOrder/containers: [{name: c}, {name: a}, {name: b}], containers: [{name: c}]}}",
            "spec.containers", "[{name: c}, {name: a}, {name: b, image: 'i:2'}]"
        ),
    ])
    func `merges as the API server does`(patch: String, path: String, expected: String) throws {
        let result = try StrategicMergePatch.apply(try yaml(patch), to: try yaml(Self.base), schema: try schema())
        var found = try #require(result[path: path.split(separator: ".").map(String.init)])
        if var items = found.items, path == "spec.containers" {
            for index in items.indices where items[index]["name"] == "a" {
                items[index]["image"] = nil
                items[index]["env"] = nil
                items[index]["args"] = nil
            }
            found = .sequence(items)
        }
        #expect(found == (try yaml(expected)))
    }

    @Test(arguments: [
        "{spec: {containers: [{image: x}]}}", "{metadata: {$patch: nonsense}}", "{spec: {$retainKeys: x}}",
        "{metadata: {$deleteFromPrimitiveList/finalizers: x}}",
    ])
    func `refuses malformed patches with their place`(patch: String) throws {
        let problem = #expect(throws: Problem.self) {
            try StrategicMergePatch.apply(try yaml(patch), to: try yaml(Self.base), schema: try schema())
        }
        #expect(problem?.origin.line == 1)
    }

    @Test func `merges an overlay with its items first, and drops empty fields`() throws {
        let base = try yaml(Self.base + "\nstatus:\n", "base.yaml")
        let patch = try yaml(
            """
            spec:
              containers:
              - name: b
                image: i:9
              - name: c
              nodeName: ~
            """, "patch.yaml")
        let result = try #require(try OverlayMerge.apply(patch, to: base, schema: try schema()))
        let containers = try #require(result[path: "spec", "containers"]?.items)
        #expect(containers.map { $0["name"]?.string } == ["b", "c", "a"])
        #expect(containers[0]["image"]?.origin.description == "patch.yaml:4:12")
        #expect(containers[0]["image"]?.trivia?.replaced.map(\.description) == ["base.yaml:5:22"])
        #expect(result[path: "spec", "nodeName"] == nil)
        #expect(result["status"] == nil)
    }

    @Test func `tells ports apart by protocol where it is given`() throws {
        let base = try yaml("spec: {ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP, name: t}]}")
        let patch = try yaml("spec: {ports: [{port: 53, protocol: TCP, name: new}]}")
        let result = try OverlayMerge.apply(patch, to: base, schema: try schema("v1", "Service"))
        #expect(result?[path: "spec", "ports"]?.items?.map { $0["name"]?.string } == [nil, "new"])
    }

    @Test func `replaces lists of unknown kinds, and deletes whole objects`() throws {
        let base = try yaml("spec: {containers: [{name: a}, {name: b}]}")
        let result = try OverlayMerge.apply(try yaml("spec: {containers: [{name: b}]}"), to: base, schema: nil)
        #expect(result == (try yaml("spec: {containers: [{name: b}]}")))
        #expect(try OverlayMerge.apply(try yaml("$patch: delete"), to: base, schema: nil) == nil)
    }

    @Test func `says where types differ`() throws {
        let base = try yaml("spec: {containers: [{name: a}]}", "base.yaml")
        let problem = #expect(throws: Problem.self) {
            try OverlayMerge.apply(try yaml("spec: {containers: x}", "patch.yaml"), to: base, schema: try schema())
        }
        #expect(problem?.description.contains("patch.yaml:1:20") == true)
        #expect(problem?.hint.contains("base.yaml:1:20") == true)
    }
}
