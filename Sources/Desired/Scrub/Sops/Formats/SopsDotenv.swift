import Document

/// Takes dotenv files apart: lines of `NAME=value`, in which `\n` stands for a line break, and comments.
enum SopsDotenv {
    private static let prefix = "sops_"

    static func read(_ bytes: [UInt8], file: SourceFile) throws(Problem) -> SopsSource {
        var source = SopsSource(bytes: bytes, file: file)
        var metadata: [(name: String, value: Value)] = []
        var comments: [String] = []
        var start = 0
        var line = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
            let range = start..<end
            defer { start = end + 1 }
            line += 1
            if range.isEmpty { continue }
            if bytes[range.lowerBound] == UInt8(ascii: "#") {
                let text = String(decoding: bytes[(range.lowerBound + 1)..<end], as: UTF8.self)
                comments.append(text)
                source.leaves.append(
                    SopsLeaf(
                        path: [], kind: .comment, text: text, range: (range.lowerBound + 1)..<end, comments: [comments])
                )
                continue
            }
            guard let mark = bytes[range].firstIndex(of: UInt8(ascii: "=")) else {
                throw Problem(
                    "the line is neither NAME=value nor a comment", at: Origin(file, line: line, column: 1),
                    hint: "write it as NAME=value, or begin it with #")
            }
            let name = String(decoding: bytes[range.lowerBound..<mark], as: UTF8.self)
            let text = String(decoding: bytes[(mark + 1)..<end], as: UTF8.self).replacing("\\n", with: "\n")
            if name.hasPrefix(prefix) {
                let place = Origin(file, line: line, column: 1)
                metadata.append((String(name.dropFirst(prefix.count)), Value(.scalar(Scalar(text)), origin: place)))
            } else {
                source.leaves.append(
                    SopsLeaf(path: [name], kind: .string, text: text, range: (mark + 1)..<end, comments: [comments]))
                comments = []
            }
        }
        if !metadata.isEmpty { source.metadata = SopsSource.unflattened(metadata) }
        return source
    }

    /// Whether a line of a file is metadata.
    static func isMetadata(_ line: ArraySlice<UInt8>) -> Bool { line.starts(with: prefix.utf8) }

    /// A value as it stands behind the `=`.
    static func written(_ text: String) -> String { text.replacing("\n", with: "\\n") }
}
