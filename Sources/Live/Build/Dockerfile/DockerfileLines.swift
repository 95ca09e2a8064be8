import Document

/// A Dockerfile taken apart into logical lines: comments gone, continued lines joined, heredocs gathered.
struct DockerfileLines {
    /// A line that is an instruction.
    struct Line {
        var text: String
        var heredocs: [Heredoc]
        var origin: Origin
    }

    private(set) var lines: [Line] = []
    /// `\` or, by directive, a back quote.
    private(set) var escape: Character = "\\"

    private let file: SourceFile
    private var rest: ArraySlice<Substring>
    private var number = 0

    static let limit = 1 << 20

    /// - Throws: `Problem` with the line: a heredoc without end, too long a file, an unknown escape character.
    init(_ text: String, file: SourceFile) throws(Problem) {
        guard text.utf8.count <= Self.limit else {
            throw Problem("the Dockerfile is longer than \(Self.limit) bytes", at: Origin(file))
        }
        self.file = file
        let withoutMark = text.hasPrefix("\u{feff}") ? String(text.dropFirst()) : text
        rest = withoutMark.replacing("\r\n", with: "\n").split(separator: "\n", omittingEmptySubsequences: false)[...]
        try readDirectives()
        while let line = try next() { lines.append(line) }
    }

    private var origin: Origin { Origin(file, line: number, column: 1) }

    private mutating func take() -> Substring? {
        guard let line = rest.popFirst() else { return nil }
        number += 1
        return line
    }

    /// `# name=value` before everything else. `syntax` names another front end, which Belay does not start; what it
    /// understands is checked instruction by instruction.
    private mutating func readDirectives() throws(Problem) {
        var seen: Set<String> = []
        while let line = rest.first?.trimmed, line.hasPrefix("#") {
            let parts = line.dropFirst().split(separator: "=", maxSplits: 1).map(\.trimmed)
            guard parts.count == 2, ["escape", "syntax", "check"].contains(parts[0].lowercased()) else { return }
            _ = take()
            let name = parts[0].lowercased()
            guard seen.insert(name).inserted else { throw Problem("the directive \(name) is given twice", at: origin) }
            guard name == "escape" else { continue }
            guard parts[1] == "\\" || parts[1] == "`" else {
                throw Problem("the escape character may be \\ or `, not “\(parts[1])”", at: origin)
            }
            escape = parts[1].first ?? "\\"
        }
    }

    private mutating func next() throws(Problem) -> Line? {
        var text = ""
        var start: Origin?
        while let line = take() {
            let trimmed = line.trimmed
            if trimmed.isEmpty || trimmed.hasPrefix("#") {
                // Comments and blank lines within a continued line are passed over.
                if start != nil, rest.isEmpty { break }
                continue
            }
            if start == nil { start = origin }
            let end = line.trimmedEnd
            if end.last == escape {
                text += String(end.dropLast())
                continue
            }
            text += start?.line == UInt32(clamping: number) ? trimmed : String(line)
            break
        }
        guard let start else { return nil }
        let whole = String(text.trimmed)
        return Line(text: whole, heredocs: try heredocs(of: whole, start), origin: start)
    }

    /// Reads the texts that a line announces, for the instructions that take them.
    private mutating func heredocs(of line: String, _ start: Origin) throws(Problem) -> [Heredoc] {
        let word = line.prefix { !$0.isWhitespace }.uppercased()
        let kept = word == "ONBUILD" ? line.dropFirst(7).trimmed.prefix { !$0.isWhitespace }.uppercased() : word
        guard ["RUN", "COPY", "ADD"].contains(kept) else { return [] }
        var found: [Heredoc] = []
        for marker in HeredocMarker.all(in: line) {
            var content = ""
            var isClosed = false
            while let next = take() {
                let bare = marker.stripsTabs ? next.drop { $0 == "\t" } : next
                if bare == marker.name {
                    isClosed = true
                    break
                }
                content += String(bare) + "\n"
            }
            guard isClosed else {
                throw Problem(
                    "the text after <<\(marker.name) has no end", at: start, hint: "end it with a line \(marker.name)")
            }
            found.append(Heredoc(name: marker.name, content: content, expands: marker.expands))
        }
        return found
    }
}

/// `<<NAME`, `<<-NAME`, `<<"NAME"` in a line.
struct HeredocMarker {
    var name: String
    var stripsTabs: Bool
    var expands: Bool

    static func all(in line: String) -> [HeredocMarker] {
        var found: [HeredocMarker] = []
        var rest = Substring(line)
        var quote: Character?
        while let character = rest.popFirst() {
            if let open = quote {
                if character == open { quote = nil }
            } else if character == "\"" || character == "'" {
                quote = character
            } else if character == "\\" {
                rest = rest.dropFirst()
            } else if character == "<", rest.hasPrefix("<"), !rest.hasPrefix("<<") {
                if let marker = marker(&rest) { found.append(marker) }
            } else if character == "<" {
                rest = rest.drop { $0 == "<" }  // <<< is no heredoc
            }
        }
        return found
    }

    private static func marker(_ rest: inout Substring) -> HeredocMarker? {
        var probe = rest.dropFirst()
        let stripsTabs = probe.first == "-"
        if stripsTabs { probe = probe.dropFirst() }
        let quote = probe.first.flatMap { $0 == "\"" || $0 == "'" ? $0 : nil }
        if quote != nil { probe = probe.dropFirst() }
        let name = probe.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        probe = probe.dropFirst(name.count)
        guard !name.isEmpty, quote == nil || probe.first == quote else { return nil }
        rest = quote == nil ? probe : probe.dropFirst()
        return HeredocMarker(name: String(name), stripsTabs: stripsTabs, expands: quote == nil)
    }
}

extension StringProtocol {
    /// Without white space at both ends.
    var trimmed: String { String(drop { $0.isWhitespace }).trimmedEnd }

    /// Without white space at the end.
    var trimmedEnd: String {
        var text = String(self)
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return text
    }
}
