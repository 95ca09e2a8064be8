/// JSON (RFC 8259) in and out.
package enum JSON {
    /// How a value is written.
    package struct Form: Sendable {
        /// Spaces a level; nil writes all on one line.
        package var indent: Int?
        /// Whether keys come in the order of their bytes.
        package var sortsKeys: Bool
        /// Whether `<`, `>` and `&` are escaped, as Go's encoder does unless told otherwise.
        package var escapesHTML: Bool

        package init(indent: Int? = nil, sortsKeys: Bool = false, escapesHTML: Bool = false) {
            self.indent = indent
            self.sortsKeys = sortsKeys
            self.escapesHTML = escapesHTML
        }

        package static let compact = Form()
        package static let indented = Form(indent: 2)
        /// What Go's `json.Marshal` writes of maps; hashes of generated objects are taken over it.
        package static let go = Form(sortsKeys: true, escapesHTML: true)
    }

    /// The value that a text writes; numbers keep their text.
    /// - Parameter file: what origins and problems call the text; nil for texts of no file, whose values have no origin.
    /// - Throws: a `Problem` with line and column: no JSON, a duplicate key, a limit passed.
    package static func parse(
        _ bytes: [UInt8], file: SourceFile? = nil, limits: YAML.Limits = .default
    ) throws(Problem) -> Value {
        let origin = file.map { Origin($0) } ?? .none
        guard bytes.count <= limits.bytes else {
            throw Problem("the JSON has \(bytes.count) bytes, more than the \(limits.bytes) that are read", at: origin)
        }
        if let offset = Text.firstInvalid(bytes) {
            let (line, column) = Text.place(of: offset, in: bytes)
            throw Problem("the JSON is not UTF-8 here", at: Origin(origin.file, line: line, column: column))
        }
        return try bytes.withUnsafeBufferPointer { (text) throws(Problem) -> Value in
            var parser = JSONParser(text, file: file, limits: limits)
            return try parser.document()
        }
    }

    /// The text of a value, without a line break at its end.
    ///
    /// Numbers that JSON cannot write as they stand (`0x1F`, `1_000`) are written in decimal; `.inf` and `.nan`, which it
    /// cannot write at all, become strings.
    package static func emit(_ value: Value, _ form: Form = .compact) -> [UInt8] {
        var writer = JSONWriter(form: form)
        writer.write(value, depth: 0)
        return writer.bytes
    }

    /// The text of a value as a string.
    package static func text(_ value: Value, _ form: Form = .compact) -> String {
        String(decoding: emit(value, form), as: UTF8.self)
    }
}
