import Document

/// Takes INI files apart: sections, `name = value`, comments that begin with `;` or `#`.
///
/// The comments above a name count as one that follows it, those above a section as the section's, as in SOPS, whose
/// parser reads them so; both are authenticated with the section's name.
struct SopsINI {
    private static let whole = "DEFAULT"
    private static let quotes: [[UInt8]] = [Array("\"\"\"".utf8), [0x60], [0x22], [0x27]]

    private var source: SopsSource
    private var offset = 0
    private var section = whole
    private var isInMetadata = false
    private var metadata: [(name: String, value: Value)] = []

    static func read(_ bytes: [UInt8], file: SourceFile) throws(Problem) -> SopsSource {
        var reader = SopsINI(source: SopsSource(bytes: bytes, file: file))
        while reader.offset < bytes.count { try reader.line() }
        if !reader.metadata.isEmpty { reader.source.metadata = SopsSource.unflattened(reader.metadata) }
        return reader.source
    }

    private init(source: SopsSource) {
        self.source = source
    }

    private var bytes: [UInt8] { source.bytes }

    private func trimmed(_ range: Range<Int>) -> Range<Int> {
        var (low, high) = (range.lowerBound, range.upperBound)
        while low < high, bytes[low] <= 0x20 { low += 1 }
        while high > low, bytes[high - 1] <= 0x20 { high -= 1 }
        return low..<high
    }

    private func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    private mutating func line() throws(Problem) {
        let end = bytes[offset...].firstIndex(of: 0x0A) ?? bytes.count
        let range = trimmed(offset..<end)
        let start = offset
        offset = end + 1
        guard let first = range.isEmpty ? nil : bytes[range.lowerBound] else { return }
        switch first {
        case UInt8(ascii: ";"), UInt8(ascii: "#"): comment(range)
        case UInt8(ascii: "["):
            guard bytes[range.upperBound - 1] == UInt8(ascii: "]") else {
                throw Problem(
                    "the section has no end", at: source.origin(of: range.lowerBound), hint: "close it with ]")
            }
            section = text(trimmed((range.lowerBound + 1)..<(range.upperBound - 1)))
            isInMetadata = section == "sops"
            if isInMetadata {
                source.roots = [.init(metadata: start..<start, range: start..<start, isFlow: false, isEmpty: false)]
            }
        default: try entry(range, lineStart: start)
        }
    }

    private mutating func comment(_ range: Range<Int>) {
        guard !isInMetadata else { return }
        var start = range.lowerBound
        while start < range.upperBound, bytes[start] == bytes[range.lowerBound] || bytes[start] == 0x20 { start += 1 }
        source.leaves.append(
            SopsLeaf(
                path: [section], kind: .comment, text: text(start..<range.upperBound), range: start..<range.upperBound))
    }

    private mutating func entry(_ range: Range<Int>, lineStart: Int) throws(Problem) {
        guard let mark = bytes[range].firstIndex(where: { $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: ":") }) else {
            throw Problem(
                "the line is neither a section, nor name = value, nor a comment",
                at: source.origin(of: range.lowerBound), hint: "write it as name = value")
        }
        let name = text(trimmed(range.lowerBound..<mark))
        let place = trimmed((mark + 1)..<range.upperBound)
        let (value, whole) = try value(place)
        if isInMetadata {
            let text = Value(.scalar(Scalar(value.replacing("\\n", with: "\n"))), origin: source.origin(of: lineStart))
            return metadata.append((name, text))
        }
        source.leaves.append(SopsLeaf(path: [section, name], kind: .string, text: value, range: whole))
    }

    /// A value without its quotes, and all the bytes that write it: in three quotes it may go on for lines.
    private mutating func value(_ place: Range<Int>) throws(Problem) -> (String, Range<Int>) {
        for quote in Self.quotes where bytes[place].starts(with: quote) {
            let start = place.lowerBound + quote.count
            let limit = quote.count == 3 || quote == [0x60] ? bytes.count : place.upperBound
            guard let end = find(quote, from: start, to: limit) else { continue }
            let after = end + quote.count
            // With more behind it the quotes are part of the value, and it is no shorter than its line.
            guard isEnded(after) else { continue }
            offset = max(offset, (bytes[min(after, bytes.count)...].firstIndex(of: 0x0A) ?? bytes.count) + 1)
            return (text(start..<end), place.lowerBound..<after)
        }
        var end = place.lowerBound
        while end < place.upperBound {
            let isMark = bytes[end] == UInt8(ascii: "#") || bytes[end] == UInt8(ascii: ";")
            if isMark, end > place.lowerBound, bytes[end - 1] <= 0x20 { break }
            end += 1
        }
        let range = trimmed(place.lowerBound..<end)
        return (text(range), range)
    }

    /// Whether nothing but a comment follows on the line.
    private func isEnded(_ place: Int) -> Bool {
        let rest = bytes[min(place, bytes.count)...].prefix { $0 != 0x0A }.drop { $0 <= 0x20 }
        return rest.first.map { $0 == UInt8(ascii: "#") || $0 == UInt8(ascii: ";") } ?? true
    }

    private func find(_ quote: [UInt8], from start: Int, to limit: Int) -> Int? {
        var place = start
        while place + quote.count <= limit {
            if bytes[place..<(place + quote.count)].elementsEqual(quote) { return place }
            place += 1
        }
        return nil
    }

    /// A value as it stands behind the `=`.
    static func written(_ text: String) -> String {
        if text.contains("\n") || text.contains("`") { return "\"\"\"\(text)\"\"\"" }
        let isPlain = !text.isEmpty && !text.contains { "#;\"'".contains($0) } && text.first != " " && text.last != " "
        return isPlain || text.isEmpty ? text : "`\(text)`"
    }
}
