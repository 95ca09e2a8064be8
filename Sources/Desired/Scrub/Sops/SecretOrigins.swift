package import Document

/// Which values of a rendering stood in git as ciphertext, and whose key opened them.
///
/// This is where taint begins: a rendering made with production's key notes here each file that was opened, with the
/// lines of its encrypted values. Decryption leaves every value on its line, so a value's origin answers whether it was
/// secret, through patches, generators and templates: `recipient(of:)` is nil for what anybody could read.
package struct SecretOrigins: Sendable, Hashable {
    /// One file that was opened.
    package struct File: Sendable, Hashable {
        /// Whose key opened it: `age1…`.
        package var recipient: String
        /// The lines, from 1, on which encrypted values stand; empty where all of the file is one value.
        package var lines: Set<UInt32>

        package init(recipient: String, lines: Set<UInt32>) {
            self.recipient = recipient
            self.lines = lines
        }
    }

    package private(set) var files: [SourceFile: File] = [:]

    package init() {}

    package var isEmpty: Bool { files.isEmpty }

    package mutating func note(_ file: SourceFile, _ opened: File) {
        files[file] = opened
    }

    /// Whose key opened what stands at a place; nil when it was readable there. A place without a line is its whole file.
    package func recipient(of origin: Origin) -> String? {
        guard let file = files[origin.file] else { return nil }
        return origin.line == 0 || file.lines.isEmpty || file.lines.contains(origin.line) ? file.recipient : nil
    }

    /// Whose key opened a value, or what it was made from: a whole file that became one value counts with all its lines.
    package func recipient(of value: Value) -> String? {
        if let found = recipient(of: value.origin) { return found }
        if let lines = value.trivia?.lines, let file = files[value.origin.file],
            file.lines.contains(where: lines.contains)
        {
            return file.recipient
        }
        for place in value.trivia?.replaced ?? [] {
            if let found = recipient(of: place.origin) { return found }
        }
        return nil
    }
}
