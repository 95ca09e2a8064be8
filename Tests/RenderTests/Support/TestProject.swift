import Document
import FileTree
import Manifest
import Render

/// A project in a tree, rendered as a service renders it.
enum TestProject {
    /// The text of `belay.yaml`.
    ///
    /// - Parameter environments: each as an item of YAML, `{name: prod, …}` or lines of it.
    static func text(_ environments: String..., name: String = "shop") -> String {
        var text = "apiVersion: belay/v1\nkind: Project\nmetadata: {name: \(name)}\nspec:\n  environments:\n"
        for environment in environments {
            let lines = environment.split(separator: "\n", omittingEmptySubsequences: false)
            text += "    - " + lines.joined(separator: "\n      ") + "\n"
        }
        return text
    }

    /// All applications of one environment.
    static func render(
        _ environment: String, from tree: any FileTree, with renderer: Renderer = Renderer(rootKey: [1])
    ) throws -> [Rendering] {
        let project = try Project.read(from: tree)
        return try renderer.renderAll(try project.environment(environment), of: project, from: tree)
    }

    /// The same, of files in memory.
    static func render(
        _ environment: String, _ files: [String: String], with renderer: Renderer = Renderer(rootKey: [1])
    ) throws -> [Rendering] {
        try render(environment, from: MemoryTree(files), with: renderer)
    }
}
