import Document
import FileTree
import Foundation
import Manifest
import Render
import Testing

/// The sample repository renders in every environment, as people will find it.
@Suite struct SampleRepoTests {
    let tree: DirectoryTree
    let project: Project

    init() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        tree = try DirectoryTree(root.appendingPathComponent("sample-repo").path)
        project = try Project.read(from: tree)
    }

    @Test(arguments: ["dev", "qa", "prod"])
    func `renders an environment with every field traced`(name: String) throws {
        let environment = try project.environment(name)
        let renderings = try Renderer(rootKey: [1]).renderAll(environment, of: project, from: tree)
        #expect(!renderings.isEmpty)
        for rendering in renderings {
            #expect(!rendering.manifests.isEmpty)
            for manifest in rendering.manifests {
                #expect(manifest.namespace == environment.namespace, "\(manifest.key)")
                #expect(untraced(manifest.value, []).isEmpty, "\(manifest.key)")
            }
        }
    }

    @Test func `gives no secret value of production to another environment`() throws {
        let renderer = Renderer(rootKey: [1])
        func secrets(_ name: String) throws -> Set<String> {
            let renderings = try renderer.renderAll(try project.environment(name), of: project, from: tree)
            let values = renderings.flatMap(\.manifests).filter { $0.kind == "Secret" }
                .flatMap {
                    Array(($0.value["data"]?.dictionary ?? [:]).values)
                        + Array(($0.value["stringData"]?.dictionary ?? [:]).values)
                }
            return Set(values)
        }
        let production = try secrets("prod")
        #expect(!production.isEmpty)
        #expect(try secrets("dev").isDisjoint(with: production))
        #expect(try secrets("qa").isDisjoint(with: production))
    }

    /// The places of scalars that no file is known for.
    func untraced(_ value: Value, _ place: [String]) -> [[String]] {
        switch value.content {
        case .scalar: value.origin.isKnown ? [] : [place]
        case .sequence(let items): items.flatMap { untraced($0, place + ["[]"]) }
        case .mapping(let mapping): mapping.entries.flatMap { untraced($0.value, place + [$0.key.text]) }
        }
    }
}
