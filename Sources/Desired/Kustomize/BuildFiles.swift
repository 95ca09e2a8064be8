import Document
import FileTree
import Manifest
import System

/// The files of one build: each is parsed once, however many overlays name it, and there is a limit to all of them.
final class BuildFiles {
    private let tree: any FileTree
    private var parsed: [TreePath: Parsed] = [:]
    /// Other files that the build has taken objects from.
    private var fromMemory: [TreePath] = []
    /// The texts of kustomizations, and of other files with documents within their values.
    private var sources: [SourceFile: SourceLines] = [:]
    private var kustomizations: Set<TreePath> = []
    /// Of earlier builds; nil when there are none to come.
    private let memory: ParsedFiles?
    /// Notes which way objects go; nil where no later build will ask.
    var trail: TrailRecorder?
    /// Whether every object keeps note of the transformers that went over it.
    var recordsTransformations = false
    /// The schema of the first kustomization that sets one, instead of the built-in one.
    var schema: CustomSchema?
    private var hasSchema = false
    private var links: [TreePath: TreePath] = [:]
    private var lastLink: (path: TreePath, target: TreePath)?
    let growth: Growth
    private var overlays = 0
    private var objects = 0
    private(set) var bytes: Int
    /// Kustomizations that one build may go through; layers that name one base several times multiply them.
    private static let overlayLimit = 5_000
    /// Objects that one build may read, those that several layers read counted as often.
    private static let objectLimit = 500_000
    /// Bytes that one build may read, those of a file that is read several times counted as often.
    private static let byteLimit = 128 << 20

    private let charts: ChartInflation?
    private let pinned: ChartFinder?

    /// The documents of a file, and by what the memory knows it.
    fileprivate struct Parsed: Sendable {
        var documents: [Value]
        var name: ParsedFile?
        var bytes: Int
    }

    /// What was found of a file before it was asked for.
    final class Ahead: Sendable {
        let path: TreePath
        let sight: Sight
        /// nil where an earlier build has parsed the file.
        fileprivate let parsed: Parsed?
        /// The objects, where nothing is remembered; nil where the file is none of resources.
        fileprivate let states: [ResourceState]?
        /// The objects, where earlier builds are remembered; likewise.
        fileprivate let stages: [Stage]?
        fileprivate let bytes: Int

        fileprivate init(
            _ path: TreePath, _ sight: Sight, parsed: Parsed? = nil, states: [ResourceState]? = nil,
            stages: [Stage]? = nil, bytes: Int
        ) {
            self.path = path
            self.sight = sight
            self.parsed = parsed
            self.states = states
            self.stages = stages
            self.bytes = bytes
        }
    }

    /// - Parameters:
    ///   - charts: inflates charts; nil refuses them.
    ///   - pinned: finds those of other places; nil knows none.
    ///   - bytes: that have been read already.
    init(
        _ tree: any FileTree, charts: ChartInflation? = nil, pinned: ChartFinder? = nil, memory: ParsedFiles? = nil,
        growth: Growth, bytes: Int = 0
    ) {
        self.tree = tree
        self.memory = memory
        self.growth = growth
        self.bytes = bytes
        self.charts = charts
        self.pinned = pinned
    }

