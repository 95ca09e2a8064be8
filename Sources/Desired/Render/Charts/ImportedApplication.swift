import Document
package import FileTree
package import Helm

/// What an imported release becomes in a repository: a chart, its values, and an entry of `belay.yaml`.
package struct ImportedApplication {
    private let release: HelmRelease
    private let environment: String
    /// A chart that is in the repository already; nil writes the release's own.
    private let chart: TreePath?

    package init(release: HelmRelease, environment: String, chart: TreePath?) {
        self.release = release
        self.environment = environment
        self.chart = chart
    }

    /// The files to write, by their paths from the repository's root; those that are there and the same are left out.
    ///
    /// - Throws: `Problem` where something else is in the way.
    package func files(in tree: any FileTree) throws -> [(path: TreePath, bytes: [UInt8])] {
        var wanted: [TreePath: [UInt8]] = [:]
        if chart == nil {
            guard release.subcharts.isEmpty else {
                throw Problem(
                    "the release \(release.name) was made with the charts \(release.subcharts.joined(separator: ", ")) within \(release.chartName), and Helm keeps only the outer one",
                    hint:
                        "put \(release.chartName) \(release.chartVersion) into the repository, and name it with --chart"
                )
            }
            for (name, bytes) in release.chart {
                guard let path = chartPath.resolving(name) else { continue }
                wanted[path] = bytes
            }
        }
        if let values = release.values { wanted[valuesPath] = YAML.emit([values]) }
        var files: [(path: TreePath, bytes: [UInt8])] = []
        for (path, bytes) in wanted.sorted(by: { $0.key < $1.key }) {
            switch try tree.kind(of: path) {
            case .absent: files.append((path, bytes))
            case .file:
                guard try tree.read(path).bytes != bytes else { continue }
                throw Problem(
                    "\(path) is there already, and holds something else",
                    hint: chartPath.contains(path)
                        ? "if that is the chart, name it: --chart \(chartPath)"
                        : "move it away, or compare them by hand")
            case .folder: throw Problem("\(path) is a folder")
            }
        }
        return files
    }

    package var chartPath: TreePath { chart ?? TreePath.root.appending("charts").appending(release.chartName) }
    private var valuesPath: TreePath {
        TreePath.root.appending("apps").appending(release.name).appending("values.\(environment).yaml")
    }

    /// `belay.yaml` with the application in it; everything else in it stays as it is.
    package func project(_ bytes: [UInt8]) throws -> [UInt8] {
        var edit = try SourceEdit(bytes, file: SourceFile(Project.fileName))
        let apps: [EditPath.Step] = [
            .key("spec"), .key("environments"), .item(field: "name", value: environment), .key("apps"),
        ]
        let entry = apps + [.item(field: "name", value: release.name)]
        if try edit.value(at: EditPath(entry)) != nil {
            throw Problem("the environment \(environment) has an application \(release.name) already")
        }
        do {
            try edit.set(EditPath(entry + [.key("path")]), to: .string(chartPath.text))
            if release.values != nil {
                try edit.set(EditPath(entry + [.key("valuesFiles")]), to: .string(valuesPath.text))
            }
        } catch {
            throw Problem(
                "\(Project.fileName) cannot be edited here: \(error.message)", at: error.origin,
                hint: "add to the environment's apps by hand: \(entryText)")
        }
        guard release.values != nil else { return edit.bytes }
        // An edit sets scalars; this one becomes a list of one.
        let text = String(decoding: edit.bytes, as: UTF8.self)
        return Array(text.replacing("valuesFiles: \(valuesPath)", with: "valuesFiles: [\(valuesPath)]").utf8)
    }

    private var entryText: String {
        let values = release.values == nil ? "" : ", valuesFiles: [\(valuesPath)]"
        return "{path: \(chartPath), name: \(release.name)\(values)}"
    }
}
