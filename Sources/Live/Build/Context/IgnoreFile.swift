import Document

/// What `.dockerignore` keeps out of a context: patterns by line, `**` for any folders, `!` for exceptions; the last one
/// that fits counts.
struct IgnoreFile: Sendable {
    private struct Rule: Sendable {
        /// nil for `**`.
        var parts: [GlobPattern?]
        var isException: Bool
    }

    private var rules: [Rule] = []

    /// Whether something in an ignored folder may be wanted after all.
    var hasExceptions: Bool { rules.contains(where: \.isException) }

    static let none = IgnoreFile()

    private init() {}

    /// - Throws: `Problem` with the line of a pattern that is none.
    init(_ text: String, file: SourceFile) throws(Problem) {
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            var pattern = line.trimmed
            if pattern.isEmpty || line.hasPrefix("#") { continue }
            let isException = pattern.hasPrefix("!")
            if isException { pattern = pattern.dropFirst().trimmed }
            var parts: [GlobPattern?] = []
            for part in FolderPath.clean(pattern).split(separator: "/") {
                if part == "**" {
                    parts.append(nil)
                    continue
                }
                guard let glob = GlobPattern(part) else {
                    throw Problem("“\(pattern)” is no pattern", at: Origin(file, line: number + 1))
                }
                parts.append(glob)
            }
            if !parts.isEmpty { rules.append(Rule(parts: parts, isException: isException)) }
        }
    }

    /// Whether a path (without a leading `/`) is kept out, by itself or with a folder above it.
    func ignores(_ path: String) -> Bool {
        guard !rules.isEmpty else { return false }
        let parts = path.split(separator: "/")
        var isIgnored = false
        for rule in rules where rule.isException == isIgnored {
            let fits = (1...max(1, parts.count)).contains { Self.fits(rule.parts[...], parts.prefix($0)) }
            if fits { isIgnored.toggle() }
        }
        return isIgnored
    }

    private static func fits(_ pattern: ArraySlice<GlobPattern?>, _ path: ArraySlice<Substring>) -> Bool {
        guard let first = pattern.first else { return path.isEmpty }
        guard let glob = first else {
            return fits(pattern.dropFirst(), path) || (!path.isEmpty && fits(pattern, path.dropFirst()))
        }
        guard let name = path.first, glob.matches(name) else { return false }
        return fits(pattern.dropFirst(), path.dropFirst())
    }
}
