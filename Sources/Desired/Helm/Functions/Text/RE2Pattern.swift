/// Writes a pattern of RE2's syntax (Go's `regexp/syntax`) in PCRE2's, and refuses what RE2 does not have.
struct RE2Pattern {
    private let text: [Unicode.Scalar]
    private var offset = 0
    private var result = ""
    /// Parentheses that are open.
    private var depth = 0
    /// Whether a quantifier may follow, and where the last one began.
    private var isRepeatable = false
    private var lastQuantifier: Int?

    private static let mostRepeats = 1000
    private static let deepest = 200

    /// - Throws: `Regex.Malformed` in Go's words.
    static func translated(_ pattern: String) throws -> String {
        var reader = RE2Pattern(pattern)
        try reader.read()
        return reader.result
    }

    private init(_ pattern: String) {
        text = Array(pattern.unicodeScalars)
    }

    private func failure(_ reason: String, _ part: Range<Int>? = nil) -> Regex.Malformed {
        let part = part.map { String(String.UnicodeScalarView(text[$0])) } ?? String(String.UnicodeScalarView(text))
        return Regex.Malformed("error parsing regexp: \(reason): `\(part)`")
    }

    private var peek: Unicode.Scalar? { offset < text.count ? text[offset] : nil }

    private func follows(_ words: String) -> Bool { text[offset...].starts(with: words.unicodeScalars) }

    // MARK: Outside classes

    private mutating func read() throws {
        while let scalar = peek {
            switch scalar {
            case "(": try openGroup()
            case ")":
                guard depth > 0 else { throw failure("unexpected )") }
                depth -= 1
                write(1)
            case "|":
                write(1)
                isRepeatable = false
            case "*", "+", "?": try quantify(offset + 1)
            case "{":
                if let end = try repeatEnd() { try quantify(end) } else { literal(scalar, 1) }
            case "[": try readClass()
            case "\\": try escape()
            case "^", "$", ".": write(1)
            default: literal(scalar, 1)
            }
        }
        guard depth == 0 else { throw failure("missing closing )") }
    }

    /// Takes so many characters over as they are.
    private mutating func write(_ count: Int) {
        result.unicodeScalars.append(contentsOf: text[offset..<offset + count])
        offset += count
        isRepeatable = true
        lastQuantifier = nil
    }

    private mutating func put(_ text: String, for count: Int) {
        result += text
        offset += count
        isRepeatable = true
        lastQuantifier = nil
    }

    private mutating func literal(_ scalar: Unicode.Scalar, _ count: Int) {
        put(Self.quoted(scalar), for: count)
    }

