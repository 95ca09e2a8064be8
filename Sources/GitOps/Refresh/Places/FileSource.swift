import Document
import FileTree
import System

/// A file of the repository.
struct FileSource: DataSource {
    let tree: any FileTree
    let path: TreePath

    private static let piece = 256 << 10

    func read(_ write: @escaping @Sendable ([UInt8]) async throws -> Void) async throws {
        let (tree, path) = (tree, path)
        let bytes = try await Blocking.run(named: "belay-data") { () throws in try tree.read(path, for: .none).bytes }
        for start in stride(from: 0, to: bytes.count, by: Self.piece) {
            try await write(Array(bytes[start..<min(start + Self.piece, bytes.count)]))
        }
    }
}
