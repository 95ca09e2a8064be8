import Document

/// A scalar that holds a document, or a key and a value, in itself: where each of its characters is written.
///
/// YAML unfolds, unindents and unescapes a scalar's text; so the places within it are found again by going through the
/// text and the source side by side (YAML 1.2.2, sections 7.3 and 8.1).
struct InlineText {
    private let origin: Origin
    private let scalar: Scalar
    private let source: SourceLines?
    private let indent: Int

    /// - Parameter source: the file that the scalar stands in; without it, places are told by the lines alone.
    init(_ value: Value, in source: SourceLines?) {
        origin = value.origin
        scalar = value.scalar ?? Scalar("")
        self.source = source
        indent = scalar.style == .literal ? Self.indent(of: scalar, below: value.origin.line, in: source) : 0
    }

    private var isBlock: Bool { scalar.style == .literal || scalar.style == .folded }

    /// By how much the lines of a block are indented in the file.
    private static func indent(of scalar: Scalar, below mark: UInt32, in source: SourceLines?) -> Int {
        guard let source else { return 0 }
        func spaces(_ bytes: some Sequence<UInt8>) -> Int { bytes.prefix { $0 == 32 }.count }
        for (number, line) in scalar.text.utf8.split(separator: 10, omittingEmptySubsequences: false).enumerated()
        where spaces(line) < line.count {
            return max(0, spaces(source.line(Int(mark) + number + 1)) - spaces(line))
        }
        return 0
    }

    /// A value that was read from the text, with its places in the file.
    func placed(_ value: Value) -> Value {
        if scalar.style == .literal || source == nil { return moved(value) { lineForLine($0) } }
        let places = places()
        let starts = Self.lineStarts(of: scalar.text)
        return moved(value) { origin in
            guard starts.indices.contains(Int(origin.line) - 1) else { return self.origin }
            let index = starts[Int(origin.line) - 1] + Int(origin.column) - 1
            return places.indices.contains(index) ? places[index] : places.last ?? self.origin
        }
    }

    /// The place of a character, counted in Unicode's scalars from 0.
    func place(ofCharacter index: Int) -> Origin {
        let before = scalar.text.unicodeScalars.prefix(index)
        let isSimple = scalar.style == .plain && !before.contains(where: Self.isBlank)
        if isSimple || scalar.style == .literal || source == nil {
            let line = before.count { $0 == "\n" } + 1
            let column = index - (before.lastIndex(of: "\n").map { before[...$0].count } ?? 0)
            return lineForLine(Origin(origin.file, line: line, column: column + 1))
        }
        let places = places()
        return places.indices.contains(index) ? places[index] : places.last ?? origin
    }

    /// The place in the file of one in the text, where the text's lines are the file's.
    private func lineForLine(_ inner: Origin) -> Origin {
        if isBlock {
            let line = Int(origin.line) + Int(inner.line)
            return Origin(origin.file, line: line, column: indent + Int(inner.column))
        }
        let quote = scalar.style == .singleQuoted || scalar.style == .doubleQuoted ? 1 : 0
        let line = Int(origin.line) + Int(inner.line) - 1
        let before = inner.line == 1 ? Int(origin.column) - 1 + quote : 0
        return Origin(origin.file, line: line, column: before + Int(inner.column))
    }

    private func moved(_ value: Value, _ place: (Origin) -> Origin) -> Value {
        var value = value
        if value.origin.line > 0 { value.origin = place(value.origin) }
        switch value.content {
        case .scalar: break
        case .sequence(let items): value.content = .sequence(items.map { moved($0, place) })
        case .mapping(let mapping):
            value.content = .mapping(
                Mapping(
                    mapping.entries.map { entry in
                        var entry = entry
                        if entry.key.origin.line > 0 { entry.key.origin = place(entry.key.origin) }
                        entry.value = moved(entry.value, place)
                        return entry
                    }))
        }
        return value
    }

    private static func lineStarts(of text: String) -> [Int] {
        var starts = [0]
        for (index, scalar) in text.unicodeScalars.enumerated() where scalar == "\n" { starts.append(index + 1) }
        return starts
    }

