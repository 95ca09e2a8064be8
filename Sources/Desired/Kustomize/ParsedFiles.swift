import Document
import FileTree
import Synchronization

/// Files that have been parsed before, by their names and what they held: a service parses each content once.
package final class ParsedFiles: Sendable {
    /// As what a file was parsed.
    enum Form: Hashable {
        case documents
        case objects
        case kustomization
    }

    private struct Key: Hashable {
        var file: SourceFile
        var id: ContentID
        var form: Form
    }

    private struct State {
        var values: [Key: [Value]] = [:]
        /// Of the files that the values are from.
        var bytes = 0
    }

    private let state = Mutex(State())
    private let limit: Int

    /// - Parameter limit: bytes of files; beyond it everything is forgotten.
    package init(limit: Int = 64 << 20) {
        self.limit = limit
    }

    func values(of file: SourceFile, _ id: ContentID, as form: Form) -> [Value]? {
        state.withLock { $0.values[Key(file: file, id: id, form: form)] }
    }

    /// - Parameter bytes: of the file, unless it is remembered in another form already.
    func remember(_ values: [Value], of file: SourceFile, _ id: ContentID, as form: Form, bytes: Int = 0) {
        state.withLock { state in
            if state.bytes + bytes > limit { state = State() }
            state.bytes += bytes
            state.values[Key(file: file, id: id, form: form)] = values
        }
    }
}
