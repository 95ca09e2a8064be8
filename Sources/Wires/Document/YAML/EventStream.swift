import CYAML

/// libyaml's parser over a text, event by event.
struct EventStream: ~Copyable {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let text: UnsafeBufferPointer<UInt8>
    private let file: SourceFile

    /// - Parameter text: must outlive the stream.
    init(_ text: UnsafeBufferPointer<UInt8>, file: SourceFile) throws(Problem) {
        parser = .allocate(capacity: 1)
        parser.initialize(to: yaml_parser_t())
        self.text = text
        self.file = file
        guard yaml_parser_initialize(parser) == 1 else {
            throw Problem("there is no memory left to read the file", at: Origin(file))
        }
        yaml_parser_set_input_string(parser, text.baseAddress, text.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
    }

    /// Reads the next event; the caller deletes it with `yaml_event_delete`.
    func next(_ event: inout yaml_event_t) throws(Problem) {
        guard yaml_parser_parse(parser, &event) == 1 else { throw problem() }
    }

    private func problem() -> Problem {
        let state = parser.pointee
        let message = state.problem.map { String(cString: $0) } ?? "the text is no YAML"
        if state.error == YAML_READER_ERROR {
            let (line, column) = Text.place(of: state.problem_offset, in: text)
            return Problem(
                "\(message) in YAML", at: Origin(file, line: line, column: column),
                hint: "remove the character, or write it escaped in double quotes")
        }
        let line = Int(state.problem_mark.line) + 1
        let column = Int(state.problem_mark.column) + 1
        let origin = Origin(file, line: line, column: column)
        if isTab(line: line, column: column) {
            return Problem("a tab stands where YAML wants spaces", at: origin, hint: "indent with spaces")
        }
        let context = state.context.map { " \(String(cString: $0))" } ?? ""
        let since = context.isEmpty ? "" : " that begins on line \(state.context_mark.line + 1)"
        return Problem(
            "the YAML cannot be read: \(message)\(context)\(since)", at: origin,
            hint: "check the indentation, and that brackets and quotes are closed, there and above")
    }

    /// Whether a tab stands at a place, or leads its line.
    private func isTab(line: Int, column: Int) -> Bool {
        var rest = text[...]
        for _ in 1..<line {
            guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else { return false }
            rest = rest[(end + 1)...]
        }
        let leading = rest.prefix { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        return leading.contains(UInt8(ascii: "\t")) && column <= leading.count + 1
    }
}
