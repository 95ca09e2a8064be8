import Document
import FileTree
import Manifest

/// The files of one build: each is parsed once, however many overlays name it, and there is a limit to all of them.
final class BuildFiles {
    private let tree: any FileTree
    private var parsed: [TreePath: [Value]] = [:]
    /// The texts of kustomizations, and of other files with documents within their values.
    private var sources: [SourceFile: SourceLines] = [:]
    /// The files that have been parsed, by their names.
    private var paths: [SourceFile: TreePath] = [:]
    /// Of earlier builds; nil when there are none to come.
    private let memory: ParsedFiles?
    /// Whether every object keeps note of the transformers that went over it.
    var recordsTransformations = false
    /// The schema of the first kustomization that sets one, instead of the built-in one.
    var schema: CustomSchema?
    private var hasSchema = false
    private var links: [TreePath: TreePath] = [:]
    let growth: Growth
    private var overlays = 0
    private var objects = 0
    private var bytes = 0
    /// Kustomizations that one build may go through; layers that name one base several times multiply them.
    private static let overlayLimit = 5_000
    /// Objects that one build may read, those that several layers read counted as often.
    private static let objectLimit = 500_000
    /// Bytes that one build may read, those of a file that is read several times counted as often.
    private static let byteLimit = 128 << 20

    private let charts: ChartInflation?
    private let pinned: ChartFinder?

    /// - Parameters:
    ///   - charts: inflates charts; nil refuses them.
    ///   - pinned: finds those of other places; nil knows none.
    init(
        _ tree: any FileTree, charts: ChartInflation? = nil, pinned: ChartFinder? = nil, memory: ParsedFiles? = nil,
        growth: Growth
    ) {
        self.tree = tree
        self.memory = memory
        self.growth = growth
        self.charts = charts
        self.pinned = pinned
    }

    /// The objects of a chart.
    func inflate(_ request: ChartRequest) throws(Problem) -> [Value] {
        guard let charts else {
            throw Problem("the chart \(request.name) cannot be inflated here", at: request.origin)
        }
        return try charts(request, request.pinned?.tree ?? tree)
    }

    /// A chart that is not in the tree; nil when it is not pinned either.
    func pinnedChart(
        _ name: String, _ version: String, _ repository: String, _ origin: Origin
    ) throws(Problem) -> PinnedChart? {
        try pinned?(name, version, repository, origin)
    }

    func kind(of path: TreePath, for origin: Origin) throws(Problem) -> EntryKind {
        try tree.kind(of: path, for: origin)
    }

    func read(_ path: TreePath, for origin: Origin) throws(Problem) -> TreeFile {
        let file = try tree.read(path, for: origin)
        bytes += file.bytes.count
        if bytes > Self.byteLimit {
            throw Problem(
                "more than \(Self.byteLimit >> 20) MiB are read",
                at: origin.isKnown ? origin : Origin(sourceFile(path)),
                hint: "split the application")
        }
        return file
    }

    /// What a value means that names a file or folder, from a folder's point of view: a path, or the address of a base
    /// that is mounted.
    ///
    /// - Throws: `Problem` for what is not in the tree, and for what leads out of a mounted repository.
    func referred(by text: String, from folder: TreePath, at origin: Origin) throws(Problem) -> TreePath {
        if RemoteBase.isAddress(text) {
            if let path = tree.path(ofRemote: text) { return path }
            throw OverlayFiles.remote(text, at: origin)
        }
        let path = try folder.referred(by: text, at: origin)
        guard path.remoteRoot == folder.remoteRoot else {
            throw Problem(
                "\(text) refers outside its root, the repository of this base", at: origin,
                hint: "a base from elsewhere may name only what is in its own repository")
        }
        return path
    }

    /// How messages name a path.
    func name(_ path: TreePath) -> String {
        tree.displayName(of: path)
    }

    func sourceFile(_ path: TreePath) -> SourceFile {
        tree.sourceFile(path)
    }

    /// What a path leads to when links are followed; the path itself where nothing is there to follow.
    func resolved(_ path: TreePath) -> TreePath {
        if let known = links[path] { return known }
        do {
            let target = try tree.resolved(path)
            links[path] = target
            return target
        } catch {
            return path
        }
    }

