package import Document
import FileTree

/// A path in which `*` and `?` stand for characters of one name, never for a slash.
package struct PathPattern: Sendable, Hashable, CustomStringConvertible {
    package let text: String
    private let parts: [String]

    /// - Throws: `Problem` at `origin` when the path leads out of the tree.
    package init(_ text: String, at origin: Origin) throws(Problem) {
        parts = try TreePath.root.referred(by: text, at: origin).parts.map(String.init)
        self.text = text
    }

    package var description: String { text }

    /// Whether the pattern names one path only.
    package var isPlain: Bool { !parts.contains(where: Self.isWild) }

    /// A folder that matches, and what its first wildcard stood for.
    struct Match {
        var path: TreePath
        /// The name in place of the first part with a wildcard; nil for a plain path.
        var name: String?
    }

    /// The folders of a tree that match, in order of their paths.
    func folders(in tree: any FileTree, for origin: Origin) throws(Problem) -> [Match] {
        var matches = [Match(path: .root, name: nil)]
        for part in parts {
            var next: [Match] = []
            for match in matches {
                if Self.isWild(part) {
                    for entry in try tree.entries(of: match.path, for: origin)
                    where entry.kind != .other && Self.matches(entry.name, part) {
                        let path = match.path.appending(entry.name)
                        if try tree.kind(of: path, for: origin) != .folder { continue }
                        next.append(Match(path: path, name: match.name ?? entry.name))
                    }
                } else {
                    let path = match.path.appending(part)
                    if try tree.kind(of: path, for: origin) == .folder {
                        next.append(Match(path: path, name: match.name))
                    }
                }
            }
            matches = next
        }
        return matches.sorted { $0.path < $1.path }
    }

    private static func isWild(_ part: String) -> Bool {
        part.utf8.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") }
    }

    /// Whether a name matches; a leading dot must be written out. Time grows with the product of the two lengths.
    static func matches(_ name: String, _ pattern: String) -> Bool {
        if name.hasPrefix("."), !pattern.hasPrefix(".") { return false }
        let name = Array(name)
        var reachable = Set([0])
        for character in pattern {
            switch character {
            case "*": reachable = Set((reachable.min() ?? name.count + 1)...max(name.count, reachable.min() ?? 0))
            case "?": reachable = Set(reachable.filter { $0 < name.count }.map { $0 + 1 })
            default: reachable = Set(reachable.filter { $0 < name.count && name[$0] == character }.map { $0 + 1 })
            }
            if reachable.isEmpty { return false }
        }
        return reachable.contains(name.count)
    }
}
