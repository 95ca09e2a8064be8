/// The walk that hands lines back from a commit to its parents until one has changed them.
struct BlameWalk {
    /// Lines that a commit is suspected of: `count` lines of its file from `own`, shown from `final` in the end.
    private struct Range {
        var final: Int
        var own: Int
        var count: Int
    }

    private struct Suspect: Hashable {
        var commit: ObjectID
        var path: String
    }

    private var paths: PathWalk
    private let path: String
    private let limit: Int
    private var commits: [ObjectID]
    private var origins: [String]
    private var queue = CommitQueue()
    private var suspects: [ObjectID: [String: [Range]]] = [:]
    private var texts: [ObjectID: [UInt8]] = [:]

    init(_ paths: PathWalk, path: String, lines: Int, limit: Int) {
        self.paths = paths
        self.path = path
        self.limit = limit
        commits = Array(repeating: .zero, count: lines)
        origins = Array(repeating: path, count: lines)
    }

    mutating func run(from head: ObjectID, blob: ObjectID) throws(GitError) -> FileBlame {
        try suspect(head, path, [Range(final: 0, own: 0, count: commits.count)])
        while let commit = queue.pop() {
            guard let files = suspects.removeValue(forKey: commit) else { continue }
            for (path, ranges) in files { try judge(Suspect(commit: commit, path: path), ranges) }
        }
        return FileBlame(path: path, commits: commits, paths: origins)
    }

    private mutating func suspect(_ commit: ObjectID, _ path: String, _ ranges: [Range]) throws(GitError) {
        guard !ranges.isEmpty else { return }
        if suspects[commit] == nil {
            queue.push(commit, time: try paths.repository.commits.node(commit, in: paths.repository).time)
        }
        suspects[commit, default: [:]][path, default: []] += ranges
    }

    private mutating func judge(_ suspect: Suspect, _ ranges: [Range]) throws(GitError) {
        if let known = paths.repository.blames.entry(suspect.path, at: suspect.commit) {
            for range in ranges { take(known.blame, range) }
            return
        }
        let node = try paths.repository.commits.node(suspect.commit, in: paths.repository)
        guard let own = try file(suspect.path, in: node.tree) else { return settle(ranges, suspect) }
        var versions: [(commit: ObjectID, path: String, blob: ObjectID)] = []
        for parent in node.parents {
            let tree = try paths.repository.commits.node(parent, in: paths.repository).tree
            guard let version = try file(suspect.path, in: tree) else { continue }
            if version == own { return try self.suspect(parent, suspect.path, ranges) }
            versions.append((parent, suspect.path, version))
        }
        if versions.isEmpty, let parent = node.parents.first,
            let (path, blob) = try renamed(own, in: node.tree, from: parent)
        {
            versions.append((parent, path, blob))
        }
        var rest = ranges
        for version in versions where !rest.isEmpty {
            let diff = try LineDiff(old: text(version.blob), new: text(own))
            let (kept, passed) = Self.split(rest, by: diff)
            try self.suspect(version.commit, version.path, passed)
            rest = kept
        }
        texts[own] = nil
        settle(rest, suspect)
    }

    private mutating func settle(_ ranges: [Range], _ suspect: Suspect) {
        for range in ranges {
            for line in range.final..<(range.final + range.count) {
                commits[line] = suspect.commit
                origins[line] = suspect.path
            }
        }
    }

    private mutating func take(_ blame: FileBlame, _ range: Range) {
        for offset in 0..<range.count where range.own + offset < blame.commits.count {
            commits[range.final + offset] = blame.commits[range.own + offset]
            origins[range.final + offset] = blame.paths[range.own + offset]
        }
    }

    /// The parts of ranges that the older version has too, in its own line numbers, and those that it lacks.
    private static func split(_ ranges: [Range], by diff: LineDiff) -> (kept: [Range], passed: [Range]) {
        var (kept, passed): ([Range], [Range]) = ([], [])
        for range in ranges {
            var line = range.own
            let end = range.own + range.count
            for run in diff.runs where run.new < end && run.new + run.count > line {
                let start = max(run.new, line)
                let stop = min(run.new + run.count, end)
                if start > line {
                    kept.append(Range(final: range.final + line - range.own, own: line, count: start - line))
                }
                passed.append(
                    Range(
                        final: range.final + start - range.own, own: run.old + start - run.new, count: stop - start))
                line = stop
            }
            if line < end {
                kept.append(Range(final: range.final + line - range.own, own: line, count: end - line))
            }
        }
        return (kept, passed)
    }

    private mutating func file(_ path: String, in tree: ObjectID) throws(GitError) -> ObjectID? {
        let entry = try paths.entry(path.split(separator: "/"), in: tree)
        return entry?.isFile == true ? entry?.id : nil
    }

    private mutating func text(_ blob: ObjectID) throws(GitError) -> [UInt8] {
        if let known = texts[blob] { return known }
        let bytes = try paths.repository.blob(blob, limit: limit)
        texts[blob] = bytes
        return bytes
    }

    /// The file that a commit removed and that this one was most likely renamed from: the same bytes, or half of its
    /// lines at least.
    private mutating func renamed(
        _ own: ObjectID, in tree: ObjectID, from parent: ObjectID
    ) throws(GitError) -> (path: String, blob: ObjectID)? {
        let repository = paths.repository
        let old = try repository.commits.node(parent, in: repository).tree
        guard let changes = try? repository.changes(from: repository.tree(old), to: repository.tree(tree), limit: 1000)
        else { return nil }
        let removed = changes.compactMap { change in
            change.new == nil && change.old?.isFile == true ? change.old.map { (change.path, $0.id) } : nil
        }
        if let same = removed.first(where: { $0.1 == own }) { return same }
        let new = try text(own)
        var best: (path: String, blob: ObjectID)?
        var bestLines = max(1, LineDiff.lineCount(new) / 2)
        for (path, blob) in removed.prefix(50) {
            guard let bytes = try? repository.blob(blob, limit: limit) else { continue }
            let common = try LineDiff(old: bytes, new: new).runs.reduce(0) { $0 + $1.count }
            if common > bestLines { (best, bestLines) = ((path, blob), common) }
        }
        return best
    }
}
