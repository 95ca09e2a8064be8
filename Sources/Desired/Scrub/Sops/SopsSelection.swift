import Document

/// Which values of a document are encrypted, by their keys and comments, and what the MAC is taken over.
///
/// A later setting decides over an earlier one, as in SOPS: it lets a file have one of them.
package struct SopsSelection {
    static let defaultSuffix = "_unencrypted"

    var unencryptedSuffix = ""
    var encryptedSuffix = ""
    var unencrypted: SopsPattern?
    var encrypted: SopsPattern?
    var unencryptedComment: SopsPattern?
    var encryptedComment: SopsPattern?
    /// Whether the MAC is over encrypted values alone.
    var macOnlyEncrypted = false

    /// The settings by their names in files and rules.
    static let names = [
        "unencrypted_suffix", "encrypted_suffix", "unencrypted_regex", "encrypted_regex", "unencrypted_comment_regex",
        "encrypted_comment_regex", "mac_only_encrypted",
    ]

    init() {}

    /// The settings among the fields of a mapping; others are left alone.
    ///
    /// - Throws: `Problem` at a setting that is no regular expression.
    init(_ fields: Value) throws(Problem) {
        func text(_ name: String) -> String { fields[name]?.scalar?.text ?? "" }
        func pattern(_ name: String) throws(Problem) -> SopsPattern? {
            let text = text(name)
            return text.isEmpty ? nil : try SopsPattern(text, at: fields[name]?.origin ?? fields.origin)
        }
        unencryptedSuffix = text("unencrypted_suffix")
        encryptedSuffix = text("encrypted_suffix")
        unencrypted = try pattern("unencrypted_regex")
        encrypted = try pattern("encrypted_regex")
        unencryptedComment = try pattern("unencrypted_comment_regex")
        encryptedComment = try pattern("encrypted_comment_regex")
        macOnlyEncrypted = ["true", "True", "1"].contains(text("mac_only_encrypted"))
    }

    /// Whether nothing is said, so that the default holds.
    var isEmpty: Bool {
        unencryptedSuffix.isEmpty && encryptedSuffix.isEmpty && unencrypted == nil && encrypted == nil
            && unencryptedComment == nil && encryptedComment == nil
    }

    /// Whether a leaf is encrypted.
    ///
    /// - Throws: `Problem` where an expression takes too long.
    func isEncrypted(_ leaf: SopsLeaf) throws(Problem) -> Bool {
        var result = true
        if !unencryptedSuffix.isEmpty, leaf.path.contains(where: { $0.hasSuffix(unencryptedSuffix) }) { result = false }
        if !encryptedSuffix.isEmpty { result = leaf.path.contains { $0.hasSuffix(encryptedSuffix) } }
        if let unencrypted, try isFound(unencrypted, in: leaf.path) { result = false }
        if let encrypted { result = try isFound(encrypted, in: leaf.path) }
        if let unencryptedComment, try isFound(unencryptedComment, in: leaf.comments.flatMap(\.self)) { result = false }
        if let encryptedComment {
            var comments = leaf.comments.flatMap(\.self)
            // A comment that asks for encryption is itself not encrypted.
            if leaf.kind == .comment { comments.removeLast() }
            result = try isFound(encryptedComment, in: comments)
        }
        return result
    }

    private func isFound(_ pattern: SopsPattern, in texts: [String]) throws(Problem) -> Bool {
        for text in texts {
            guard let found = pattern.isFound(in: text) else {
                throw Problem("the regular expression \"\(pattern.text)\" takes too long")
            }
            if found { return true }
        }
        return false
    }
}
