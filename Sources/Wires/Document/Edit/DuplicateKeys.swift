extension YAML {
    /// Every key that stands in one mapping again, at its place: those that `parse` refuses, all of them.
    ///
    /// - Throws: a `Problem` when the text is no YAML otherwise.
    package static func duplicateKeys(_ bytes: [UInt8], file: SourceFile) throws(Problem) -> [Problem] {
        _ = try parse(bytes, file: file, repeatedKeys: .lastCounts)
        return try bytes.withUnsafeBufferPointer { (text) throws(Problem) in
            var found: [Problem] = []
            for document in try SourceNode.documents(text, file: file) { collect(document, text, file, &found) }
            return found
        }
    }

    private static func collect(
        _ node: SourceNode, _ text: UnsafeBufferPointer<UInt8>, _ file: SourceFile, _ found: inout [Problem]
    ) {
        switch node.content {
        case .scalar, .alias: return
        case .sequence(let items, _): for item in items { collect(item, text, file, &found) }
        case .mapping(let entries, _):
            var lines: [String: Int] = [:]
            for entry in entries {
                collect(entry.value, text, file, &found)
                guard let key = entry.key.text, key != "<<" else { continue }
                let (line, column) = Text.place(of: entry.key.start, in: text)
                if let first = lines[key] {
                    found.append(
                        Problem(
                            "the key \"\(key)\" is given twice: first on line \(first)",
                            at: Origin(file, line: line, column: column), hint: "keep one of them"))
                } else {
                    lines[key] = line
                }
            }
        }
    }
}
