package import Document
package import FileTree
import System

/// Renders kustomizations: `kustomization.yaml` with what it names, to the objects that `kubectl kustomize` prints.
///
/// One tree of values goes through all layers, so that every scalar keeps the place of what set it last, and the places
/// of those that it replaced.
package enum Kustomize {
    /// How a kustomization is rendered; the defaults are kustomize's own.
    package struct Options: Sendable, Hashable {
        /// The order of the objects.
        package enum Order: String, Sendable, Hashable, CaseIterable {
            /// Namespaces and other kinds that others need first, then by group, kind, namespace and name.
            case legacy
            /// As they were accumulated.
            case none
        }

        /// nil leaves it to the kustomization's `sortOptions`, and without those to `legacy`.
        package var order: Order?
        /// Whether files beside the folder of a kustomization may be read (`LoadRestrictionsNone`).
        package var readsAnyFile: Bool
        /// Told of what each transformer is about to change.
        package var observer: BuildObserver?
        /// What patches, replacements and transformers may put into objects: bytes of text, and 64 for each value.
        package var growth = 192 << 20

        package init(order: Order? = nil, readsAnyFile: Bool = false, observer: BuildObserver? = nil) {
            self.order = order
            self.readsAnyFile = readsAnyFile
            self.observer = observer
        }
    }

    /// What is done to an object.
    package typealias ObjectChange = (inout Value) throws(Problem) -> Void

    /// The objects of a kustomization.
    ///
    /// - Parameters:
    ///   - origin: the value that names the folder; `.none` for a command line.
    ///   - charts: inflates the charts that kustomizations name; nil refuses them.
    ///   - pinned: finds charts that are not in the tree; nil knows none.
    ///   - memory: what earlier builds have parsed; this one adds to it.
    ///   - change: what is done to each object before hashes of its content go into names; nil changes nothing.
    /// - Throws: `Problem` with its place in the tree.
    package static func build(
        _ folder: TreePath, in tree: any FileTree, for origin: Origin = .none, options: Options = Options(),
        charts: ChartInflation? = nil, pinned: ChartFinder? = nil, memory: ParsedFiles? = nil,
        changing change: ObjectChange? = nil
    ) throws(Problem) -> [Value] {
        try trace(
            folder, in: tree, for: origin, options: options, charts: charts, pinned: pinned, memory: memory,
            changing: change
        ).objects
    }

    /// The objects of a kustomization, as `build` gives them, with the trail to them where a later build may follow it:
    /// where there is a memory, and nothing else is done to objects.
    package static func trace(
        _ folder: TreePath, in tree: any FileTree, for origin: Origin = .none, options: Options = Options(),
        charts: ChartInflation? = nil, pinned: ChartFinder? = nil, memory: ParsedFiles? = nil,
        changing change: ObjectChange? = nil
    ) throws(Problem) -> (objects: [Value], trail: Trail?) {
        let files = BuildFiles(
            tree, charts: charts, pinned: pinned, memory: memory, growth: Growth(weight: options.growth))
        if memory != nil, change == nil, options.observer == nil { files.trail = TrailRecorder() }
        var accumulator = files.accumulator()
        let overlay = try Problem.following(origin) { () throws(Problem) in
            let overlay = try Overlay(folder, in: files, for: origin, options: options)
            files.recordsTransformations = overlay.kustomization.metadata.hasTransformations
            try overlay.accumulate(into: &accumulator)
            return overlay
        }
        if let change {
            for resource in accumulator.resources { try resource.update(change) }
        }
        defer { Allocator.keep((files, accumulator)) }
        accumulator.addHashes()
        let names = NameReferenceFix.Index(accumulator.configuration.nameReferences, among: accumulator.resources)
        try accumulator.inParts(accumulator.resources, with: names, for: origin) {
            (_, resources, names) throws(Problem) in
            let fix = NameReferenceFix(names)
            for resource in resources { try fix.apply(to: resource) }
        }
        try accumulator.resolveVariables()
        accumulator.remove(\.isLocal)
        var ordered = accumulator.resources
        let sort = overlay.kustomization.sort
        if (sort?.order ?? options.order ?? .legacy) == .legacy {
            ordered = SortOrder(first: sort?.first, last: sort?.last).sorted(ordered)
        }
        let metadata = overlay.kustomization.metadata
        let objects = ordered.map { metadata.finish($0, from: folder) }
        return (objects, files.trail.flatMap { Trail($0, ordered, names, metadata, in: folder, files) })
    }
}

extension Resource {
    /// Whether it is meant for tools alone, and not for a cluster.
    var isLocal: Bool {
        guard hasAnnotations,
            let mark = value[path: "metadata", "annotations", "config.kubernetes.io/local-config"]
        else { return false }
        return mark.scalar?.text != "false"
    }
}
