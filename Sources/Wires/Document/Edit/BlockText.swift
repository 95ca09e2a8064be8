/// New text in block style, in the layout of the file that it goes into.
struct BlockText {
    /// How far a list stands in from its key.
    var listOffset: Int

    /// The lines of a value that begins at an indentation.
    func lines(_ value: Value, indent: Int) -> [String] {
        let space = String(repeating: " ", count: indent)
        switch value.content {
        case .mapping(let mapping) where !mapping.isEmpty:
            return mapping.entries.flatMap { entry in self.entry(entry, indent: indent) }
        case .sequence(let items) where !items.isEmpty:
            return items.flatMap { item in
                var lines = lines(item, indent: indent + 2)
                lines[0] = "\(space)- \(lines[0].dropFirst(indent + 2))"
                return lines
            }
        default:
            return Self.split(space + Self.inline(value, indent: indent))
        }
    }

    private func entry(_ entry: Mapping.Entry, indent: Int) -> [String] {
        let key =
            String(repeating: " ", count: indent) + Self.scalar(Scalar(entry.key.text), indent: indent, isKey: true)
        switch entry.value.content {
        case .mapping(let mapping) where !mapping.isEmpty: return ["\(key):"] + lines(entry.value, indent: indent + 2)
        case .sequence(let items) where !items.isEmpty:
            return ["\(key):"] + lines(entry.value, indent: indent + listOffset)
        default: return Self.split("\(key): \(Self.inline(entry.value, indent: indent))")
        }
    }

    private static func split(_ text: String) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// A value on one line, as flow style writes it; block scalars take further lines.
    static func inline(_ value: Value, indent: Int) -> String {
        switch value.content {
        case .scalar(let scalar): Self.scalar(scalar, indent: indent)
        case .sequence(let items): "[\(items.map { flow($0) }.joined(separator: ", "))]"
        case .mapping(let mapping):
            "{\(mapping.entries.map { "\(flow(.string($0.key.text))): \(flow($0.value))" }.joined(separator: ", "))}"
        }
    }

    /// A value within a flow collection.
    static func flow(_ value: Value) -> String {
        if let scalar = value.scalar { return Self.scalar(scalar, indent: 0, isInFlow: true) }
        return inline(value, indent: 0)
    }

    /// A scalar in its style, or in the plainest that reads back the same.
    static func scalar(_ scalar: Scalar, indent: Int, isInFlow: Bool = false, isKey: Bool = false) -> String {
        var emitter = Emitter(form: .asWritten)
        emitter.indent = indent
        emitter.flowDepth = isInFlow ? 1 : 0
        emitter.write(scalar, isKey: isKey)
        return String(decoding: emitter.bytes, as: UTF8.self)
    }
}
