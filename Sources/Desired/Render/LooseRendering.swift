package import Document
package import FileTree
package import Helm
package import Kustomize
import System

/// Renders a folder by itself, without a project: what `belay render PATH` does, and the core of every rendering.
package enum LooseRendering {
    /// The objects of a folder, as its engine gives them.
    ///
    /// - Parameters:
    ///   - origin: the value that names the folder; `.none` for a command line.
    ///   - options: for kustomize.
    ///   - release: how a chart is rendered; nil takes the folder's name for the release's.
    ///   - values: for a chart, beside its own.
    ///   - pinned: charts of other places that kustomizations may inflate.
    ///   - memory: files that were parsed before; nil for one rendering alone.
    ///   - change: what is done to each object before names are made from its content; nil changes nothing.
    /// - Throws: `Problem` with its place in the tree.
    package static func objects(
        of folder: TreePath, in tree: any FileTree, for origin: Origin = .none,
        options: Kustomize.Options = Kustomize.Options(), release: HelmRender.Settings? = nil,
        values: GivenValues = GivenValues(), pinned: PinnedCharts? = nil, memory: ParsedFiles? = nil,
        changing change: Kustomize.ObjectChange? = nil
    ) throws(Problem) -> [Value] {
        try trace(
            folder, in: tree, for: origin, options: options, release: release, values: values, pinned: pinned,
            memory: memory, changing: change
        ).objects
    }

    /// The objects of a folder, as `objects` gives them, with the trail to them where there is one.
    static func trace(
        _ folder: TreePath, in tree: any FileTree, for origin: Origin, options: Kustomize.Options = Kustomize.Options(),
        release: HelmRender.Settings?, values: GivenValues = GivenValues(), pinned: PinnedCharts?,
        memory: ParsedFiles?, changing change: Kustomize.ObjectChange?
    ) throws(Problem) -> (objects: [Value], trail: Trail?) {
        // A service hands in a tree that keeps its own record; for one rendering the short ways are taken here.
        let tree = memory == nil ? tree.reading(remembersIDs: false) : tree
        switch try Engine.forFolder(folder, in: tree, for: origin) {
        case .kustomize:
            let engine = ChartEngine(settings: release ?? HelmRender.Settings(release: "release-name"))
            let (objects, trail) = try Kustomize.trace(
                folder, in: tree, for: origin, options: options,
                charts: { (request, tree) throws(Problem) in try engine.objects(of: request, in: tree) },
                pinned: { (name, version, repository, origin) throws(Problem) in
                    try pinned?.chart(name, version: version, repository: repository, at: origin)
                },
                memory: memory, changing: change)
            return (objects, trail.map(Trail.overlay))
        case .chart:
            let settings = release ?? HelmRender.Settings(release: folder.name.isEmpty ? "release-name" : folder.name)
            var objects = try ChartEngine(settings: settings).objects(of: folder, in: tree, values: values)
            if let change {
                for index in objects.indices { try change(&objects[index]) }
            }
            return (objects, nil)
        case .plain:
            var (objects, files) = try PlainFolder.objects(of: folder, in: tree, for: origin)
            guard let change else { return (objects, .folder(files)) }
            for index in objects.indices { try change(&objects[index]) }
            return (objects, nil)
        }
    }

    /// The YAML of objects, as kustomize prints them: parts of many are written at the same time.
    package static func text(of objects: [Value]) -> [UInt8] {
        let parts = inParts(of: objects.count, atLeast: 64) { YAML.emit(Array(objects[$0])) }
        return Array(parts.joined(separator: Array("---\n".utf8)))
    }
}
