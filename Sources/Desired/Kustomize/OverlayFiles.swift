import Crypto
import Document
import FileTree

/// The files that a kustomization may name: those in its folder and below, unless any is allowed.
struct OverlayFiles {
    let tree: BuildFiles
    let folder: TreePath
    let readsAnyFile: Bool

    /// The path that a value means.
    func path(_ text: String, for origin: Origin) throws(Problem) -> TreePath {
        let path = try tree.referred(by: text, from: folder, at: origin)
        try check(path, at: nil, text, for: origin)
        return path
    }

    /// Refuses what a kustomization may not name.
    ///
    /// - Parameters:
    ///   - place: where the path leads; nil when that has not been looked at.
    ///   - text: the path as it is written.
    func check(_ path: TreePath, at place: TreePath?, _ text: String, for origin: Origin) throws(Problem) {
        if readsAnyFile { return }
        // Links count as what they lead to.
        if folder.contains(path), tree.resolved(folder).contains(place ?? tree.resolved(path)) { return }
        throw Problem(
            "the file \(text) refers outside its root, the folder \(tree.name(folder)) of the kustomization",
            at: origin,
            hint: "move it there, make its folder a base, or render with --load-restrictor LoadRestrictionsNone")
    }

    /// A file's bytes, and its name for origins.
    func read(_ text: String, for origin: Origin) throws(Problem) -> (SourceFile, [UInt8]) {
        let path = try path(text, for: origin)
        return (tree.sourceFile(path), try tree.read(path, for: origin).bytes)
    }

    /// The documents of a patch, whether it stands in a file or in the kustomization.
    func patch(_ entry: Kustomization.PatchEntry) throws(Problem) -> [Value] {
        if let file = entry.path, let text = file.string {
            return try tree.documents(try path(text, for: file.origin), for: file.origin)
        }
        guard let patch = entry.patch else { return [] }
        return try inline(patch)
    }

    /// The documents of an entry of `patchesStrategicMerge`, which is a path or a patch.
    func strategicPatch(_ source: Value) throws(Problem) -> [Value] {
        let text = source.string ?? ""
        if Self.isInline(source) { return try inline(source) }
        return try tree.documents(try path(text, for: source.origin), for: source.origin)
    }

    /// Whether a text is YAML or JSON itself, and not the path of a file.
    static func isInline(_ text: Value) -> Bool {
        let text = text.string ?? ""
        return text.contains("\n") || text.contains(": ") || text.hasPrefix("{")
    }

    /// Documents that stand within a document; their values get the places where they stand there.
    func inline(_ text: Value) throws(Problem) -> [Value] {
        let places = InlineText(text, in: tree.source(of: text.origin.file))
        do {
            let bytes = Array((text.string ?? "").utf8)
            let documents = try YAML.parse(bytes, file: text.origin.file, keepsComments: false)
            return documents.map(places.placed)
        } catch {
            var problem = error
            problem.origin = places.placed(Value(.scalar(Scalar("")), origin: error.origin)).origin
            throw problem
        }
    }

    /// The objects of documents: empty ones left out, lists opened, kind and name checked.
    static func objects(_ documents: [Value]) throws(Problem) -> [Value] {
        var open = documents[...]
        var objects: [Value] = []
        while let document = open.popFirst() {
            if document.isNull || document.fields?.isEmpty == true || document.items?.isEmpty == true { continue }
            guard document.fields != nil else {
                throw Problem(
                    "an object must be a mapping, and this is \(document.typeName)", at: document.origin,
                    hint: objectHint)
            }
            let kind = document["kind"]?.scalar?.text ?? ""
            if kind.isEmpty { throw Problem("the object has no kind", at: document.origin, hint: objectHint) }
            let isList = kind.utf8.suffix(4).elementsEqual("List".utf8)
            if isList, let items = document["items"] {
                if !items.isNull, items.items == nil { throw Problem("items must be a list", at: items.origin) }
                open.append(contentsOf: items.items ?? [])
                continue
            }
            if !isList, (document[path: "metadata", "name"]?.scalar?.text ?? "").isEmpty {
                throw Problem(
                    "the \(kind) has no metadata.name", at: document["metadata"]?.origin ?? document.origin,
                    hint: objectHint)
            }
            var findings = Findings()
            findings.look(into: document)
            if let item = findings.emptyItem {
                throw Problem("a list holds an empty item", at: item, hint: "remove the item, or fill it")
            }
            objects.append(findings.hasSpecialScalars ? try document.asKustomizeReads() : document)
        }
        return objects
    }

    private static let objectHint = "every object needs apiVersion, kind and metadata.name"

    /// What is looked for in every object, in one walk.
    private struct Findings {
        var emptyItem: Origin?
        /// Times and binary values, which Go's decoder turns into texts, and folded texts.
        var hasSpecialScalars = false

        mutating func look(into value: Value) {
            switch value.content {
            case .scalar(let scalar):
                if scalar.kind == .timestamp || scalar.kind == .binary { hasSpecialScalars = true }
                if scalar.style == .folded, scalar.text.utf8.contains(0x0A) { hasSpecialScalars = true }
            case .mapping(let mapping): for entry in mapping.entries { look(into: entry.value) }
            case .sequence(let items):
                for item in items {
                    if item.isNull, emptyItem == nil { emptyItem = item.origin }
                    look(into: item)
                }
            }
        }
    }

    static func remote(_ text: String, at origin: Origin) -> Problem {
        var hint = "copy it into the repository, as with git subtree, and name its folder here"
        // A single file that a web server gives is in no repository that could be pinned.
        let isFile = ["/raw/", "raw.", "/releases/download/", "file://"].contains(where: text.contains)
        if !isFile, let repository = RemoteBase(text)?.repository {
            hint += "; or allow it in belay.yaml, at one commit: spec.remotes: [{url: \"\(repository)\", commit: …}]"
        }
        return Problem(
            "\(text) is on another machine, and rendering does not use the network", at: origin, hint: hint)
    }
}

extension Value {
    /// The value with unquoted times and `!!binary` values as the texts that Go's decoder makes of them, and folded texts
    /// as go-yaml writes and reads them, which kustomize lets it do in the end.
    fileprivate func asKustomizeReads() throws(Problem) -> Value {
        var value = self
        switch content {
        case .scalar(let scalar):
            if let text = scalar.timestamp { value.content = .scalar(Scalar(text)) }
            if scalar.style == .folded { value.content = .scalar(Scalar(YAML.refolded(scalar.text))) }
            guard scalar.kind == .binary else { break }
            guard let bytes = Base64.decode(scalar.text.filter { !$0.isWhitespace }),
                let text = String(validating: bytes, as: UTF8.self)
            else {
                throw Problem(
                    "the !!binary value is not the base64 form of UTF-8 text", at: origin,
                    hint:
                        "in the \"data\" of a Secret or \"binaryData\" of a ConfigMap, base64 is written without !!binary"
                )
            }
            value.content = .scalar(Scalar(text))
        case .sequence(let items):
            value.content = .sequence(
                try items.map { (item) throws(Problem) in try item.asKustomizeReads() })
        case .mapping(let mapping):
            let entries = try mapping.entries.map { (entry) throws(Problem) in
                Mapping.Entry(key: entry.key, value: try entry.value.asKustomizeReads())
            }
            value.content = .mapping(Mapping(entries))
        }
        return value
    }
}
