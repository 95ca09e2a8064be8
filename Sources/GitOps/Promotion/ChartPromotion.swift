import Document
import FileTree
import Render

/// What a promotion changes of an application that is a chart: its pinned version, and versions of images in values that
/// the target has for itself.
///
/// A value is changed where the target's last word on it stands: in the entry's own `values`, or in a values file that no
/// other environment reads. Nothing is added, and nothing is changed that others share.
struct ChartPromotion {
    /// One side: an application, its environment, and the project and tree that it is of.
    struct Side {
        var application: ApplicationSource
        var environment: Environment
        var project: Project
        var tree: any FileTree
    }

    let source: Side
    let target: Side
    /// The files of the target that are changed, by their paths.
    var edits: [TreePath: SourceEdit]
    private(set) var moves: [ChartMove] = []
    /// Why something could not be promoted.
    private(set) var reasons: [String] = []

    init(from source: Side, to target: Side, edits: [TreePath: SourceEdit]) {
        self.source = source
        self.target = target
        self.edits = edits
    }

    /// Whether an application is a chart.
    static func concerns(_ application: ApplicationSource, in tree: any FileTree) throws(Problem) -> Bool {
        if application.chart?.remote != nil { return true }
        guard try tree.kind(of: application.path, for: application.origin) == .folder else { return true }
        return (try? Engine.forFolder(application.path, in: tree, for: application.origin)) == .chart
    }

    mutating func make() throws(Problem) {
        try promoteVersion()
        let (wanted, held) = (try Holders(source).versions(), try Holders(target))
        for version in wanted { try promote(version, held) }
    }

    // MARK: The chart's version

    private mutating func promoteVersion() throws(Problem) {
        let (from, to) = (source.application.chart?.remote, target.application.chart?.remote)
        guard from != nil || to != nil else { return }
        guard let from, let to, from.repository == to.repository, from.name == to.name else {
            reasons.append("it is another chart in \(target.environment.name)")
            return
        }
        guard from.version != to.version || from.digestText != to.digestText, let entry = try entry() else { return }
        let chart = entry + [.key("chart")]
        try set(chart + [.key("version")], to: .string(from.version), in: Self.projectFile)
        try set(chart + [.key("digest")], to: .string(from.digestText), in: Self.projectFile)
        moves.append(
            ChartMove(
                application: target.application.name, subject: from.name, old: to.version, new: from.version))
    }

    // MARK: Values

    private mutating func promote(_ version: Holders.Version, _ held: Holders) throws(Problem) {
        let name = target.environment.name
        guard let place = held.last(version.path) else {
            reasons.append("\(name) sets no \(version.text) of its own")
            return
        }
        let old = place.value.scalar?.text ?? ""
        if version.field == "tag", let digest = held.last(version.sibling("digest"))?.value.string, !digest.isEmpty,
            version.digest.isEmpty
        {
            reasons.append("\(name) names a digest for \(version.text), which counts more than the tag")
            return
        }
        guard old != version.value.text else { return }
        let steps = version.path.map { EditPath.Step.key($0) }
        switch place.holder {
        case .entry:
            guard let entry = try entry() else {
                reasons.append("\(version.text) stands in an entry of belay.yaml that makes several applications")
                return
            }
            try set(entry + [.key("values")] + steps, to: version.plain, in: Self.projectFile)
        case .file(let file):
            if let other = reader(of: file) {
                reasons.append("\(version.text) stands in \(file), which \(other) reads too")
                return
            }
            try set(steps, to: version.plain, in: file)
        case .environment:
            reasons.append("\(version.text) stands among the values of all charts of \(name)")
            return
        }
        moves.append(
            ChartMove(
                application: target.application.name, subject: version.text, old: old, new: version.value.text))
    }

    /// Another application that gets the values of a file; nil when the target's is the only one.
    private func reader(of file: TreePath) -> String? {
        for environment in target.project.environments {
            for source in (try? target.project.applications(of: environment, in: target.tree)) ?? [] {
                if environment.name == target.environment.name, source.name == target.application.name { continue }
                if source.chart?.valuesFiles.contains(where: { $0.path == file }) == true {
                    return "\(environment.name)/\(source.name)"
                }
            }
        }
        return nil
    }

