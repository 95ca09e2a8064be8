import Document

/// Takes INI files apart: sections, `name = value`, comments that begin with `;` or `#`.
///
/// The comments above a name count as one that follows it, those above a section as the section's, as in SOPS, whose
/// parser reads them so; both are authenticated with the section's name.
struct SopsINI {
    private static let whole = "DEFAULT"

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

    private func trimmed(_ range: Range<Int>) -> Range<Int> { SopsINIValue.trimmed(range, in: bytes) }

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
                source.roots.append(.init(metadata: start..<start, range: start..<start, isFlow: false, isEmpty: false))
            }
        default: try entry(range, lineStart: start)
        }
        // Other sections may stand below the metadata.
        if isInMetadata, let begin = source.roots.last?.range.lowerBound {
            source.roots[source.roots.count - 1].metadata = begin..<min(offset, bytes.count)
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
        let value = SopsINIValue(bytes, at: place)
        guard !value.isOpen else {
            throw Problem(
                "the quotes that begin the value are not closed", at: source.origin(of: place.lowerBound),
                hint: "close them, or write the value between three quotes: \"\"\"")
        }
        // Where it goes on for lines, the next entry stands below them.
        offset = max(offset, (bytes[value.range.upperBound...].firstIndex(of: 0x0A) ?? bytes.count) + 1)
        let written = text(value.text)
        if isInMetadata {
            let text = Value(
                .scalar(Scalar(written.replacing("\\n", with: "\n"))), origin: source.origin(of: lineStart))
            return metadata.append((name, text))
        }
        source.leaves.append(SopsLeaf(path: [section, name], kind: .string, text: written, range: value.range))
    }
}
