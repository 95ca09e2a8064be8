package import Crypto
package import Document
package import FileTree
package import Scrub
import Synchronization

/// A tree in which files that are encrypted with SOPS read as their plain text, whichever engine reads them.
///
/// Every value stands on the line of its ciphertext, so that origins are true; which those were is in `origins`. A file
/// that was changed after it was encrypted is an error where it is read. One that no key opens reads as it stands, since
/// charts read all that is in their folders: that nothing of it gets into a rendering is checked at the end, by `check`.
///
/// A decrypted file has the id of its plain text. What is asked of the tree beneath, and what a read set remembers, is
/// the ciphertext.
package final class DecryptedTree: FileTree {
    private let tree: any FileTree
    private let identities: [AgeIdentity]
    private let known: KnownFiles
    private let state = Mutex(State())

    private struct State {
        var origins = SecretOrigins()
        var missing: [SourceFile: Missing] = [:]
        /// What was read to tell ids, until it is asked for.
        var read: [TreePath: TreeFile] = [:]
    }

    /// A file that no key opened.
    private struct Missing {
        var problem: Problem
        var bytes: [UInt8]
    }

    /// Which files are ciphertext, by their ids, so that most need not be read to be told by their ids.
    package final class KnownFiles: Sendable {
        private let plain = Mutex(Set<ContentID>())

        package init() {}

        func isPlain(_ id: ContentID) -> Bool { plain.withLock { $0.contains(id) } }

        func notePlain(_ id: ContentID) {
            plain.withLock { plain in
                if plain.count > 200_000 { plain.removeAll() }
                plain.insert(id)
            }
        }
    }

    /// - Parameters:
    ///   - identities: private keys that may open files.
    ///   - known: kept from one rendering to the next.
    package init(_ tree: any FileTree, with identities: [AgeIdentity], known: KnownFiles = KnownFiles()) {
        self.tree = tree
        self.identities = identities
        self.known = known
    }

    /// Whether a file was read that no key opened.
    package var holdsCiphertext: Bool { state.withLock { !$0.missing.isEmpty } }

    /// Whether there is a key to open files with.
    package var hasKeys: Bool { !identities.isEmpty }

    /// The files that were opened, and the lines of their secrets.
    package var origins: SecretOrigins { state.withLock { $0.origins } }

    // MARK: Reading

    package func kind(of path: TreePath) throws(TreeError) -> EntryKind { try tree.kind(of: path) }
    package func look(at path: TreePath) throws(TreeError) -> Sight {
        var sight = try tree.look(at: path)
        // That of ciphertext is not the id of what is read here.
        if let id = sight.id, !known.isPlain(id) { sight.id = nil }
        return sight
    }

    package func entries(of folder: TreePath) throws(TreeError) -> [FileEntry] { try tree.entries(of: folder) }
    package func resolved(_ path: TreePath) throws(TreeError) -> TreePath { try tree.resolved(path) }
    package func displayName(of path: TreePath) -> String { tree.displayName(of: path) }
    package func path(ofRemote address: String) -> TreePath? { tree.path(ofRemote: address) }

    package func reading(remembersIDs: Bool) -> any FileTree {
        // The short ways of a tree on disk are taken beneath; what is decrypted is noted here.
        self
    }

    package func read(_ path: TreePath) throws(TreeError) -> TreeFile {
        if let file = state.withLock({ $0.read.removeValue(forKey: path) }) { return file }
        return try open(path)
    }

    private func open(_ path: TreePath) throws(TreeError) -> TreeFile {
        let file = try tree.read(path)
        guard let format = SopsFile.format(of: file.bytes, name: path.name) else { return file }
        let name = sourceFile(path)
        let sealed: SopsFile
        let key: SopsFile.Key
        do throws(Problem) {
            sealed = try SopsFile(file.bytes, format, file: name)
            key = try sealed.key(with: identities)
        } catch {
            state.withLock { $0.missing[name] = Missing(problem: error, bytes: file.bytes) }
            return file
        }
        do throws(Problem) {
            let opened = try sealed.opened(by: key)
            let lines = format == .binary ? [] : opened.lines
            state.withLock { $0.origins.note(name, .init(recipient: "\(opened.recipient)", lines: lines)) }
            return TreeFile(bytes: opened.bytes)
        } catch {
            throw TreeError(path, .sealed(error))
        }
    }

    package func contentID(of path: TreePath) throws(TreeError) -> ContentID {
        let id = try tree.contentID(of: path)
        if known.isPlain(id) { return id }
        let file = try open(path)
        state.withLock { $0.read[path] = file }
        if SopsFile.format(of: file.bytes, name: path.name) == nil, file.id == id { known.notePlain(id) }
        return file.id
    }

    // MARK: Checking

    /// Refuses an object that holds ciphertext of a file that no key opened.
    package func check(_ object: @autoclosure () -> Value) throws(Problem) {
        let missing = state.withLock { $0.missing }
        guard !missing.isEmpty, let found = Ciphertext.first(in: object()) else { return }
        if let owner = missing[found.origin.file] { throw owner.problem }
        // A template made it: the file that has the same ciphertext is the one.
        let files = missing.sorted { $0.key.path < $1.key.path }.map(\.value)
        let value = Ciphertext.value(in: found.text)
        let owner = files.first { file in value.map { file.bytes.firstRange(of: $0) != nil } ?? false } ?? files.first
        if let owner { throw owner.problem }
    }

    /// Does what reads this tree. A failure tells of files that were still ciphertext, which may be why.
    package func explaining<Result, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        do {
            return try body()
        } catch {
            let missing = state.withLock { $0.missing }
            guard var problem = error as? Problem, !missing.values.contains(where: { $0.problem == problem }),
                let first = missing.min(by: { $0.key.path < $1.key.path })
            else { throw error }
            problem.hint +=
                (problem.hint.isEmpty ? "" : "; ")
                + "\(first.key) could not be decrypted: \(first.value.problem.message)"
            throw problem as? Failure ?? error
        }
    }
}

