import Crypto
import Document
import FileTree

/// A chart as `helm package` makes it: an archive with one folder that holds it.
enum ArchivedChart {
    /// The archive as a tree, and the chart's folder in it.
    ///
    /// - Parameters:
    ///   - digest: what the bytes must have; nil takes them as they are.
    ///   - origin: what names the archive.
    static func open(
        _ bytes: [UInt8], _ digest: Digest?, displayedAs name: String, at origin: Origin
    ) throws(Problem) -> (tree: ArchiveTree, folder: TreePath) {
        let archive = try ArchiveTree(bytes, digest: digest, displayedAs: name)
        for folder in try archive.entries(of: .root, for: origin) where folder.kind == .folder {
            let path = TreePath.root.appending(folder.name)
            if try archive.kind(of: path.appending("Chart.yaml"), for: origin) == .file { return (archive, path) }
        }
        throw Problem("the archive \(name) holds no chart", at: origin, hint: "make it with helm package")
    }
}
