/// A recursive-descent parser over UTF-8.
struct JSONParser {
    private let text: UnsafeBufferPointer<UInt8>
    private let file: SourceFile?
    private let limits: YAML.Limits
    private var offset = 0
    private var line = 1
    private var lineStart = 0
    /// Continuation bytes on this line so far, so that columns count characters.
    private var continuations = 0
    private var nodes = 0
    private var depth = 0

    init(_ text: UnsafeBufferPointer<UInt8>, file: SourceFile?, limits: YAML.Limits) {
        self.text = text
        self.file = file
        self.limits = limits
    }

    mutating func document() throws(Problem) -> Value {
        skipSpace()
        let value = try value()
        skipSpace()
        guard offset == text.count else { throw problem("something follows the JSON value") }
        return value
    }

    private var place: Origin {
        Origin(file ?? .none, line: line, column: offset - lineStart - continuations + 1)
    }

    private var origin: Origin { file == nil ? .none : place }

    private func problem(_ message: String) -> Problem { Problem("the JSON cannot be read: \(message)", at: place) }

    private mutating func skipSpace() {
        while offset < text.count {
            switch text[offset] {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): offset += 1
            case UInt8(ascii: "\n"):
                offset += 1
                line += 1
                lineStart = offset
                continuations = 0
            default: return
            }
        }
    }

    private mutating func count() throws(Problem) {
        nodes += 1
        if nodes > limits.nodes { throw problem("it has more than \(limits.nodes) values") }
    }

    private mutating func value() throws(Problem) -> Value {
        try count()
        guard offset < text.count else { throw problem("it ends where a value is expected") }
        switch text[offset] {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""):
            let origin = origin
            return Value(.scalar(Scalar(try string(), .string, style: .doubleQuoted)), origin: origin)
        case UInt8(ascii: "t"): return try literal("true", .bool)
        case UInt8(ascii: "f"): return try literal("false", .bool)
        case UInt8(ascii: "n"): return try literal("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw problem("a value is expected here")
        }
    }

    private mutating func literal(_ word: StaticString, _ kind: Scalar.Kind) throws(Problem) -> Value {
        let origin = origin
        let end = offset + word.utf8CodeUnitCount
        let expected = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        guard end <= text.count, text[offset..<end].elementsEqual(expected) else {
            throw problem("a value is expected here")
        }
        offset = end
        return Value(.scalar(Scalar(word.description, kind)), origin: origin)
    }

    private mutating func enter() throws(Problem) {
        depth += 1
        if depth > limits.depth { throw problem("values are nested deeper than \(limits.depth) levels") }
        offset += 1
        skipSpace()
    }

    /// After an item: whether another follows. Steps over the comma or the closing bracket.
    private mutating func another(until close: Unicode.Scalar) throws(Problem) -> Bool {
        skipSpace()
        guard offset < text.count else { throw problem("it ends before the closing \(close)") }
        let byte = text[offset]
        guard byte == UInt8(ascii: ",") || byte == UInt8(ascii: close) else {
            throw problem("a comma or the closing \(close) is expected here")
        }
        offset += 1
        if byte == UInt8(ascii: close) {
            depth -= 1
            return false
        }
        skipSpace()
        return true
    }

    private mutating func array() throws(Problem) -> Value {
        let origin = origin
        try enter()
        var items: [Value] = []
        if offset < text.count, text[offset] == UInt8(ascii: "]") {
            offset += 1
            depth -= 1
            return Value(.sequence([]), origin: origin)
        }
        repeat { items.append(try value()) } while try another(until: "]")
        return Value(.sequence(items), origin: origin)
    }

    private mutating func object() throws(Problem) -> Value {
        let origin = origin
        try enter()
        var mapping = Mapping()
        if offset < text.count, text[offset] == UInt8(ascii: "}") {
            offset += 1
            depth -= 1
            return Value(.mapping(mapping), origin: origin)
        }
        repeat {
            let key = try key(of: mapping)
            mapping.add(.init(key: key, value: try value()))
        } while try another(until: "}")
        return Value(.mapping(mapping), origin: origin)
    }

    private mutating func key(of mapping: Mapping) throws(Problem) -> Mapping.Key {
        try count()
        let (origin, place) = (origin, place)
        guard offset < text.count, text[offset] == UInt8(ascii: "\"") else {
            throw problem("a key in quotes is expected here")
        }
        let key = try string()
        guard mapping.position(of: key) == nil else {
            throw Problem("the key \"\(key)\" is given twice in one JSON object", at: place, hint: "remove one")
        }
        skipSpace()
        guard offset < text.count, text[offset] == UInt8(ascii: ":") else {
            throw problem("a colon is expected behind the key")
        }
        offset += 1
        skipSpace()
        return Mapping.Key(key, style: .doubleQuoted, origin: origin)
    }

    private mutating func number() throws(Problem) -> Value {
        let origin = origin
        let start = offset
        if text[offset] == UInt8(ascii: "-") { offset += 1 }
        let first = offset < text.count ? text[offset] : 0
        guard digits() > 0, first != UInt8(ascii: "0") || text[offset - 1] == first && isOneDigit(since: start) else {
            throw problem("a number is malformed")
        }
        var kind = Scalar.Kind.int
        if offset < text.count, text[offset] == UInt8(ascii: ".") {
            offset += 1
            kind = .float
            guard digits() > 0 else { throw problem("a digit is expected behind the point") }
        }
        if offset < text.count, text[offset] | 0x20 == UInt8(ascii: "e") {
            offset += 1
            kind = .float
            if offset < text.count, text[offset] == UInt8(ascii: "+") || text[offset] == UInt8(ascii: "-") {
                offset += 1
            }
            guard digits() > 0 else { throw problem("a digit is expected in the exponent") }
        }
        let written = String(decoding: text[start..<offset], as: UTF8.self)
        return Value(.scalar(Scalar(written, kind)), origin: origin)
    }

    /// Whether the whole number read since an offset is one digit.
    private func isOneDigit(since start: Int) -> Bool {
        offset - start == (text[start] == UInt8(ascii: "-") ? 2 : 1)
    }

    /// Steps over digits and says how many.
    private mutating func digits() -> Int {
        let start = offset
        while offset < text.count, text[offset] >= 0x30, text[offset] <= 0x39 { offset += 1 }
        return offset - start
    }

    private mutating func string() throws(Problem) -> String {
        offset += 1
        let start = offset
        while offset < text.count {
            let byte = text[offset]
            if byte == UInt8(ascii: "\"") {
                let string = String(decoding: text[start..<offset], as: UTF8.self)
                offset += 1
                return string
            }
            if byte == UInt8(ascii: "\\") { return try escapedString(from: start) }
            if byte < 0x20 { throw problem("a control character stands in a string unescaped") }
            if byte & 0xC0 == 0x80 { continuations += 1 }
            offset += 1
        }
        throw problem("a string has no end")
    }

    private mutating func escapedString(from start: Int) throws(Problem) -> String {
        var bytes = Array(text[start..<offset])
        while offset < text.count {
            let byte = text[offset]
            switch byte {
            case UInt8(ascii: "\""):
                offset += 1
                return String(decoding: bytes, as: UTF8.self)
            case UInt8(ascii: "\\"): try escape(into: &bytes)
            case 0..<0x20: throw problem("a control character stands in a string unescaped")
            default:
                if byte & 0xC0 == 0x80 { continuations += 1 }
                bytes.append(byte)
                offset += 1
            }
        }
        throw problem("a string has no end")
    }

    private mutating func escape(into bytes: inout [UInt8]) throws(Problem) {
        guard offset + 1 < text.count else { throw problem("a string has no end") }
        let letter = text[offset + 1]
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(letter)
        case UInt8(ascii: "b"): bytes.append(0x08)
        case UInt8(ascii: "f"): bytes.append(0x0C)
        case UInt8(ascii: "n"): bytes.append(0x0A)
        case UInt8(ascii: "r"): bytes.append(0x0D)
        case UInt8(ascii: "t"): bytes.append(0x09)
        case UInt8(ascii: "u"): return try unicode(into: &bytes)
        default: throw problem("an escape is unknown")
        }
        offset += 2
    }

    /// `\uXXXX`, in pairs above U+FFFF; half a pair becomes U+FFFD, as Go's decoder has it.
    private mutating func unicode(into bytes: inout [UInt8]) throws(Problem) {
        let high = try hexadecimal()
        var scalar = Unicode.Scalar(high)
        if high & 0xFC00 == 0xD800, offset + 1 < text.count, text[offset] == UInt8(ascii: "\\"),
            text[offset + 1] == UInt8(ascii: "u")
        {
            let before = offset
            let low = try hexadecimal()
            if low & 0xFC00 == 0xDC00 {
                scalar = Unicode.Scalar(0x10000 + (high & 0x3FF) << 10 + low & 0x3FF)
            } else {
                offset = before
            }
        }
        if let encoded = UTF8.encode(scalar ?? "\u{FFFD}") { bytes.append(contentsOf: encoded) }
    }

    private mutating func hexadecimal() throws(Problem) -> UInt32 {
        guard offset + 6 <= text.count, text[offset + 2..<offset + 6].allSatisfy({ isHexadecimal($0) }),
            let code = UInt32(String(decoding: text[offset + 2..<offset + 6], as: UTF8.self), radix: 16)
        else { throw problem("four hexadecimal digits are expected behind \\u") }
        offset += 6
        return code
    }

    private func isHexadecimal(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte | 0x20)
    }
}