/// Values of SOPS as they may stand in an object: bare, in another text, or in base64.
enum Ciphertext {
    private static let mark = Array("ENC[AES256_GCM,".utf8)

    /// The mark in base64, behind none, one and two bytes of another text; the digits that those share are left out.
    private static let marks: [[UInt8]] =
        [mark]
        + [0, 1, 2].map { before in
            let digits = Array(Base64.encode([UInt8](repeating: 0, count: before) + mark).utf8)
            let rest = (before + mark.count) % 3
            return Array(digits[[0, 2, 3][before]..<(digits.count - [0, 3, 2][rest])])
        }

    /// The first scalar that holds ciphertext.
    static func first(in value: Value) -> (text: String, origin: Origin)? {
        switch value.content {
        case .scalar(let scalar): return holds(scalar.text) ? (scalar.text, value.origin) : nil
        case .sequence(let items):
            for item in items { if let found = first(in: item) { return found } }
        case .mapping(let mapping):
            for entry in mapping.entries { if let found = first(in: entry.value) { return found } }
        }
        return nil
    }

    /// The first value of SOPS in a text, also within base64.
    static func value(in text: String) -> [UInt8]? {
        let bytes = Array(text.utf8)
        for plain in [bytes, Base64.decode(text) ?? []] {
            guard let start = plain.firstRange(of: mark)?.lowerBound else { continue }
            return Array(plain[start...].prefix { $0 != UInt8(ascii: "]") })
        }
        return nil
    }

    static func holds(_ text: String) -> Bool {
        guard text.utf8.count >= mark.count else { return false }
        var text = text
        return text.withUTF8 { bytes in
            marks.contains { mark in
                guard bytes.count >= mark.count else { return false }
                return (0...(bytes.count - mark.count)).contains { start in
                    bytes[start] == mark[0] && mark.indices.allSatisfy { bytes[start + $0] == mark[$0] }
                }
            }
        }
    }
}
