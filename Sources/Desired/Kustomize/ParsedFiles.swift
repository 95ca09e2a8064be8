import Document
import FileTree
import Synchronization

/// A file with what it holds, by which it is known in every build.
struct ParsedFile: Sendable, Hashable {
    /// As origins have it.
    var name: String
    var id: ContentID

    /// Few files of one content have different names.
    func hash(into hasher: inout Hasher) { hasher.combine(id) }
}

/// What earlier builds have parsed, and what they made of it: a service parses each content once, and takes the steps of
/// an overlay once for each object.
package final class ParsedFiles: Sendable {
    /// The forms in which a file was wanted; nil where it was not.
    private final class Forms: Sendable {
        let documents: [Value]?
        let objects: [Stage]?
        let kustomization: [Value]?
        /// Of the file.
        let bytes: Int

        init(adding: (documents: [Value]?, objects: [Stage]?, kustomization: [Value]?), to old: Forms?, bytes: Int) {
            documents = adding.documents ?? old?.documents
            objects = adding.objects ?? old?.objects
            kustomization = adding.kustomization ?? old?.kustomization
            self.bytes = bytes
        }
    }

    private struct State {
        var files: [ParsedFile: Forms] = [:]
        var steps: [Step.Key: Step] = [:]
        /// Of all files.
        var bytes = 0
    }

    private let state = Mutex(State())
    private let limit: Int
    private static let stepLimit = 10_000

    /// - Parameter limit: bytes of files; beyond it everything is forgotten.
    package init(limit: Int = 64 << 20) {
        self.limit = limit
    }

    /// The documents of a file, with its bytes.
    func documents(of file: ParsedFile) -> (documents: [Value], bytes: Int)? {
        known(file) { forms in forms.documents.map { ($0, forms.bytes) } }
    }

    /// The objects of a file as they are before any step, with the file's bytes.
    func objects(of file: ParsedFile) -> (objects: [Stage], bytes: Int)? {
        known(file) { forms in forms.objects.map { ($0, forms.bytes) } }
    }

    /// The documents of a kustomization, in which of repeated keys the last one counts, with the file's bytes.
    func kustomization(of file: ParsedFile) -> (documents: [Value], bytes: Int)? {
        known(file) { forms in forms.kustomization.map { ($0, forms.bytes) } }
    }

    private func known<Form>(_ file: ParsedFile, _ form: (Forms) -> Form?) -> Form? {
        state.withLock { $0.files[file] }.flatMap(form)
    }

    /// Remembers a file in some of its forms.
    func remember(
        documents: [Value]? = nil, objects: [Stage]? = nil, kustomization: [Value]? = nil, of file: ParsedFile,
        bytes: Int
    ) {
        state.withLock { state in
            if state.files[file] == nil {
                if state.bytes + bytes > limit { state = State() }
                state.bytes += bytes
            }
            state.files[file] = Forms(
                adding: (documents, objects, kustomization), to: state.files[file], bytes: bytes)
        }
    }

    /// The step that is known by a key.
    func step(_ key: Step.Key) -> Step {
        state.withLock { state in
            if let known = state.steps[key] { return known }
            // Objects whose ways are by a step that is forgotten go them anew.
            if state.steps.count >= Self.stepLimit { state.steps.removeAll() }
            let step = Step(key)
            state.steps[key] = step
            return step
        }
    }
}
