package import Archive
package import Crypto
package import Document

/// What an archive holds, as a tree: a tar, packed or not, whose digest was said beforehand.
///
/// It is unpacked into memory, within limits, and touches no disk; links and devices in it are passed over.
package struct ArchiveTree: FileTree {
    /// How much an archive of text files may hold, unpacked.
    package static let limits = ArchiveLimits(entries: 20_000, bytes: 256 << 20, ratio: 200)

    private let tree: MemoryTree
    private let name: String

    /// - Parameters:
    ///   - digest: what the bytes must have; nil takes them as they are.
    ///   - name: what origins call the archive: `redis-17.3.1.tgz`.
    /// - Throws: `Problem` for another digest, for what is no archive, for one that holds too much or leads out of itself.
    package init(_ bytes: [UInt8], digest: Digest?, displayedAs name: String) throws(Problem) {
        let origin = Origin(SourceFile(name))
        if let digest {
            let found = Digest.of(bytes, by: digest.algorithm)
            guard found == digest else {
                throw Problem("the archive's digest is \(found), and should be \(digest)", at: origin)
            }
        }
        do {
            tree = MemoryTree(contents: try Self.files(bytes))
        } catch {
            throw Problem("the archive cannot be read: \(error)", at: origin)
        }
        self.name = name
    }

    private static func files(_ bytes: [UInt8]) throws -> [String: [UInt8]] {
        let reader = try TarReader(Bytes.source(bytes), limits: limits)
        var files: [String: [UInt8]] = [:]
        while let entry = try reader.next() {
            guard let path = TreePath(entry.name) else {
                throw ArchiveError(.malformed, "entry “\(entry.name)” leads out of the archive")
            }
            guard entry.kind == .file, path != .root else { continue }
            files[path.text] = try reader.contents(limit: 64 << 20)
        }
        guard !files.isEmpty else { throw ArchiveError(.malformed, "it holds no files") }
        return files
    }

    package func kind(of path: TreePath) throws(TreeError) -> EntryKind { try tree.kind(of: path) }
    package func read(_ path: TreePath) throws(TreeError) -> TreeFile { try tree.read(path) }
    package func resolved(_ path: TreePath) throws(TreeError) -> TreePath { try tree.resolved(path) }
    package func entries(of folder: TreePath) throws(TreeError) -> [FileEntry] { try tree.entries(of: folder) }
    package func contentID(of path: TreePath) throws(TreeError) -> ContentID { try tree.contentID(of: path) }
    package func look(at path: TreePath) throws(TreeError) -> Sight { try tree.look(at: path) }
    package var version: ContentID? { tree.version }
    package func displayName(of path: TreePath) -> String { "\(name)/\(path.text)" }
}
