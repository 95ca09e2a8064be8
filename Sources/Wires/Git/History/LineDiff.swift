internal import CGit2

/// The runs of lines that two texts have in common, by libgit2's diff (Myers), lines counted from 0.
struct LineDiff {
    struct Run: Equatable {
        var old: Int
        var new: Int
        var count: Int
    }

    let runs: [Run]

    init(old: [UInt8], new: [UInt8]) throws(GitError) {
        var options = git_diff_options()
        git_diff_options_init(&options, UInt32(GIT_DIFF_OPTIONS_VERSION))
        options.context_lines = 0
        options.interhunk_lines = 0
        options.flags = GIT_DIFF_FORCE_TEXT.rawValue
        let collector = HunkCollector()
        let result = old.withUnsafeBytes { old in
            new.withUnsafeBytes { new in
                git_diff_buffers(
                    old.baseAddress, old.count, nil, new.baseAddress, new.count, nil, &options, nil, nil,
                    { _, hunk, payload in
                        guard let hunk, let payload else { return -1 }
                        Unmanaged<HunkCollector>.fromOpaque(payload).takeUnretainedValue().take(hunk.pointee)
                        return 0
                    }, nil, Unmanaged.passUnretained(collector).toOpaque())
            }
        }
        try check("compare two versions of a file", result)
        runs = Self.runs(between: collector.hunks, newCount: Self.lineCount(new))
    }

    private static func runs(between hunks: [git_diff_hunk], newCount: Int) -> [Run] {
        var runs: [Run] = []
        var (old, new) = (0, 0)
        for hunk in hunks {
            // A side without lines names the line before it.
            let start = Int(hunk.new_start) - (hunk.new_lines > 0 ? 1 : 0)
            if start > new { runs.append(Run(old: old, new: new, count: start - new)) }
            old = Int(hunk.old_start) - (hunk.old_lines > 0 ? 1 : 0) + Int(hunk.old_lines)
            new = start + Int(hunk.new_lines)
        }
        if newCount > new { runs.append(Run(old: old, new: new, count: newCount - new)) }
        return runs
    }

    /// Lines as diffs count them: a text that does not end in a line break has one more.
    static func lineCount(_ text: [UInt8]) -> Int {
        let breaks = text.count { $0 == UInt8(ascii: "\n") }
        return breaks + (text.isEmpty || text.last == UInt8(ascii: "\n") ? 0 : 1)
    }
}

private final class HunkCollector {
    var hunks: [git_diff_hunk] = []

    func take(_ hunk: git_diff_hunk) { hunks.append(hunk) }
}
