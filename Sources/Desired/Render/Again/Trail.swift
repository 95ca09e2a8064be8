import Document
import FileTree
import Kustomize

/// How the objects of a rendering came about, so that a later one does again only what becomes of files that hold
/// something else by then.
enum Trail: Sendable {
    case overlay(Kustomize.Trail)
    case folder(PlainFolder.Files)

    /// The objects of files that have changed, by their positions among all objects.
    ///
    /// - Returns: nil where all must be rendered again, be it to say what is wrong; the trail is then of no use.
    mutating func follow(_ changed: [TreePath], in tree: any FileTree, memory: ParsedFiles) -> [Int: Value]? {
        switch self {
        case .overlay(var trail):
            defer { self = .overlay(trail) }
            return trail.follow(changed, in: tree, memory: memory)
        case .folder(let files):
            var made: [Int: Value] = [:]
            for path in changed {
                guard let file = files.first(where: { $0.path == path }),
                    let objects = try? PlainFolder.objects(ofFile: path, in: tree, for: .none),
                    objects.count == file.objects.count
                else { return nil }
                made.merge(zip(file.objects, objects)) { _, new in new }
            }
            return made
        }
    }
}
