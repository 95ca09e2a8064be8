import Document

/// `.helmignore`: patterns as Go's `filepath.Match` has them, by lines. A rule with `!` leaves out all that it does not
/// match, which is how Helm reads it.
struct IgnoreRules {
    private struct Rule {
        var pattern: FilePattern
        var negates: Bool
        var folderOnly: Bool
        /// Whether the whole path is matched, not its last name.
        var isPath: Bool
    }

    /// Files of templates whose names begin with a dot are never read.
    private var rules = [Self.rule("templates/.?*")].compactMap { $0 }

    /// - Throws: `Problem` at the line for `**`, which Helm does not know, and for a bracket that is not closed.
    mutating func add(_ text: String, from file: SourceFile) throws(Problem) {
        for (number, line) in Search.split(text, "\n").enumerated() {
            let line = Trim.both(line, Trim.isSpace)
            if line.isEmpty || line.hasPrefix("#") { continue }
            let place = Origin(file, line: number + 1, column: 1)
            if line.contains("**") {
                throw Problem(
                    "\"**\" is no pattern of .helmignore", at: place,
                    hint: "name the folder to leave out all that is in it: docs/")
            }
            guard let rule = Self.rule(line) else {
                throw Problem("the pattern \"\(line)\" is not complete", at: place, hint: "close its bracket")
            }
            rules.append(rule)
        }
    }

    private static func rule(_ line: String) -> Rule? {
        var pattern = line
        let negates = pattern.hasPrefix("!")
        if negates { pattern.removeFirst() }
        let folderOnly = pattern.hasSuffix("/")
        if folderOnly { pattern.removeLast() }
        let isPath = pattern.contains("/")
        if pattern.hasPrefix("/") { pattern.removeFirst() }
        guard let compiled = FilePattern(pattern, .names) else { return nil }
        return Rule(pattern: compiled, negates: negates, folderOnly: folderOnly, isPath: isPath)
    }

    func ignores(_ path: String, isFolder: Bool) -> Bool {
        let last =
            path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path.utf8[path.utf8.index(after: $0)...]) ?? path }
            ?? path
        for rule in rules {
            let matches = rule.pattern.matches(rule.isPath ? path : last)
            if rule.negates {
                if rule.folderOnly && !isFolder || !matches { return true }
            } else if matches, !rule.folderOnly || isFolder {
                return true
            }
        }
        return false
    }
}
