import Document
import FileTree
import Helm
import Render
package import System

/// `belay chart vendor`: what a chart depends on, put into its `charts/`.
package struct ChartVendor {
    private let folder: String
    private let source: ChartSource
    private let updates: Bool
    private let clock: WallClock

    /// - Parameters:
    ///   - folder: the chart's own, on disk.
    ///   - updates: whether versions are looked for anew, whatever the lock says.
    package init(folder: String, source: ChartSource, updates: Bool, clock: WallClock = .system) {
        self.folder = folder
        self.source = source
        self.updates = updates
        self.clock = clock
    }

    /// - Returns: a line for each chart that was put there, and for the lock.
    package func run() async throws -> [String] {
        let tree = try DirectoryTree(folder, displayedAs: folder == "." ? nil : folder)
        let resolution = try ChartResolution(of: .root, in: tree)
        let lock = "\(folder)/\(resolution.lockName)"
        var locked: [ChartResolution.Locked]
        var lines: [String] = []
        if Files.exists(lock), !updates {
            let value = try YAML.parseOne(try Files.read(lock, limit: 1 << 20), file: SourceFile(lock))
            locked = try resolution.locked(by: value)
            for one in locked { lines += try await put(one, .none) }
        } else {
            locked = []
            for wanted in resolution.wanted {
                let one = try await resolve(wanted)
                lines += try await put(one, wanted.origin)
                locked.append(one)
            }
            guard !locked.isEmpty else { return [] }
            try Files.replace(lock, with: resolution.lock(locked, at: clock.now().nano), mode: 0o644)
            lines.append(lock)
        }
        return lines
    }

    // MARK: Versions

    private func resolve(_ wanted: ChartResolution.Wanted) async throws -> ChartResolution.Locked {
        var one = ChartResolution.Locked(name: wanted.name, version: "", repository: wanted.repository)
        if wanted.repository.isEmpty {
            one.version = try present(wanted.name, at: wanted.origin)
        } else if let path = Self.local(wanted.repository) {
            let chart = try Chart.load(.root, in: try neighbour(path, at: wanted.origin))
            one.version = chart.version
        } else {
            try Self.check(wanted)
            let known = try await source.versions(of: wanted.name, in: wanted.repository)
            guard let version = try VersionChoice.newest(of: known, in: wanted.range.isEmpty ? nil : wanted.range)
            else {
                throw Problem(
                    "\(wanted.repository) has no version of \(wanted.name) that \(wanted.range) allows",
                    at: wanted.origin, hint: "it has: \(known.prefix(8).joined(separator: ", "))")
            }
            return ChartResolution.Locked(name: wanted.name, version: version, repository: wanted.repository)
        }
        guard try VersionChoice.newest(of: [one.version], in: wanted.range.isEmpty ? nil : wanted.range) != nil else {
            throw Problem(
                "\(wanted.name) is there in version \(one.version), and \(wanted.range) is wanted", at: wanted.origin,
                hint: "change the range, or the chart")
        }
        return one
    }

    private static func check(_ wanted: ChartResolution.Wanted) throws(Problem) {
        guard wanted.repository.hasPrefix("@") || wanted.repository.hasPrefix("alias:") else { return }
        throw Problem(
            "the repository \(wanted.repository) of \(wanted.name) is a name that one machine's Helm knows",
            at: wanted.origin, hint: "write its address: https://… or oci://…")
    }

    /// The version of a chart that lies in `charts/` already.
    private func present(_ name: String, at origin: Origin) throws -> String {
        let chart = try Chart.load(.root, in: try DirectoryTree(folder))
        if let found = chart.charts(named: name).first { return found.version }
        throw Problem(
            "the dependency \(name) names no repository, and is not in \(folder)/charts", at: origin,
            hint: "put it there, or say where it is from")
    }

    // MARK: Files

    private func put(_ one: ChartResolution.Locked, _ origin: Origin) async throws -> [String] {
        // What names no repository lies in charts/ and is the user's own.
        if one.repository.isEmpty { return [] }
        try Files.makeFolders("\(folder)/charts")
        if let path = Self.local(one.repository) {
            return try copy(one.name, from: try neighbour(path, at: origin))
        }
        guard !Files.isFolder("\(folder)/charts/\(one.name)") else {
            throw Problem(
                "\(folder)/charts/\(one.name) is a folder, and \(one.name) \(one.version) comes as an archive",
                at: origin, hint: "remove the folder, or the dependency's repository")
        }
        let pin = try await source.pin(one.name, one.version, in: one.repository)
        try removeOthers(than: pin.fileName, of: one.name)
        try Files.replace("\(folder)/charts/\(pin.fileName)", with: try source.archive(pin), mode: 0o644)
        return ["\(folder)/charts/\(pin.fileName)  \(pin.digest)"]
    }

    /// Archives of other versions would count as charts too.
    private func removeOthers(than fileName: String, of name: String) throws {
        for other in try Files.names(in: "\(folder)/charts") where other != fileName {
            guard other.hasPrefix("\(name)-"), other.hasSuffix(".tgz") else { continue }
            let version = String(other.dropFirst(name.count + 1).dropLast(4))
            guard try VersionChoice.newest(of: [version], in: ">=0.0.0-0") != nil else { continue }
            try Files.remove("\(folder)/charts/\(other)")
        }
    }

    private func copy(_ name: String, from tree: DirectoryTree) throws -> [String] {
        for file in try Chart.files(of: .root, in: tree) {
            let path = "\(folder)/charts/\(name)/\(file.name)"
            try Files.makeFolders(String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]))
            try Files.replace(path, with: file.bytes, mode: 0o644)
        }
        return ["\(folder)/charts/\(name)"]
    }

    private static func local(_ repository: String) -> String? {
        repository.hasPrefix("file://") ? String(repository.dropFirst("file://".count)) : nil
    }

    private func neighbour(_ path: String, at origin: Origin) throws -> DirectoryTree {
        let place = path.hasPrefix("/") ? path : "\(folder)/\(path)"
        guard Files.exists("\(place)/Chart.yaml") else {
            throw Problem("there is no chart in \(place)", at: origin, hint: "paths are from the chart's own folder")
        }
        return try DirectoryTree(place, displayedAs: place)
    }
}