    private static func quoted(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "0"..."9", "a"..."z", "A"..."Z", "_": String(scalar)
        default: scalar.value < 0x80 ? "\\x{" + String(scalar.value, radix: 16) + "}" : String(scalar)
        }
    }

    private mutating func openGroup() throws {
        depth += 1
        guard depth <= Self.deepest else { throw failure("expression nests too deeply") }
        let start = offset
        guard follows("(?") else {
            result += "("
            offset += 1
            isRepeatable = false
            return
        }
        if follows("(?P<") || follows("(?<") {
            let nameStart = start + (follows("(?P<") ? 4 : 3)
            let end = text[nameStart...].firstIndex(of: ">") ?? text.count
            let name = text[nameStart..<end]
            guard end < text.count, let first = name.first, !(("0"..."9").contains(first)),
                name.allSatisfy({ $0 == "_" || $0.properties.isAlphabetic || ("0"..."9").contains($0) })
            else { throw failure("invalid named capture", start..<min(end + 1, text.count)) }
            result += "(?<" + String(String.UnicodeScalarView(name)) + ">"
            offset = end + 1
            isRepeatable = false
            return
        }
        offset += 2
        while let scalar = peek, "imsU-".unicodeScalars.contains(scalar) { offset += 1 }
        guard let end = peek, end == ":" || end == ")" else {
            throw failure("invalid or unsupported Perl syntax", start..<min(offset + 1, text.count))
        }
        offset += 1
        result.unicodeScalars.append(contentsOf: text[start..<offset])
        if end == ")" { depth -= 1 }
        isRepeatable = false
    }

    /// Where `{2}`, `{2,}` or `{2,3}` ends; nil when the brace stands for itself.
    private func repeatEnd() throws -> Int? {
        guard let close = text[offset...].firstIndex(of: "}") else { return nil }
        let parts = text[(offset + 1)..<close].split(separator: ",", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), !parts[0].isEmpty,
            parts.allSatisfy({ $0.allSatisfy { ("0"..."9").contains($0) } })
        else { return nil }
        let numbers = parts.filter { !$0.isEmpty }.map { Int(String(String.UnicodeScalarView($0))) ?? .max }
        guard numbers.allSatisfy({ $0 <= Self.mostRepeats }), numbers.count < 2 || numbers[0] <= numbers[1] else {
            throw failure("invalid repeat count", offset..<close + 1)
        }
        return close + 1
    }

    private mutating func quantify(_ end: Int) throws {
        let start = offset
        if let before = lastQuantifier { throw failure("invalid nested repetition operator", before..<end) }
        guard isRepeatable else { throw failure("missing argument to repetition operator", start..<end) }
        write(end - start)
        if peek == "?" { write(1) }
        lastQuantifier = start
    }

    // MARK: Escapes

    private static let perlClasses: [Unicode.Scalar: String] = [
        "d": "0-9", "s": "\\t\\n\\f\\r ", "w": "0-9A-Za-z_",
    ]

    private mutating func escape() throws {
        guard offset + 1 < text.count else {
            throw failure("trailing backslash at end of expression", offset..<text.count)
        }
        let mark = text[offset + 1]
        switch mark {
        case "A", "b", "B": return write(2)
        case "z": return put("\\z", for: 2)
        case "Q":
            offset += 2
            while let scalar = peek {
                if follows("\\E") { break }
                literal(scalar, 1)
            }
            if peek != nil { offset += 2 }
            return
        case "E": throw failure("invalid escape sequence", offset..<offset + 2)
        default: break
        }
        if let part = try classEscape() {
            return put(part.isNegated ? "[^\(part.text)]" : "[\(part.text)]", for: part.count)
        }
        let (scalar, count) = try characterEscape()
        literal(scalar, count)
    }

    /// `\d`, `\pL`, `\P{Greek}` as a part of a class; nil when none stands here.
    private func classEscape() throws -> (text: String, isNegated: Bool, count: Int)? {
        let mark = text[offset + 1]
        let small = Unicode.Scalar(mark.value | 0x20) ?? mark
        if let members = Self.perlClasses[small], mark.isASCII { return (members, mark != small, 2) }
        guard mark == "p" || mark == "P" else { return nil }
        guard offset + 2 < text.count else { throw failure("invalid character class range", offset..<text.count) }
        var (name, end) = (text[(offset + 2)..<(offset + 3)], offset + 3)
        if text[offset + 2] == "{" {
            guard let close = text[offset...].firstIndex(of: "}") else {
                throw failure("invalid character class range", offset..<text.count)
            }
            (name, end) = (text[(offset + 3)..<close], close + 1)
        }
        var isNegated = mark == "P"
        if name.first == "^" {
            isNegated.toggle()
            name = name.dropFirst()
        }
        guard !name.isEmpty, name.allSatisfy({ $0.isASCII && ($0.properties.isAlphabetic || $0 == "_") }) else {
            throw failure("invalid character class range", offset..<end)
        }
        // Scripts are meant as such, not with the characters that they share with others.
        let isScript = name.count > 2 && name != Array("Any".unicodeScalars)[...]
        let text = "\\p{" + (isScript ? "sc:" : "") + String(String.UnicodeScalarView(name)) + "}"
        return (text, isNegated, end - offset)
    }

    private static let simple: [Unicode.Scalar: UInt32] = ["a": 7, "f": 12, "t": 9, "n": 10, "r": 13, "v": 11]

    /// The character that an escape stands for, and how long the escape is.
    private func characterEscape() throws -> (Unicode.Scalar, Int) {
        let mark = text[offset + 1]
        if let code = Self.simple[mark], let scalar = Unicode.Scalar(code) { return (scalar, 2) }
        if mark.isASCII, !("0"..."9").contains(mark), !mark.properties.isAlphabetic { return (mark, 2) }
        let rest = text[(offset + 2)...]
        func octal(_ digits: ArraySlice<Unicode.Scalar>) -> ArraySlice<Unicode.Scalar> {
            digits.prefix { ("0"..."7").contains($0) }
        }
        if mark == "0" || ("1"..."7").contains(mark) && !octal(rest.prefix(1)).isEmpty {
            let digits = [mark] + octal(rest.prefix(2))
            let code = UInt32(String(String.UnicodeScalarView(digits)), radix: 8)
            if let scalar = code.flatMap(Unicode.Scalar.init) { return (scalar, 1 + digits.count) }
        }
        if mark == "x" {
            let isBraced = rest.first == "{"
            let close = isBraced ? rest.firstIndex(of: "}") : rest.count >= 2 ? rest.startIndex + 2 : nil
            if let close {
                let digits = rest[(rest.startIndex + (isBraced ? 1 : 0))..<close]
                let code = UInt32(String(String.UnicodeScalarView(digits)), radix: 16)
                if let scalar = code.flatMap(Unicode.Scalar.init) {
                    return (scalar, close - offset + (isBraced ? 1 : 0))
                }
            }
        }
        throw failure("invalid escape sequence", offset..<offset + 2)
    }

    // MARK: Classes

    private static let namedClasses: Set<String> = [
        "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper",
        "word", "xdigit",
    ]

    private mutating func readClass() throws {
        let start = offset
        offset += 1
        var members = ""
        let isNegated = peek == "^"
        if isNegated { offset += 1 }
        var isFirst = true
        while peek != "]" || isFirst {
            guard peek != nil else { throw failure("missing closing ]", start..<text.count) }
            isFirst = false
            if follows("[:"), let name = try namedClass() {
                members += name
            } else if peek == "\\", offset + 1 < text.count, let part = try classEscape() {
                offset += part.count
                members += part.isNegated ? Self.inverse(of: part.text) : part.text
            } else {
                members += try range()
            }
        }
        offset += 1
        result += (isNegated ? "[^" : "[") + members + "]"
        isRepeatable = true
        lastQuantifier = nil
    }

    /// What is not in a class, as part of another one.
    private static func inverse(of members: String) -> String {
        switch members {
        case perlClasses["d"]: "\\D"
        case perlClasses["w"]: "\\W"
        case perlClasses["s"]: "\\x{0}-\\x{8}\\x{b}\\x{e}-\\x{1f}\\x{21}-\\x{10ffff}"
        default: "\\P" + members.dropFirst(2)
        }
    }

    private mutating func namedClass() throws -> String? {
        guard
            let end = text[offset...].indices.first(where: {
                $0 + 1 < text.count && text[$0] == ":" && text[$0 + 1] == "]" && $0 > offset + 1
            })
        else { return nil }
        var name = text[(offset + 2)..<end]
        let isNegated = name.first == "^"
        if isNegated { name = name.dropFirst() }
        let word = String(String.UnicodeScalarView(name))
        guard Self.namedClasses.contains(word) else { throw failure("invalid character class range", offset..<end + 2) }
        offset = end + 2
        return "[:" + (isNegated ? "^" : "") + word + ":]"
    }

    /// One character, or two with a dash between them.
    private mutating func range() throws -> String {
        let start = offset
        let low = try member()
        guard peek == "-", offset + 1 < text.count, text[offset + 1] != "]" else { return Self.quoted(low) }
        offset += 1
        let high = try member()
        guard low <= high else { throw failure("invalid character class range", start..<offset) }
        return Self.quoted(low) + "-" + Self.quoted(high)
    }

    private mutating func member() throws -> Unicode.Scalar {
        guard let scalar = peek else { throw failure("missing closing ]") }
        guard scalar == "\\" else {
            offset += 1
            return scalar
        }
        guard offset + 1 < text.count else {
            throw failure("trailing backslash at end of expression", offset..<text.count)
        }
        let (found, count) = try characterEscape()
        offset += count
        return found
    }
}
