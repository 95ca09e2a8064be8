import Archive
import Document
import FileTree

/// Reading a chart's files from its folder, without those that `.helmignore` leaves out.
enum ChartFiles {
    private static let mostFiles = 20_000
    private static let mostBytes = 256 << 20
    static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

    static func read(_ folder: TreePath, in tree: any FileTree) throws(Problem) -> [Chart.File] {
        var ignore = IgnoreRules()
        let rules = folder.appending(".helmignore")
        if try tree.kind(of: rules, for: .none) == .file {
            let text = String(decoding: withoutMark(try tree.read(rules, for: .none).bytes), as: UTF8.self)
            try ignore.add(text, from: tree.sourceFile(rules))
        }
        var files: [Chart.File] = []
        var bytes = 0
        var copies = Copies()
        try walk(folder, "", tree, ignore, &files, &bytes, &copies, depth: 0)
        return files
    }

    private static func walk(
        _ folder: TreePath, _ prefix: String, _ tree: any FileTree, _ ignore: IgnoreRules, _ files: inout [Chart.File],
        _ bytes: inout Int, _ copies: inout Copies, depth: Int
    ) throws(Problem) {
        guard depth < 40 else {
            throw Problem(
                "the chart's folders are nested more than 40 deep", at: Origin(tree.sourceFile(folder)),
                hint: "look for a link that leads round in a circle")
        }
        for entry in try tree.entries(of: folder, for: .none) where entry.kind != .other {
            let path = folder.appending(entry.name)
            let name = prefix + entry.name
            let kind =
                entry.kind == .link ? try tree.kind(of: path, for: .none) : entry.kind == .folder ? .folder : .file
            if ignore.ignores(name, isFolder: kind == .folder) { continue }
            if kind == .folder {
                try walk(path, name + "/", tree, ignore, &files, &bytes, &copies, depth: depth + 1)
            } else if kind == .file {
                let content = copies.shared(withoutMark(try tree.read(path, for: .none).bytes), name: entry.name)
                let file = Chart.File(name: name, bytes: content, source: tree.displayName(of: path))
                bytes += file.bytes.count
                files.append(file)
                guard files.count <= mostFiles, bytes <= mostBytes else {
                    throw Problem(
                        "the chart has more files than can be rendered", at: Origin(SourceFile(file.source)),
                        hint: "leave those out that it does not need, with .helmignore")
                }
            }
        }
    }

    /// Contents that were read before: charts within a chart bring the same helpers along, each its own copy.
    private struct Copies {
        private var known: [String: [[UInt8]]] = [:]

        /// The bytes, kept once for all files of one name that hold them.
        mutating func shared(_ bytes: [UInt8], name: String) -> [UInt8] {
            if let copy = known[name]?.first(where: { $0.count == bytes.count && $0 == bytes }) { return copy }
            known[name, default: []].append(bytes)
            return bytes
        }
    }

    /// The bytes without a byte order mark.
    static func withoutMark(_ bytes: [UInt8]) -> [UInt8] {
        bytes.starts(with: mark) ? Array(bytes.dropFirst(mark.count)) : bytes
    }

    static func isManifest(_ name: String) -> Bool {
        let name = name.lowercased()
        return [".yaml", ".yml", ".json"].contains { name.hasSuffix($0) }
    }

    /// Whether a file is one that templates read through `.Files`.
    ///
    /// - Parameter isFirstForm: whether the chart is of the first form (`apiVersion: v1`), whose dependencies have files
    ///   of their own.
    static func isExtra(_ name: String, isFirstForm: Bool) -> Bool {
        switch name {
        case "Chart.yaml", "Chart.lock", "values.yaml", "values.schema.json": false
        case "requirements.yaml", "requirements.lock": isFirstForm
        default: !name.hasPrefix("templates/") && (!name.hasPrefix("charts/") || name.hasSuffix(".prov"))
        }
    }

    /// The first document of one of a chart's own files; of a repeated key the last one counts, as for Helm.
    static func document(_ file: Chart.File) throws(Problem) -> Value {
        try YAML.parse(file.bytes, file: SourceFile(file.source), repeatedKeys: .lastCounts).first
            ?? Value(.scalar(Scalar("null", .null)), origin: Origin(SourceFile(file.source), line: 1, column: 1))
    }
}

/// A chart in an archive.
enum ChartArchive {
    /// What all archives of one chart may hold, those in archives included: what Helm unpacks of one.
    final class Budget {
        private(set) var limits = ArchiveLimits(entries: 40_000, bytes: 100 << 20)

        func take(_ files: [Chart.File]) {
            limits.entries -= files.count
            limits.bytes -= files.reduce(0) { $0 + $1.bytes.count }
        }
    }

    static func files(_ archive: Chart.File, _ budget: Budget) throws(Problem) -> [Chart.File] {
        let place = Origin(SourceFile(archive.source))
        do {
            let reader = try TarReader(Bytes.source(archive.bytes), limits: budget.limits)
            var files: [Chart.File] = []
            var seen: Set<String> = []
            while let entry = try reader.next() {
                if entry.kind == .folder { continue }
                guard entry.kind == .file else {
                    throw Problem(
                        "the archive holds \(entry.name), which is no file but a link or a device", at: place,
                        hint: "pack the file itself, as helm package does")
                }
                guard let path = TreePath(entry.name) else {
                    throw Problem("the archive has a file outside its folder: \(entry.name)", at: place)
                }
                guard path.parts.count > 1 else {
                    if path.text != "Chart.yaml" { continue }
                    throw Problem(
                        "Chart.yaml stands at the top of the archive", at: place,
                        hint: "a chart's archive holds one folder with the chart's name, as helm package makes it")
                }
                let bytes = ChartFiles.withoutMark(try reader.contents(limit: budget.limits.bytes))
                let name = path.parts.dropFirst().joined(separator: "/")
                guard seen.insert(name).inserted else {
                    throw Problem("the archive holds \(entry.name) twice", at: place, hint: "pack the chart anew")
                }
                files.append(Chart.File(name: name, bytes: bytes, source: "\(archive.source)/\(name)"))
            }
            guard !files.isEmpty else { throw Problem("the archive holds no files", at: place) }
            budget.take(files)
            return files
        } catch let problem as Problem {
            throw problem
        } catch {
            throw Problem("the chart's archive cannot be read: \(error)", at: place)
        }
    }
}
