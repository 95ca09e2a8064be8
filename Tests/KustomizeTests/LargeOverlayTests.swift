import Document
import FileTree
import Kustomize
import TestSupport
import Testing

/// Overlays so large that several threads work on them.
@Suite struct LargeOverlayTests {
    private static let count = 300

    private static func object(_ number: Int) -> String {
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web-\(number), labels: {part: \(number.isMultiple(of: 3) ? "front" : "back")}}
        spec:
          template:
            spec:
              containers:
              - {name: main, image: "shop/web:\(number)", envFrom: [{configMapRef: {name: settings-\(number)}}]}
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: settings-\(number)}
        data: {number: "\(number)"}

        """
    }

    private static func overlay(_ numbers: [Int]) -> [String: String] {
        var files: [String: String] = [:]
        for number in numbers { files["parts/\(number).yaml"] = object(number) }
        files["parts/kustomization.yaml"] =
            "resources:\n" + numbers.map { "- \($0).yaml\n" }.joined() + "sortOptions: {order: fifo}\n"
        files["kustomization.yaml"] = """
            resources: [parts]
            sortOptions: {order: fifo}
            namespace: shop
            namePrefix: a-
            nameSuffix: -z
            labels: [{pairs: {team: t}, includeSelectors: true}]
            commonAnnotations: {note: n}
            images: [{name: shop/web, newName: shop/site, tagSuffix: -x}]
            patches:
            - target: {kind: Deployment}
              patch: |-
                - {op: add, path: /spec/replicas, value: 2}
            - target: {labelSelector: part=front}
              patch: |-
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: any}
                spec: {template: {spec: {containers: [{name: main, env: [{name: A, value: b}]}]}}}

            """
        return files
    }

    private func text(_ files: [String: String], memory: ParsedFiles? = nil) throws -> String {
        String(decoding: YAML.emit(try Kustomize.build(.root, in: MemoryTree(files), memory: memory)), as: UTF8.self)
    }

    @Test func `many objects become what each becomes by itself`() throws {
        let numbers = Array(0..<Self.count)
        let all = try text(Self.overlay(numbers))
        let each = try numbers.map { try text(Self.overlay([$0])) }
        #expect(all == each.joined(separator: "---\n"))
        let memory = ParsedFiles()
        for _ in 0..<2 { #expect(try text(Self.overlay(numbers), memory: memory) == all) }
    }

    @Test(arguments: [[7, 250], [250], [130, 131, 299]])
    func `the first of several faults is told`(places: [Int]) throws {
        var files = Self.overlay(Array(0..<Self.count))
        for place in places { files["parts/\(place).yaml"] = "kind: A\nmetadata: [\n" }
        #expect(try fault(files).origin.file.path == "parts/\(places[0]).yaml")
        for place in places {
            files["parts/\(place).yaml"] = Self.object(place).replacing(
                "labels: {", with: "annotations: text, labels: {")
        }
        #expect(try fault(files).origin.file.path == "parts/\(places[0]).yaml")
    }

    private func fault(_ files: [String: String]) throws -> Problem {
        try #require(throws: Problem.self) { try text(files) }
    }
}
