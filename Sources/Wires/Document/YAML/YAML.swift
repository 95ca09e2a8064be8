/// YAML (1.1 as libyaml reads it, typed as go-yaml v3 types it) in and out.
package enum YAML {
    /// What one text may cost at most; input comes from repositories and registries.
    package struct Limits: Sendable {
        /// Bytes of text.
        package var bytes: Int
        /// Values and keys of all documents, those that aliases repeat included.
        package var nodes: Int
        /// Collections within one another.
        package var depth: Int

        package init(bytes: Int = 64 << 20, nodes: Int = 3_000_000, depth: Int = 200) {
            self.bytes = bytes
            self.nodes = nodes
            self.depth = depth
        }

        package static let `default` = Limits()
    }

    /// What a key that stands twice in one mapping means.
    package enum RepeatedKeys: Sendable {
        /// YAML forbids it (YAML 1.2.2, section 3.2.1.1).
        case refused
        /// The last one counts, and stands where the first one was, as older libraries have it.
        case lastCounts
    }

    /// The documents of a text, each with its origins and styles, and its comments if asked for; aliases and merge keys are expanded.
    ///
    /// A document without content is left out, as the Kubernetes tools do: a text of comments alone has no documents.
    /// - Parameters:
    ///   - file: what origins and problems call the text.
    ///   - repeatedKeys: whether a key may stand twice in one mapping.
    ///   - keepsComments: whether comments go into `Trivia`; reading takes twice as long with them. Edits need them not.
    /// - Throws: a `Problem` with line and column: not UTF-8, no YAML, a duplicate key, a limit passed.
    package static func parse(
        _ bytes: [UInt8], file: SourceFile, limits: Limits = .default, keepsComments: Bool = false,
        repeatedKeys: RepeatedKeys = .refused
    ) throws(Problem) -> [Value] {
        guard bytes.count <= limits.bytes else {
            throw Problem(
                "the file has \(bytes.count) bytes, more than the \(limits.bytes) that are read", at: Origin(file),
                hint: "split it")
        }
        try Text.check(bytes, file: file)
        return try bytes.withUnsafeBufferPointer { (text) throws(Problem) -> [Value] in
            var composer = Composer(text: text, file: file, limits: limits, repeatedKeys: repeatedKeys)
            let documents = try composer.documents()
            guard keepsComments, text.contains(UInt8(ascii: "#")) else { return documents }
            return try Comments.attached(to: documents, text, file: file)
        }
    }

    /// The only document of a text.
    /// - Throws: a `Problem` also when there is none, or more than one.
    package static func parseOne(
        _ bytes: [UInt8], file: SourceFile, limits: Limits = .default, keepsComments: Bool = false
    ) throws(Problem) -> Value {
        let documents = try parse(bytes, file: file, limits: limits, keepsComments: keepsComments)
        guard let first = documents.first else { throw Problem("the file is empty", at: Origin(file)) }
        guard documents.count == 1 else {
            throw Problem(
                "one document is expected, and \(documents.count) are here", at: documents[1].origin,
                hint: "remove what follows \"---\"")
        }
        return first
    }
}
