import Document

/// The forms of files that SOPS encrypts.
package enum SopsFormat: String, Sendable, CaseIterable {
    case yaml
    case json
    case dotenv
    case ini
    /// Any other file, which is wrapped in JSON as one value.
    case binary

    /// By a file's name, as SOPS chooses.
    package init(name: String) {
        let suffixes: [(String, SopsFormat)] = [
            (".yaml", .yaml), (".yml", .yaml), (".json", .json), (".env", .dotenv), (".ini", .ini),
        ]
        self = suffixes.first { name.hasSuffix($0.0) }?.1 ?? .binary
    }
}

/// A text taken apart into the values and comments that SOPS walks.
struct SopsSource {
    /// Where a document may have the metadata.
    struct Root {
        /// The bytes of the entry `sops`; nil where there is none.
        var metadata: Range<Int>?
        /// The document's mapping.
        var range: Range<Int>
        var isFlow: Bool
        var isEmpty: Bool
        /// How many blanks stand before each of the mapping's keys.
        var indent = 0
    }

    let bytes: [UInt8]
    let file: SourceFile
    var leaves: [SopsLeaf] = []
    var roots: [Root] = []
    /// The metadata of the first document as it is written; nil where there is none.
    var metadata: Value?

    init(bytes: [UInt8], file: SourceFile) {
        self.bytes = bytes
        self.file = file
    }

    /// - Throws: `Problem` for a text that is none of the format, with line and column.
    init(_ bytes: [UInt8], _ format: SopsFormat, file: SourceFile) throws(Problem) {
        self =
            switch format {
            case .yaml: try SopsYAML.read(bytes, file: file)
            case .json, .binary: try SopsJSON.read(bytes, file: file)
            case .dotenv: try SopsDotenv.read(bytes, file: file)
            case .ini: try SopsINI.read(bytes, file: file)
            }
    }

    /// Where a byte stands.
    func origin(of offset: Int) -> Origin {
        var line = 1
        var column = 1
        for byte in bytes.prefix(offset) {
            if byte == 0x0A {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        return Origin(file, line: line, column: column)
    }

    /// The text with other bytes in place of some ranges; a range within an earlier one goes with it.
    func replacing(_ changes: [(range: Range<Int>, text: [UInt8])]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var end = 0
        for change in changes.sorted(by: { $0.range.lowerBound < $1.range.lowerBound })
        where change.range.lowerBound >= end {
            result += bytes[end..<change.range.lowerBound]
            result += change.text
            end = change.range.upperBound
        }
        return result + bytes[end...]
    }

    /// The line breaks within a range, so that what replaces it does not move the lines below.
    func lineBreaks(in range: Range<Int>) -> [UInt8] {
        [UInt8](repeating: 0x0A, count: bytes[range].count { $0 == 0x0A })
    }

    /// Metadata from names that were made by joining keys with `__map_` and numbers with `__list_`.
    static func unflattened(_ pairs: [(name: String, value: Value)]) -> Value {
        var result = Value(.mapping(Mapping()), origin: pairs.first?.value.origin ?? .none)
        for (name, value) in pairs { place(value, name[...], in: &result) }
        return result
    }

    private static func place(_ value: Value, _ name: Substring, in node: inout Value) {
        let marks = [(name.firstRange(of: "__map_"), false), (name.firstRange(of: "__list_"), true)]
        let next = marks.compactMap { mark in mark.0.map { ($0, mark.1) } }.min { $0.0.lowerBound < $1.0.lowerBound }
        guard let (range, isList) = next else { return node[String(name)] = value }
        let key = String(name[..<range.lowerBound])
        let rest = name[range.upperBound...]
        guard isList else {
            var child = node[key] ?? .mapping(Mapping())
            place(value, rest, in: &child)
            return node[key] = child
        }
        let digits = rest.prefix { $0.isNumber }
        var items = node[key]?.items ?? []
        // Items come in the order of their names, of which 10 comes before 2; no list is long enough to mind.
        guard let index = Int(digits), index < 4096 else { return }
        while items.count <= index { items.append(.mapping(Mapping())) }
        let inner = rest.dropFirst(digits.count)
        if inner.hasPrefix("__map_") {
            place(value, inner.dropFirst(6), in: &items[index])
        } else {
            items[index] = value
        }
        node[key] = .sequence(items)
    }
}
