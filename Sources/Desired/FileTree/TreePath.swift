/// A path beneath a tree's root: `apps/web/base`, without `.`, `..` or a slash at either end. The root's is empty.
///
/// Such a path cannot name anything outside; that no symlink leads out is the tree's own care.
package struct TreePath: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let text: String

    package static let root = TreePath(normal: "")

    private init(normal text: String) {
        self.text = text
    }

    /// Reads a path from the root, and takes `.` and `..` out of it.
    ///
    /// - Returns: nil when it is absolute, leads above the root, holds a NUL, or is longer than PATH_MAX (4096 bytes).
    package init?(_ text: some StringProtocol) {
        guard let path = TreePath.root.resolving(text) else { return nil }
        self = path
    }

    /// What a file in this folder means by `reference`.
    ///
    /// - Returns: nil when it is absolute, leads above the root, holds a NUL, or is longer than PATH_MAX (4096 bytes).
    package func resolving(_ reference: some StringProtocol) -> TreePath? {
        guard !reference.hasPrefix("/"), !reference.utf8.contains(0), reference.utf8.count < 4096 else { return nil }
        var parts = self.parts
        for part in reference.split(separator: "/") where part != "." {
            if part != ".." {
                parts.append(Substring(part))
            } else if parts.popLast() == nil {
                return nil
            }
        }
        let text = parts.joined(separator: "/")
        return text.utf8.count < 4096 ? TreePath(normal: text) : nil
    }

    /// An entry of this folder, by a name that a listing gave.
    package func appending(_ name: String) -> TreePath {
        TreePath(normal: text.isEmpty ? name : "\(text)/\(name)")
    }

    /// The names on the way, the entry's own last.
    package var parts: [Substring] { text.split(separator: "/") }

    /// The last name; empty for the root.
    package var name: String { text.lastIndex(of: "/").map { String(text[text.index(after: $0)...]) } ?? text }

    /// The folder above; nil for the root.
    package var parent: TreePath? {
        if text.isEmpty { return nil }
        return text.lastIndex(of: "/").map { TreePath(normal: String(text[..<$0])) } ?? .root
    }

    /// Whether `other` is this path or lies beneath it.
    package func contains(_ other: TreePath) -> Bool {
        text.isEmpty || text == other.text || other.text.hasPrefix(text + "/")
    }

    /// How a file in this folder would write `other`: `../base`.
    package func relative(to other: TreePath) -> String {
        var here = parts[...]
        var there = other.parts[...]
        while let first = here.first, first == there.first {
            here.removeFirst()
            there.removeFirst()
        }
        let steps = Array(repeating: "..", count: here.count) + there.map(String.init)
        return steps.isEmpty ? "." : steps.joined(separator: "/")
    }

    package var description: String { text.isEmpty ? "." : text }

    package static func < (left: TreePath, right: TreePath) -> Bool { left.text < right.text }
}
