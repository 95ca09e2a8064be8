import Archive
import Document
import FileTree

/// Reading a chart's files from its folder, without those that `.helmignore` leaves out.
enum ChartFiles {
    private static let mostFiles = 20_000
    private static let mostBytes = 256 << 20

    static func read(_ folder: TreePath, in tree: any FileTree) throws(Problem) -> [Chart.File] {
        var ignore = IgnoreRules("templates/.?*")
        let rules = folder.appending(".helmignore")
        if try tree.kind(of: rules, for: .none) == .file {
            ignore.add(String(decoding: try tree.read(rules, for: .none).bytes, as: UTF8.self))
        }
        var files: [Chart.File] = []
        var bytes = 0
        try walk(folder, "", tree, ignore, &files, &bytes, depth: 0)
        return files
    }

    private static func walk(
        _ folder: TreePath, _ prefix: String, _ tree: any FileTree, _ ignore: IgnoreRules, _ files: inout [Chart.File],
        _ bytes: inout Int, depth: Int
    ) throws(Problem) {
        guard depth < 40 else {
            throw Problem(
                "the chart's folders are nested too deep", at: Origin(tree.sourceFile(folder)),
                hint: "look for a link that leads round in a circle")
        }
        for entry in try tree.entries(of: folder, for: .none) where entry.kind != .other {
            let path = folder.appending(entry.name)
            let name = prefix + entry.name
            let kind =
                entry.kind == .link ? try tree.kind(of: path, for: .none) : entry.kind == .folder ? .folder : .file
            if ignore.ignores(name, isFolder: kind == .folder) { continue }
            if kind == .folder {
                try walk(path, name + "/", tree, ignore, &files, &bytes, depth: depth + 1)
            } else if kind == .file {
                let file = Chart.File(
                    name: name, bytes: try tree.read(path, for: .none).bytes, source: tree.displayName(of: path))
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

    static func isManifest(_ name: String) -> Bool {
        [".yaml", ".yml", ".json"].contains { name.hasSuffix($0) }
    }
}

/// A chart in an archive.
enum ChartArchive {
    static func files(_ archive: Chart.File) throws(Problem) -> [Chart.File] {
        do {
            let reader = try TarReader(Bytes.source(archive.bytes))
            var files: [Chart.File] = []
            var total = 0
            while let entry = try reader.next() {
                guard entry.kind == .file, let path = TreePath(entry.name), path.parts.count > 1 else { continue }
                let bytes = try reader.contents(limit: 64 << 20)
                total += bytes.count
                guard total <= 256 << 20, files.count < 20_000 else {
                    throw Problem("the archive is too large", at: Origin(SourceFile(archive.source)))
                }
                let name = path.parts.dropFirst().joined(separator: "/")
                files.append(Chart.File(name: name, bytes: bytes, source: "\(archive.source)/\(name)"))
            }
            return files
        } catch let problem as Problem {
            throw problem
        } catch {
            throw Problem("the chart's archive cannot be read: \(error)", at: Origin(SourceFile(archive.source)))
        }
    }
}

/// `.helmignore`: patterns like `.gitignore`'s, without `**`.
struct IgnoreRules {
    private struct Rule {
        var pattern: [UInt8]
        var negates: Bool
        var folderOnly: Bool
        /// Whether the whole path is matched, not its last name.
        var isPath: Bool
    }

    private var rules: [Rule] = []

    init(_ text: String) {
        add(text)
    }

    mutating func add(_ text: String) {
        for line in text.split(whereSeparator: \.isNewline) {
            var pattern = Trim.both(String(line), Trim.isSpace)
            if pattern.isEmpty || pattern.hasPrefix("#") { continue }
            let negates = pattern.hasPrefix("!")
            if negates { pattern.removeFirst() }
            let folderOnly = pattern.hasSuffix("/")
            if folderOnly { pattern.removeLast() }
            let isPath = pattern.contains("/")
            if pattern.hasPrefix("/") { pattern.removeFirst() }
            rules.append(Rule(pattern: Array(pattern.utf8), negates: negates, folderOnly: folderOnly, isPath: isPath))
        }
    }

    func ignores(_ path: String, isFolder: Bool) -> Bool {
        let last = path.split(separator: "/").last.map(String.init) ?? path
        for rule in rules {
            let subject = Array((rule.isPath ? path : last).utf8)
            let matches = Glob.matches(subject, rule.pattern, crossesFolders: false)
            if rule.negates {
                if rule.folderOnly, !isFolder { return true }
                if !matches { return true }
            } else if matches, !rule.folderOnly || isFolder {
                return true
            }
        }
        return false
    }
}

/// Shell patterns: `*`, `**`, `?`, `[a-z]`, `{a,b}`.
enum Glob {
    /// - Parameter crossesFolders: whether `*` also matches `/`.
    static func matches(_ subject: [UInt8], _ pattern: [UInt8], crossesFolders: Bool) -> Bool {
        alternatives(pattern).contains { match(subject[...], $0[...], crossesFolders) }
    }

    /// The patterns that braces stand for.
    private static func alternatives(_ pattern: [UInt8]) -> [[UInt8]] {
        guard let open = pattern.firstIndex(of: UInt8(ascii: "{")),
            let close = pattern[open...].firstIndex(of: UInt8(ascii: "}")), pattern.count < 1000
        else { return [pattern] }
        let choices = pattern[(open + 1)..<close].split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        return choices.prefix(100).map { Array(pattern[..<open]) + $0 + Array(pattern[(close + 1)...]) }
    }

    private static func match(_ subject: ArraySlice<UInt8>, _ pattern: ArraySlice<UInt8>, _ crosses: Bool) -> Bool {
        var (at, next) = (subject.startIndex, pattern.startIndex)
        var retry: (subject: Int, pattern: Int, crosses: Bool)?
        while at < subject.endIndex || next < pattern.endIndex {
            if next < pattern.endIndex {
                if pattern[next] == UInt8(ascii: "*") {
                    var after = next
                    while after < pattern.endIndex, pattern[after] == UInt8(ascii: "*") { after += 1 }
                    retry = (at, after, crosses || after - next > 1)
                    next = after
                    continue
                }
                if at < subject.endIndex, let length = single(subject[at], pattern[next...], crosses) {
                    at += 1
                    next += length
                    continue
                }
            }
            guard let point = retry, point.subject < subject.endIndex,
                point.crosses || subject[point.subject] != UInt8(ascii: "/")
            else { return false }
            retry = (point.subject + 1, point.pattern, point.crosses)
            at = point.subject + 1
            next = point.pattern
        }
        return true
    }

    /// How much of the pattern matches one byte; nil when it does not.
    private static func single(_ byte: UInt8, _ pattern: ArraySlice<UInt8>, _ crosses: Bool) -> Int? {
        guard let first = pattern.first else { return nil }
        if first == UInt8(ascii: "?") { return byte != UInt8(ascii: "/") || crosses ? 1 : nil }
        if first == UInt8(ascii: "["), let close = pattern.dropFirst(2).firstIndex(of: UInt8(ascii: "]")) {
            var set = pattern[(pattern.startIndex + 1)..<close]
            let negates = set.first == UInt8(ascii: "!") || set.first == UInt8(ascii: "^")
            if negates { set = set.dropFirst() }
            var found = false
            var index = set.startIndex
            while index < set.endIndex {
                if index + 2 < set.endIndex, set[index + 1] == UInt8(ascii: "-") {
                    if set[index] <= byte, byte <= set[index + 2] { found = true }
                    index += 3
                } else {
                    if set[index] == byte { found = true }
                    index += 1
                }
            }
            return found != negates ? close - pattern.startIndex + 1 : nil
        }
        return first == byte ? 1 : nil
    }
}
