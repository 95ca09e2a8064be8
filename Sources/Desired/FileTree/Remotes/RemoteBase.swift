/// What an address of a base on another machine means: a repository, and a folder in it.
///
/// kustomize's forms: `https://host/org/repo//folder?ref=v1`, `git::https://…`, `ssh://git@host/org/repo.git/folder`,
/// `git@host:org/repo//folder`, `github.com/org/repo/folder`. The folder begins behind `//`, behind `.git`, or else behind
/// the second name.
package struct RemoteBase: Sendable, Hashable {
    /// `https://host/org/repo`: without a query, a slash or `.git` at its end.
    package var repository: String
    /// The same with `.git` where it is written so: some servers want it.
    package var url: String
    /// The folder in the repository, as it is written.
    package var folder: String

    /// Whether a text names something on another machine.
    package static func isAddress(_ text: String) -> Bool {
        // Nearly all references are paths beneath a folder, and have no such sign.
        let mayBe = text.utf8.contains {
            $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "@") || $0 == UInt8(ascii: "?")
        }
        if !mayBe, text.utf8.first != UInt8(ascii: "g") { return false }
        return text.contains("://") || text.contains("?ref=")
            || ["git@", "github.com/", "git::"].contains(where: text.hasPrefix)
    }

    /// - Returns: nil for what names no repository.
    package init?(_ text: String) {
        var text = text.prefix { $0 != "?" }
        if text.hasPrefix("git::") { text = text.dropFirst(5) }
        if text.hasPrefix("github.com/") { text = "https://" + text }
        guard Self.isAddress(String(text)) else { return nil }
        var head = ""
        var rest = text
        if let mark = text.firstRange(of: "://") {
            guard let slash = text[mark.upperBound...].firstIndex(of: "/") else { return nil }
            head = String(text[..<text.index(after: slash)])
            rest = text[text.index(after: slash)...]
        } else if let mark = text.firstIndex(where: { $0 == ":" || $0 == "/" }) {
            // ssh's own form has a colon here.
            head = "\(text[..<mark]):"
            rest = text[text.index(after: mark)...]
        } else {
            return nil
        }
        let (path, folder) = Self.split(rest)
        if path.isEmpty { return nil }
        url = head + path
        repository = url.hasSuffix(".git") ? String(url.dropLast(4)) : url
        self.folder = folder
    }

    private static func split(_ path: Substring) -> (repository: String, folder: String) {
        if let mark = path.firstRange(of: "//") {
            return (names(path[..<mark.lowerBound]), names(path[mark.upperBound...]))
        }
        if let mark = path.firstRange(of: ".git/") {
            return (names(path[..<mark.lowerBound]) + ".git", names(path[mark.upperBound...]))
        }
        if path.hasSuffix(".git") { return (names(path), "") }
        let parts = path.split(separator: "/")
        return (parts.prefix(2).joined(separator: "/"), parts.dropFirst(2).joined(separator: "/"))
    }

    private static func names(_ path: Substring) -> String {
        path.split(separator: "/").joined(separator: "/")
    }
}
