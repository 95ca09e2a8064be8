import Glibc

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
        if let plain = appending(plain: reference) { return plain }
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

    /// A reference that leads down by plain names, as nearly all do; nil for any other.
    private func appending(plain reference: some StringProtocol) -> TreePath? {
        var isStart = true
        for byte in reference.utf8 {
            // A name that begins with a dot may be `.` or `..`.
            if byte == 0 || isStart && (byte == UInt8(ascii: "/") || byte == UInt8(ascii: ".")) { return nil }
            isStart = byte == UInt8(ascii: "/")
        }
        if isStart || text.utf8.count + reference.utf8.count >= 4095 { return nil }
        return appending(String(reference))
    }

    /// An entry of this folder, by a name that a listing gave.
    package func appending(_ name: String) -> TreePath {
        TreePath(normal: text.isEmpty ? name : "\(text)/\(name)")
    }

    /// The names on the way, the entry's own last.
    package var parts: [Substring] { text.utf8.split(separator: UInt8(ascii: "/")).map { Substring($0) } }

    /// The last name; empty for the root.
    package var name: String { slash.map { String(text[text.utf8.index(after: $0)...]) } ?? text }

    private var slash: String.Index? { text.utf8.lastIndex(of: UInt8(ascii: "/")) }

    /// Calls `body` with the last name, as the kernel takes it.
    func withName<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        let offset = slash.map { text.utf8.distance(from: text.startIndex, to: $0) + 1 } ?? 0
        return text.withCString { body($0 + offset) }
    }

    /// The folder above; nil for the root.
    package var parent: TreePath? {
        if text.isEmpty { return nil }
        return slash.map { TreePath(normal: String(text[..<$0])) } ?? .root
    }

    /// Whether `other` is this path or lies beneath it.
    package func contains(_ other: TreePath) -> Bool {
        let length = text.utf8.count
        if length == 0 { return true }
        guard other.text.utf8.count >= length else { return false }
        return text.withCString { folder in
            other.text.withCString { path in
                memcmp(folder, path, length) == 0 && (path[length] == 0 || path[length] == 0x2F)
            }
        }
    }

    /// Whether `other` is an entry of this folder.
    func isParent(of other: TreePath) -> Bool {
        let length = text.utf8.count
        // Where the name begins: behind a slash, unless this is the root.
        let start = length == 0 ? 0 : length + 1
        guard other.text.utf8.count > start else { return false }
        return text.withCString { folder in
            other.text.withCString { path in
                memcmp(folder, path, length) == 0 && (start == 0 || path[length] == CChar(0x2F))
                    && strchr(path + start, 0x2F) == nil
            }
        }
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
