import Document
import FileTree

extension ChartRequest {
    /// What an entry asks for, in the folder of its kustomization.
    ///
    /// - Parameter namespace: that of the kustomization, or of one that led to it, for an entry that names none.
    init(_ entry: ChartEntry, _ files: OverlayFiles, namespace: String?) throws(Problem) {
        name = entry.name.string ?? ""
        version = entry.version
        repository = entry.repository
        releaseName = entry.releaseName
        nameTemplate = entry.nameTemplate
        self.namespace = entry.namespace ?? namespace
        includesCRDs = entry.includesCRDs
        skipsHooks = entry.skipsHooks
        skipsTests = entry.skipsTests
        apiVersions = entry.apiVersions
        kubeVersion = entry.kubeVersion
        origin = entry.name.origin
        var place = try files.folder.referred(by: entry.home?.string ?? "charts", at: entry.home?.origin ?? origin)
        if !version.isEmpty, !repository.isEmpty { place = place.appending("\(name)-\(version)") }
        folder = try place.referred(by: name, at: origin)
        values = []
        if try files.tree.kind(of: folder, for: origin) != .folder {
            guard !repository.isEmpty, let found = try files.tree.pinnedChart(name, version, repository, origin) else {
                throw missing(files)
            }
            pinned = found
        }
        values = try Self.values(entry, folder, pinned, files)
    }

    private func missing(_ files: OverlayFiles) -> Problem {
        let place = folder.parent.map { files.folder.relative(to: $0) } ?? "."
        if repository.isEmpty {
            return Problem(
                "there is no chart in \(files.tree.name(folder)), and the entry has no \"repo\" that says where it is from",
                at: origin,
                hint: "put the chart there, or set helmGlobals.chartHome to the folder that has it")
        }
        let number = version.isEmpty ? "" : " --version \(version)"
        let source =
            repository.hasPrefix("oci://")
            ? "\(repository.hasSuffix("/") ? String(repository.dropLast()) : repository)/\(name)"
            : "--repo \(repository) \(name)"
        return Problem(
            "the chart \(name) of \(repository) is not in \(files.tree.name(folder)), and rendering uses no network",
            at: origin,
            hint:
                "pin it under spec.charts of belay.yaml (belay chart pin \(repository) \(name)\(number) says how); or run helm pull --untar --untardir \(place) \(source)\(number) in \(files.tree.name(files.folder)), and commit it"
        )
    }

    /// Kustomize hands the chart's own values over as if the user had given them, when no other file is named.
    private static func values(
        _ entry: ChartEntry, _ folder: TreePath, _ pinned: PinnedChart?, _ files: OverlayFiles
    ) throws(Problem) -> [Value] {
        var given: [Value] = []
        let isReplaced = entry.inlineValues != nil && entry.merging == .replace
        if !isReplaced {
            if let file = entry.valuesFile {
                given = try document(try files.path(file.string ?? "", for: file.origin), file.origin, files)
            } else if let pinned {
                let own = pinned.folder.appending("values.yaml")
                if try pinned.tree.kind(of: own, for: entry.name.origin) == .file {
                    let bytes = try pinned.tree.read(own, for: entry.name.origin).bytes
                    given = try document(bytes, pinned.tree.sourceFile(own))
                }
            } else {
                let own = folder.appending("values.yaml")
                let origin = entry.name.origin
                if try files.tree.kind(of: own, for: origin) == .file {
                    let path = try files.path(files.folder.relative(to: own), for: origin)
                    given = try document(path, origin, files)
                }
            }
        }
        if let inline = entry.inlineValues {
            let file = given.first ?? .mapping(Mapping())
            switch entry.merging {
            case .replace: given = [inline]
            case .override: given = [try ValuesMerge.merged(inline, into: file)]
            case .merge: given = [try ValuesMerge.merged(file, into: inline)]
            }
        }
        for file in entry.additionalFiles {
            given += try document(try files.path(file.string ?? "", for: file.origin), file.origin, files)
        }
        return given
    }

    private static func document(
        _ path: TreePath, _ origin: Origin, _ files: OverlayFiles
    ) throws(Problem) -> [Value] {
        try document(try files.tree.read(path, for: origin).bytes, files.tree.sourceFile(path))
    }

    private static func document(_ bytes: [UInt8], _ file: SourceFile) throws(Problem) -> [Value] {
        let documents = try YAML.parse(bytes, file: file, repeatedKeys: .lastCounts)
        guard let first = documents.first, !first.isNull else { return [] }
        guard first.fields != nil else { throw Problem("values must be a mapping", at: first.origin) }
        return [first]
    }
}