    /// The documents of a file, from memory the second time.
    func documents(_ path: TreePath, for origin: Origin) throws(Problem) -> [Value] {
        if let known = parsed[path] { return known }
        let file = sourceFile(path)
        paths[file] = path
        guard let memory else {
            let documents = try YAML.parse(try read(path, for: origin).bytes, file: file)
            parsed[path] = documents
            return documents
        }
        let id = try contentID(of: path, for: origin)
        if let known = memory.values(of: file, id, as: .documents) { return known }
        let bytes = try read(path, for: origin).bytes
        let documents = try YAML.parse(bytes, file: file)
        memory.remember(documents, of: file, id, as: .documents, bytes: bytes.count)
        return documents
    }

    /// The objects of a file of resources.
    func objects(_ path: TreePath, for origin: Origin) throws(Problem) -> [Value] {
        guard let memory else { return try OverlayFiles.objects(try documents(path, for: origin)) }
        let file = sourceFile(path)
        paths[file] = path
        let id = try contentID(of: path, for: origin)
        if let known = memory.values(of: file, id, as: .objects) { return known }
        let objects = try OverlayFiles.objects(try documents(path, for: origin))
        memory.remember(objects, of: file, id, as: .objects)
        return objects
    }

    private func contentID(of path: TreePath, for origin: Origin) throws(Problem) -> ContentID {
        do {
            return try tree.contentID(of: path)
        } catch {
            throw error.problem(at: origin, named: tree.displayName(of: error.path))
        }
    }

    /// The document of a kustomization file. Of a repeated key the last one counts, as for the library by which
    /// kustomize reads these files, though no others.
    func kustomization(_ path: TreePath, for origin: Origin) throws(Problem) -> Value? {
        let file = sourceFile(path)
        paths[file] = path
        let id = try memory.map { (_) throws(Problem) in try contentID(of: path, for: origin) }
        if let id, let known = memory?.values(of: file, id, as: .kustomization) { return known.first }
        let bytes = try read(path, for: origin).bytes
        let documents = try YAML.parse(bytes, file: file, repeatedKeys: .lastCounts)
        if let id { memory?.remember(documents, of: file, id, as: .kustomization, bytes: bytes.count) }
        sources[file] = SourceLines(bytes)
        return documents.first
    }

    /// The text of a file that has been parsed, to find places within its values; nil when it is gone.
    func source(of file: SourceFile) -> SourceLines? {
        if let known = sources[file] { return known }
        guard let path = paths[file], let text = try? tree.read(path) else {
            return nil
        }
        let lines = SourceLines(text.bytes)
        sources[file] = lines
        return lines
    }

    /// Takes over what a kustomization says under `openapi`, unless one that was read before it has said something.
    func setSchema(_ entry: Kustomization.SchemaEntry, _ files: OverlayFiles) throws(Problem) {
        if hasSchema { return }
        schema = try CustomSchema.read(entry, files, isFirst: overlays == 1)
        hasSchema = entry.path != nil || entry.version != nil
    }

    /// By what the lists of a kind merge; nil when nothing is known of it.
    func schema(of kind: GroupVersionKind) -> Schema? {
        schema.map { $0.schema(of: kind) } ?? Catalog.builtIn.description(of: kind)?.schema
    }

    /// Counts an overlay.
    ///
    /// - Throws: `Problem` when there are too many.
    func countOverlay(for origin: Origin) throws(Problem) {
        overlays += 1
        if overlays > Self.overlayLimit {
            throw Problem(
                "more than \(Self.overlayLimit) kustomizations are needed", at: origin,
                hint: "layers that each name a base twice double the work with every layer")
        }
    }

    /// Counts objects.
    ///
    /// - Throws: `Problem` when there are too many.
    func count(objects count: Int, for origin: Origin) throws(Problem) {
        objects += count
        if objects > Self.objectLimit {
            throw Problem("more than \(Self.objectLimit) objects are read", at: origin, hint: "split the application")
        }
    }
}
