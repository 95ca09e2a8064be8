import Document
import FileTree
import Foundation
import Kustomize
import TestSupport
import Testing

/// Whether a kubectl with kustomize 5.4 or later is here to compare with.
let hasKubectl: Bool = {
    guard let output = try? Kubectl.run(["version", "--client", "-o", "json"]) else { return false }
    return output.firstMatch(of: #/"kustomizeVersion": "v5\.([4-9]|\d\d)/#) != nil
}()

/// The original.
enum Kubectl {
    static func run(_ arguments: [String]) throws -> String { try runProgram(["kubectl"] + arguments) }

    /// What it prints for a case; nil when it refuses.
    static func kustomize(_ test: OverlayCase) throws -> String? {
        let folder = try TemporaryFolder()
        for (name, text) in test.files {
            let file = "\(folder.path)/\(name)"
            try FileManager.default.createDirectory(
                atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        }
        return try? run(["kustomize", "\(folder.path)/\(test.entry)"])
    }
}

func rendered(_ test: OverlayCase) throws -> String {
    let objects = try Kustomize.build(try #require(TreePath(test.entry)), in: MemoryTree(test.files))
    return String(decoding: YAML.emit(objects), as: UTF8.self)
}

/// What kubectl printed for each case when it was last asked; `BELAY_RECORD=1` asks it again.
enum Recorded {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Expected/Kustomize")

    private static func file(_ test: OverlayCase) -> URL {
        folder.appendingPathComponent(test.name.replacingOccurrences(of: "/", with: "-") + ".yaml")
    }

    static func output(_ test: OverlayCase) throws -> String {
        try String(contentsOf: file(test), encoding: .utf8)
    }

    static func record(_ output: String, of test: OverlayCase) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(output.utf8).write(to: file(test), options: .atomic)
    }

    static let isWanted = ProcessInfo.processInfo.environment["BELAY_RECORD"] == "1"
}

@Suite struct OverlayTests {
    @Test(arguments: OverlayCase.every)
    func `renders the bytes that are kept`(test: OverlayCase) throws {
        if Recorded.isWanted {
            try Recorded.record(try #require(try Kubectl.kustomize(test)), of: test)
        }
        #expect(try rendered(test) == Recorded.output(test))
    }

    @Test(.enabled(if: hasKubectl), arguments: OverlayCase.every)
    func `renders the bytes that kubectl renders`(test: OverlayCase) throws {
        let expected = try #require(try Kubectl.kustomize(test))
        #expect(try rendered(test) == expected)
    }
}

/// What the command line may ask for.
@Suite struct OptionTests {
    let files = [
        "overlay/kustomization.yaml": "resources: [../beside.yaml]\npatches: [{path: ../patches/p.yaml}]",
        "beside.yaml":
            "{apiVersion: v1, kind: Service, metadata: {name: b}}\n---\n{apiVersion: v1, kind: Namespace, metadata: {name: a}}",
        "patches/p.yaml": "{apiVersion: v1, kind: Service, metadata: {name: b}, spec: {type: NodePort}}",
    ]

    @Test func `files beside the folder are read where that is allowed`() throws {
        let folder = try #require(TreePath("overlay"))
        #expect(throws: Problem.self) { try Kustomize.build(folder, in: MemoryTree(files)) }
        let objects = try Kustomize.build(folder, in: MemoryTree(files), options: .init(readsAnyFile: true))
        #expect(objects.last?[path: "spec", "type"] == "NodePort")
    }

    @Test func `objects come in the legacy order, or as they were accumulated`() throws {
        let folder = try #require(TreePath("overlay"))
        func kinds(_ order: Kustomize.Options.Order?) throws -> [String] {
            let options = Kustomize.Options(order: order, readsAnyFile: true)
            return try Kustomize.build(folder, in: MemoryTree(files), options: options).compactMap {
                $0["kind"]?.string
            }
        }
        #expect(try kinds(nil) == ["Namespace", "Service"])
        #expect(try kinds(.legacy) == ["Namespace", "Service"])
        #expect(try kinds(Kustomize.Options.Order.none) == ["Service", "Namespace"])
    }
}