    /// The place of every character of the text, and of its end.
    private func places() -> [Origin] {
        guard let source else { return [] }
        // Indentation and escapes make the source longer than the text; what is longer still keeps its last place.
        let limit = 4 * scalar.text.utf8.count + 1024
        var walk = SourceWalk(source, from: origin, style: scalar.style, limit: limit)
        let text = Array(scalar.text.unicodeScalars)
        var places: [Origin] = []
        places.reserveCapacity(text.count + 1)
        while places.count < text.count {
            let run = text[places.count...].prefix(while: Self.isBlank)
            let here = walk.place(atBreak: !run.isEmpty)
            if run.isEmpty {
                places.append(here)
                walk.takeCharacter()
            } else {
                let count = walk.takeBlanks(run.count)
                for _ in 0..<min(count, run.count) { places.append(here) }
            }
        }
        places.append(walk.place(atBreak: false))
        return places
    }

    static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || scalar == "\t" || scalar == "\n" || scalar == "\r"
    }
}

/// A way through the source of one scalar.
private struct SourceWalk {
    private let text: [Unicode.Scalar]
    private let style: Scalar.Style
    private let file: SourceFile
    private var offset = 0
    private var line: Int
    private var column: Int

    /// - Parameter limit: bytes that the scalar may reach to.
    init(_ source: SourceLines, from origin: Origin, style: Scalar.Style, limit: Int) {
        file = origin.file
        self.style = style
        line = Int(origin.line)
        column = Int(origin.column)
        text = Array(source.text(from: origin, limit: limit).unicodeScalars)
        switch style {
        case .singleQuoted, .doubleQuoted: step()
        case .folded:
            while let next = peek, next != "\n" { step() }
            skipBlanks()
        case .any, .plain, .literal: break
        }
    }

    private var peek: Unicode.Scalar? { text.indices.contains(offset) ? text[offset] : nil }
    private var next: Unicode.Scalar? { text.indices.contains(offset + 1) ? text[offset + 1] : nil }

    private mutating func step(_ count: Int = 1) {
        for _ in 0..<count {
            guard let here = peek else { return }
            offset += 1
            column = here == "\n" ? 1 : column + 1
            if here == "\n" { line += 1 }
        }
    }

    private mutating func skipBlanks() {
        while let next = peek, InlineText.isBlank(next) { step() }
    }

    /// Where the next character of the text is written.
    /// - Parameter atBreak: whether that character is blank.
    mutating func place(atBreak: Bool) -> Origin {
        if style == .doubleQuoted, peek == "\\", next == "\n" {
            // An escaped line break joins two lines.
            step()
            skipBlanks()
        }
        if !atBreak, style != .doubleQuoted || peek != "\\" { skipBlanks() }
        return Origin(file, line: line, column: column)
    }

    /// Goes over one character that is not blank.
    mutating func takeCharacter() {
        switch (style, peek) {
        case (.singleQuoted, "'"): step(2)
        case (.doubleQuoted, "\\"): takeEscape()
        default: step()
        }
    }

    private mutating func takeEscape() {
        switch next {
        case "x": step(4)
        case "u": step(6)
        case "U": step(10)
        default: step(2)
        }
    }

    /// Goes over blanks, as many of the text's as the source's next ones stand for; at least one.
    mutating func takeBlanks(_ count: Int) -> Int {
        if style == .doubleQuoted, peek == "\\" {
            takeEscape()
            return 1
        }
        let run = text[offset...].prefix(while: InlineText.isBlank)
        let breaks = run.count { $0 == "\n" }
        step(run.count)
        if style == .folded { return count }
        return max(1, breaks == 0 ? run.count : breaks == 1 ? 1 : breaks - 1)
    }
}

/// A file's text, by lines.
final class SourceLines {
    private let bytes: [UInt8]
    private lazy var starts: [Int] = {
        var starts = [0]
        for (offset, byte) in bytes.enumerated() where byte == 10 { starts.append(offset + 1) }
        return starts
    }()

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// A line, from 1, without its end; empty when there is none.
    func line(_ number: Int) -> ArraySlice<UInt8> {
        guard starts.indices.contains(number - 1) else { return [] }
        return bytes[starts[number - 1]...].prefix { $0 != 10 }
    }

    /// The text from a place on, of a length in bytes.
    func text(from origin: Origin, limit: Int) -> String {
        guard origin.line > 0, starts.indices.contains(Int(origin.line) - 1) else { return "" }
        let start = starts[Int(origin.line) - 1]
        let text = String(decoding: bytes[start...].prefix(limit + 4 * Int(origin.column)), as: UTF8.self)
        return String(text.unicodeScalars.dropFirst(max(0, Int(origin.column) - 1)))
    }
}