    // MARK: Files

    private static let projectFile = TreePath.root.appending(Project.fileName)

    /// The way to the application's entry in `belay.yaml`; nil for one whose wildcards make several applications.
    private func entry() throws(Problem) -> [EditPath.Step]? {
        let apps: [EditPath.Step] = [
            .key("spec"), .key("environments"), .item(field: "name", value: target.environment.name), .key("apps"),
        ]
        let items = try edit(Self.projectFile).value(at: EditPath(apps))?.items ?? []
        let index = items.firstIndex { item in
            if let name = item["name"]?.string { return name == target.application.name }
            return item["path"]?.string.flatMap { TreePath($0) } == target.application.path
        }
        return index.map { apps + [.index($0)] }
    }

    private func edit(_ file: TreePath) throws(Problem) -> SourceEdit {
        if let known = edits[file] { return known }
        return try SourceEdit(try target.tree.read(file, for: .none).bytes, file: target.tree.sourceFile(file))
    }

    private mutating func set(_ steps: [EditPath.Step], to value: Value, in file: TreePath) throws(Problem) {
        var changed = try edit(file)
        try changed.set(EditPath(steps), to: value)
        edits[file] = changed
    }
}

/// The places where an application's values stand, those that count more behind the others.
struct Holders {
    enum Holder: Hashable {
        /// `values` of the environment.
        case environment
        case file(TreePath)
        /// `values` of the application's entry.
        case entry
    }

    /// A version of an image, as values have it.
    struct Version {
        var path: [String]
        var value: Scalar
        /// The digest beside it; empty for none.
        var digest: String
        var field: String { path.last ?? "" }
        /// The value without quotes of its own: those of the place where it goes are kept.
        var plain: Value { value.kind == .string ? .string(value.text) : Value(.scalar(value)) }
        var text: String { path.joined(separator: ".") }
        func sibling(_ name: String) -> [String] { path.dropLast() + [name] }
    }

    private var all: [(holder: Holder, values: Value)] = []

    init(_ side: ChartPromotion.Side) throws(Problem) {
        if let values = side.environment.charts.values { all.append((.environment, values)) }
        for file in side.application.chart?.valuesFiles ?? [] {
            for values in try side.tree.documents(file.path, for: file.origin) {
                all.append((.file(file.path), values))
            }
        }
        if let values = side.application.chart?.values { all.append((.entry, values)) }
    }

    /// The last word on a value; nil when nobody says anything.
    func last(_ path: [String]) -> (holder: Holder, value: Value)? {
        for (holder, values) in all.reversed() {
            var value: Value? = values
            for key in path { value = value?[key] }
            if let value, value.scalar != nil { return (holder, value) }
        }
        return nil
    }

    /// Versions of images: `tag` and `digest` beside a `repository`, or under a key that is `image` or ends so.
    func versions() throws(Problem) -> [Version] {
        var paths: [[String]] = []
        for (_, values) in all { Self.collect(values, [], &paths) }
        var found: [Version] = []
        for path in paths where !found.contains(where: { $0.path == path }) {
            guard let scalar = last(path)?.value.scalar, scalar.kind != .null else { continue }
            let digest = last(path.dropLast() + ["digest"])?.value.string ?? ""
            found.append(Version(path: path, value: scalar, digest: digest))
        }
        return found
    }

    private static let deepest = 40

    private static func collect(_ value: Value, _ path: [String], _ found: inout [[String]]) {
        guard let fields = value.fields, path.count < deepest else { return }
        let name = path.last ?? ""
        let isImage = name == "image" || name.hasSuffix("Image") || value["repository"] != nil
        for entry in fields.entries {
            let key = entry.key.text
            if isImage, ["tag", "digest"].contains(key), entry.value.scalar != nil {
                found.append(path + [key])
            } else {
                collect(entry.value, path + [key], &found)
            }
        }
    }
}
