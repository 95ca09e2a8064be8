package import Document
package import FileTree
package import Kustomize

/// Renders a folder by itself, without a project: what `belay render PATH` does, and the core of every rendering.
package enum LooseRendering {
    /// The objects of a folder, as its engine gives them.
    ///
    /// - Parameters:
    ///   - origin: the value that names the folder; `.none` for a command line.
    ///   - options: for kustomize.
    ///   - change: what is done to each object before names are made from its content.
    /// - Throws: `Problem` with its place in the tree.
    package static func objects(
        of folder: TreePath, in tree: any FileTree, for origin: Origin = .none,
        options: Kustomize.Options = Kustomize.Options(),
        changing change: (inout Value) throws(Problem) -> Void = { (_) throws(Problem) in }
    ) throws(Problem) -> [Value] {
        switch try Engine.forFolder(folder, in: tree, for: origin) {
        case .kustomize:
            return try Kustomize.build(folder, in: tree, for: origin, options: options, changing: change)
        case .plain:
            var objects = try PlainFolder.objects(of: folder, in: tree, for: origin)
            for index in objects.indices { try change(&objects[index]) }
            return objects
        }
    }
}
