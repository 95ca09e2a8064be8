package import Document
package import FileTree

/// What a chart depends on, and the lock that says which versions these are (Helm's documentation, "helm dependency").
package struct ChartResolution {
    /// An entry of `dependencies`.
    package struct Wanted: Sendable {
        package var name: String
        /// A version or a range of them; empty for any.
        package var range: String
        /// Empty for a chart that lies in `charts/`, `file://…` for one of the same repository.
        package var repository: String
        package var origin: Origin
    }

    /// An entry of the lock.
    package struct Locked: Sendable, Hashable {
        package var name: String
        package var version: String
        package var repository: String

        package init(name: String, version: String, repository: String) {
            self.name = name
            self.version = version
            self.repository = repository
        }
    }

    package let wanted: [Wanted]
    /// The lock's name beside `Chart.yaml`; charts of the first form have another.
    package let lockName: String
    private let source: [Value]

    /// Reads what a chart's folder says.
    ///
    /// - Throws: `Problem` for a folder without a chart, and for dependencies that are none.
    package init(of folder: TreePath, in tree: any FileTree) throws(Problem) {
        let place = folder.appending("Chart.yaml")
        guard try tree.kind(of: place, for: .none) == .file else {
            throw Problem(
                "there is no Chart.yaml in \(tree.displayName(of: folder))", hint: "name a chart's folder")
        }
        let metadata = try tree.documents(place, for: .none).first ?? .null
        let former = folder.appending("requirements.yaml")
        var requirements: Chart.File?
        if try tree.kind(of: former, for: .none) == .file {
            requirements = Chart.File(
                name: "requirements.yaml", bytes: try tree.read(former, for: .none).bytes,
                source: tree.sourceFile(former).path)
        }
        let dependencies = try ChartDependency.read(metadata, requirements) ?? []
        wanted = dependencies.map {
            Wanted(name: $0.name, range: $0.version, repository: $0.repository, origin: $0.origin)
        }
        source = dependencies.map(\.source)
        lockName = requirements == nil ? "Chart.lock" : "requirements.lock"
    }

    /// The entries of a lock.
    ///
    /// - Throws: `Problem` at an entry that lacks something, and at a lock that is of other dependencies than these.
    package func locked(by lock: Value) throws(Problem) -> [Locked] {
        let items = lock["dependencies"]?.items ?? []
        if let digest = lock["digest"], let text = digest.string, !text.isEmpty,
            !ChartLock.digests(source, items).contains(text)
        {
            throw Problem(
                "the dependencies were changed after the lock was written", at: digest.origin,
                hint: "write it anew with belay chart vendor --update")
        }
        var found: [Locked] = []
        for item in items {
            guard let name = item["name"]?.string, let version = item["version"]?.scalar?.text else {
                throw Problem("a locked dependency needs name, version and repository", at: item.origin)
            }
            found.append(Locked(name: name, version: version, repository: item["repository"]?.string ?? ""))
        }
        return found
    }

    /// The lock's file, as Helm writes it.
    ///
    /// - Parameter time: when, as RFC 3339 has it.
    package func lock(_ locked: [Locked], at time: String) -> [UInt8] {
        let items = locked.map { one -> Value in
            ["name": .string(one.name), "repository": .string(one.repository), "version": .string(one.version)]
        }
        let digest = ChartLock.digests(source, items)[0]
        return YAML.emit([
            ["dependencies": .sequence(items), "digest": .string(digest), "generated": .string(time)]
        ])
    }
}

extension Chart {
    /// The files of a chart's folder that belong to it, by their paths in it: without those that `.helmignore` names.
    package static func files(of folder: TreePath, in tree: any FileTree) throws(Problem) -> [File] {
        try ChartFiles.read(folder, in: tree)
    }
}
