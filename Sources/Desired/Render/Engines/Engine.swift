package import Document
package import FileTree
import Kustomize

/// What turns a folder into manifests.
package enum Engine: String, Sendable, Hashable {
    case kustomize
    /// A folder with a `Chart.yaml`.
    case chart
    /// A folder of manifests: its own `*.yaml`, `*.yml` and `*.json` files in order of their names, sub-folders not.
    case plain

    /// The engine for a folder, by what is in it.
    ///
    /// - Throws: `Problem` for a folder that none can render: no folder, nothing in it.
    package static func forFolder(_ folder: TreePath, in tree: any FileTree, for origin: Origin) throws(Problem)
        -> Engine
    {
        for name in Kustomization.fileNames where try tree.kind(of: folder.appending(name), for: origin) == .file {
            return .kustomize
        }
        if try tree.kind(of: folder.appending("Chart.yaml"), for: origin) == .file {
            return .chart
        }
        if try PlainFolder.files(of: folder, in: tree, for: origin).isEmpty {
            throw Problem(
                "\(folder) holds nothing to render", at: origin,
                hint: "it needs a kustomization.yaml, or manifests in *.yaml, *.yml or *.json files")
        }
        return .plain
    }
}

/// A folder of manifests.
enum PlainFolder {
    static func files(of folder: TreePath, in tree: any FileTree, for origin: Origin) throws(Problem) -> [TreePath] {
        try tree.entries(of: folder, for: origin)
            .filter { entry in
                (entry.kind == .file || entry.kind == .link) && !entry.name.hasPrefix(".")
                    && [".yaml", ".yml", ".json"].contains { entry.name.hasSuffix($0) }
            }
            .map { folder.appending($0.name) }
    }

    /// Which of the objects of a folder are those of a file.
    typealias Files = [(path: TreePath, objects: Range<Int>)]

    /// The objects of a folder, in order of its files.
    static func objects(
        of folder: TreePath, in tree: any FileTree, for origin: Origin
    ) throws(Problem) -> ([Value], Files) {
        var objects: [Value] = []
        var known: Files = []
        for file in try files(of: folder, in: tree, for: origin) {
            let first = objects.count
            objects += try self.objects(ofFile: file, in: tree, for: origin)
            known.append((file, first..<objects.count))
        }
        return (objects, known)
    }

    /// The objects of a file; a `List` stands for its items.
    static func objects(
        ofFile file: TreePath, in tree: any FileTree, for origin: Origin
    ) throws(Problem) -> [Value] {
        var objects: [Value] = []
        for document in try tree.documents(file, for: origin) {
            guard document.fields != nil else {
                throw Problem("a manifest must be a mapping", at: document.origin)
            }
            if document["kind"]?.string == "List", document["apiVersion"]?.string == "v1" {
                objects += document["items"]?.items ?? []
            } else {
                objects.append(document)
            }
        }
        return objects
    }
}
