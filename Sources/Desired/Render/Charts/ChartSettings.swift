import Crypto
package import Document
package import FileTree

/// What `belay.yaml` says of an application that is a chart.
package struct ChartSettings: Sendable, Hashable {
    /// nil for a chart of the repository itself.
    package var remote: ChartPin?
    /// Dependencies that are fetched, where `charts/` does not hold them.
    package var dependencies: [ChartPin] = []
    /// Digests of dependencies by name, as the file has them.
    var digests: [String: Digest] = [:]
    var dependenciesOrigin: Origin = .none
    /// The release's name; nil for the application's.
    package var release: String?
    /// Files of values, each with the place that names it; later ones count more.
    package var valuesFiles: [ValuesFile] = []
    /// Values that stand in `belay.yaml` itself; they count most.
    package var values: Value?
    /// Whether its templates may look up what is live; nil for what the environment says.
    package var looksUp: Bool?

    /// A file of values.
    package struct ValuesFile: Sendable, Hashable {
        package var path: TreePath
        package var origin: Origin
    }

    package static func == (left: ChartSettings, right: ChartSettings) -> Bool {
        left.remote == right.remote && left.dependencies == right.dependencies && left.digests == right.digests
            && left.release == right.release && left.looksUp == right.looksUp && left.valuesFiles == right.valuesFiles
            && EnvironmentCharts(values: left.values) == EnvironmentCharts(values: right.values)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(remote)
        hasher.combine(valuesFiles)
        hasher.combine(valuesText)
    }

    /// The values as bytes that tell texts from numbers.
    private var valuesText: String { values.map { JSON.text($0) } ?? "" }

    /// Looks up in the chart's `Chart.lock` what the dependencies with a digest are.
    ///
    /// - Throws: `Problem` at the entry for one that the lock does not name.
    mutating func resolveDependencies(of folder: TreePath, in tree: any FileTree) throws(Problem) {
        guard !digests.isEmpty else { return }
        let path = folder.appending("Chart.lock")
        guard try tree.kind(of: path, for: dependenciesOrigin) == .file else {
            throw Problem(
                "\(folder) has no Chart.lock, which says what its dependencies are", at: dependenciesOrigin,
                hint: "commit the Chart.lock that belay chart vendor or helm dependency update writes")
        }
        let lock = try tree.documents(path, for: dependenciesOrigin).first
        let locked = lock?["dependencies"]?.items ?? []
        for (name, digest) in digests.sorted(by: { $0.key < $1.key }) {
            guard let item = locked.first(where: { $0["name"]?.string == name }),
                let repository = item["repository"]?.string, let version = item["version"]?.scalar?.text
            else {
                throw Problem(
                    "\(path) names no dependency \(name)", at: dependenciesOrigin,
                    hint: "it names: \(locked.compactMap { $0["name"]?.string }.joined(separator: ", "))")
            }
            try ChartReader.checkRepository(repository, at: item.origin)
            dependencies.append(
                ChartPin(
                    repository: ChartReader.trimmed(repository), name: name, version: version, digest: digest,
                    origin: dependenciesOrigin))
        }
    }
}

/// Which files are charts in archives.
enum ChartArchives {
    static func isArchive(_ path: TreePath) -> Bool {
        path.name.hasSuffix(".tgz") || path.name.hasSuffix(".tar.gz")
    }
}