    /// For the objects of one more layer.
    func accumulator() -> Accumulator {
        Accumulator(growth: growth, number: trail?.number() ?? 0)
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

    func look(at path: TreePath, for origin: Origin) throws(Problem) -> Sight {
        try tree.look(at: path, for: origin)
    }

    /// Looks at some paths, and parses the files among them that no earlier build has parsed, several at the same time,
    /// before they are asked for one after another. What is no file, or does not parse, is left to that: there it gets its
    /// error, in its turn.
    ///
    /// - Parameters:
    ///   - paths: nil for what is no path.
    ///   - folder: where the files must lie; nil allows any place.
    /// - Returns: what was found at each path.
    func lookAhead(at paths: [TreePath?], within folder: TreePath?) -> [Ahead?] {
        let folder = folder.map(resolved)
        let (tree, memory) = (tree, memory)
        let found = inParts(of: paths.count, atLeast: 16) { part in
            var left = Self.byteLimit / 32
            return paths[part].map { path -> Ahead? in
                guard left > 0, let path, let sight = try? tree.look(at: path), sight.kind == .file,
                    folder?.contains(sight.place) ?? true
                else { return nil }
                if let memory, let id = try? sight.id ?? tree.contentID(of: path),
                    let known = memory.objects(of: ParsedFile(name: tree.displayName(of: path), id: id))
                {
                    return Ahead(path, sight, stages: known.objects, bytes: known.bytes)
                }
                guard let file = try? tree.read(path) else { return nil }
                left -= file.bytes.count
                guard let documents = try? YAML.parse(file.bytes, file: tree.sourceFile(path)) else { return nil }
                let states = try? OverlayFiles.objects(documents).map { ResourceState($0) }
                let name = memory.map { _ in ParsedFile(name: tree.displayName(of: path), id: file.id) }
                return Ahead(
                    path, sight, parsed: Parsed(documents: documents, name: name, bytes: file.bytes.count),
                    states: memory == nil ? states : nil, stages: memory == nil ? nil : states?.map(Stage.init),
                    bytes: file.bytes.count)
            }
        }
        let all = found.flatMap(\.self)
        for case let file? in all {
            guard let read = file.parsed else { continue }
            parsed[file.path] = read
            guard let memory, let name = read.name else { continue }
            memory.remember(documents: read.documents, of: name, bytes: read.bytes)
            if let stages = file.stages { memory.remember(objects: stages, of: name, bytes: read.bytes) }
        }
        return all
    }

    /// A file that holds no objects.
    func read(_ path: TreePath, for origin: Origin) throws(Problem) -> TreeFile {
        trail?.note(otherFile: path)
        return try load(path, for: origin)
    }

    private func load(_ path: TreePath, for origin: Origin) throws(Problem) -> TreeFile {
        let file = try tree.read(path, for: origin)
        try count(bytes: file.bytes.count, of: path, for: origin)
        return file
    }

    private func count(bytes count: Int, of path: TreePath, for origin: Origin) throws(Problem) {
        bytes += count
        if bytes > Self.byteLimit {
            throw Problem(
                "more than \(Self.byteLimit >> 20) MiB are read",
                at: origin.isKnown ? origin : Origin(sourceFile(path)),
                hint: "split the application")
        }
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
        if let lastLink, lastLink.path == path { return lastLink.target }
        if let known = links[path] {
            lastLink = (path, known)
            return known
        }
        do {
            let target = try tree.resolved(path)
            links[path] = target
            return target
        } catch {
            return path
        }
    }

    /// The documents of a file of no objects, from memory the second time.
    func documents(_ path: TreePath, for origin: Origin) throws(Problem) -> [Value] {
        trail?.note(otherFile: path)
        return try parse(path, for: origin).documents
    }

    private func parse(_ path: TreePath, for origin: Origin) throws(Problem) -> Parsed {
        if let known = parsed[path] {
            try count(bytes: known.bytes, of: path, for: origin)
            return known
        }
        if let name = try identify(path, for: origin), let known = memory?.documents(of: name) {
            try count(bytes: known.bytes, of: path, for: origin)
            let all = Parsed(documents: known.documents, name: name, bytes: known.bytes)
            parsed[path] = all
            return all
        }
        let read = try load(path, for: origin)
        // By what was read: a file on disk may have changed since it was looked at.
        let name = memory.map { _ in ParsedFile(name: tree.displayName(of: path), id: read.id) }
        let documents = try YAML.parse(read.bytes, file: sourceFile(path))
        let all = Parsed(documents: documents, name: name, bytes: read.bytes.count)
        if let name { memory?.remember(documents: documents, of: name, bytes: all.bytes) }
        parsed[path] = all
        return all
    }

    /// Gives the objects of a file of resources, for one more layer.
    ///
    /// - Parameters:
    ///   - id: of what the file holds, where that is known.
    ///   - ahead: what was found of it before.
    func eachResource(
        of path: TreePath, _ id: ContentID?, _ ahead: Ahead?, for origin: Origin,
        _ take: (Resource) throws(Problem) -> Void
    ) throws(Problem) {
        if let ahead, let number = ahead.states?.count ?? ahead.stages?.count {
            try count(bytes: ahead.bytes, of: path, for: origin)
            try count(objects: number, for: origin)
            if ahead.parsed == nil { fromMemory.append(path) }
            for state in ahead.states ?? [] { try take(Resource(state)) }
            for stage in ahead.stages ?? [] { try take(Resource(at: stage)) }
            return
        }
        guard let memory else {
            let objects = try OverlayFiles.objects(try parse(path, for: origin).documents)
            try count(objects: objects.count, for: origin)
            for object in objects { try take(Resource(object)) }
            return
        }
        let stages = try stages(path, id, for: origin, memory)
        try count(objects: stages.count, for: origin)
        for stage in stages { try take(Resource(at: stage)) }
    }

    private func stages(
        _ path: TreePath, _ id: ContentID?, for origin: Origin, _ memory: ParsedFiles
    ) throws(Problem) -> [Stage] {
        let name = tree.displayName(of: path)
        let id = if let id { id } else { try contentID(of: path, for: origin) }
        if let known = memory.objects(of: ParsedFile(name: name, id: id)) {
            try count(bytes: known.bytes, of: path, for: origin)
            fromMemory.append(path)
            return known.objects
        }
        let all = try parse(path, for: origin)
        let stages = try OverlayFiles.objects(all.documents).map { Stage(ResourceState($0)) }
        if let name = all.name { memory.remember(objects: stages, of: name, bytes: all.bytes) }
        return stages
    }

    /// The document of a kustomization file. Of a repeated key the last one counts, as for the library by which
    /// kustomize reads these files, though no others.
    func kustomization(_ path: TreePath, for origin: Origin) throws(Problem) -> Value? {
        kustomizations.insert(path)
        trail?.note(otherFile: path)
        if let name = try identify(path, for: origin), let known = memory?.kustomization(of: name) {
            try count(bytes: known.bytes, of: path, for: origin)
            return known.documents.first
        }
        let read = try read(path, for: origin)
        let file = sourceFile(path)
        let documents = try YAML.parse(read.bytes, file: file, repeatedKeys: .lastCounts)
        if let memory {
            let name = ParsedFile(name: file.path, id: read.id)
            memory.remember(kustomization: documents, of: name, bytes: read.bytes.count)
        }
        sources[file] = SourceLines(read.bytes)
        return documents.first
    }

    /// A file with its content; nil when there is no memory in which it could be known by them.
    private func identify(_ path: TreePath, for origin: Origin) throws(Problem) -> ParsedFile? {
        if memory == nil { return nil }
        return ParsedFile(name: tree.displayName(of: path), id: try contentID(of: path, for: origin))
    }

    private func contentID(of path: TreePath, for origin: Origin) throws(Problem) -> ContentID {
        do {
            return try tree.contentID(of: path)
        } catch {
            throw error.problem(at: origin, named: tree.displayName(of: error.path))
        }
    }

    /// A step of a kustomization, by which earlier builds may have gone; nil when nothing is remembered.
    ///
    /// - Parameter patch: the file that holds a patch of its own.
    func step(_ number: Int, of kustomization: TreePath, patch: TreePath? = nil) -> Step? {
        guard let memory, let file = try? identify(kustomization, for: .none) else { return nil }
        var key = Step.Key(file: file, number: number)
        if let patch {
            guard let file = try? identify(patch, for: .none) else { return nil }
            key.patch = file
        }
        return memory.step(key)
    }

    /// The text of a file that has been parsed, to find places within its values; nil when it is gone.
    func source(of file: SourceFile) -> SourceLines? {
        if let known = sources[file] { return known }
        // Texts within values are few, and nearly all of them are in kustomizations.
        let isWanted = { [self] (path: TreePath) in sourceFile(path) == file }
        let path =
            kustomizations.first(where: isWanted) ?? parsed.keys.first(where: isWanted)
            ?? fromMemory.first(where: isWanted)
        guard let path, let text = try? tree.read(path)
        else { return nil }
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
