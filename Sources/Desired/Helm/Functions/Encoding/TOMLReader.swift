/// Reads TOML 1.0 (toml.io/en/v1.0.0).
struct TOMLReader {
    private let bytes: [UInt8]
    private var offset = 0
    private var line = 1
    private let root = TemplateMap()
    /// Tables that a header or an inline table has closed against more of the same.
    private var defined: Set<ObjectIdentifier> = []

    static func read(_ text: String) throws -> TemplateValue {
        var reader = TOMLReader(text)
        try reader.document()
        return .map(reader.root)
    }

    private init(_ text: String) {
        bytes = Array(text.utf8)
    }

    // MARK: Lines

    private mutating func document() throws {
        var table = root
        while true {
            skipSpace(acrossLines: true)
            guard let byte = peek else { return }
            if byte == UInt8(ascii: "[") {
                table = try header()
            } else {
                try keyValue(in: table, 0)
            }
            skipSpace(acrossLines: false)
            if let byte = peek, byte != 0x0A {
                throw failure(
                    "expected a top-level item to end with a newline, comment, or EOF, but got \(shown(byte)) instead")
            }
        }
    }

    private mutating func header() throws -> TemplateMap {
        offset += 1
        let isArray = peek == UInt8(ascii: "[")
        if isArray { offset += 1 }
        let path = try key()
        for _ in 0..<(isArray ? 2 : 1) {
            guard peek == UInt8(ascii: "]") else { throw failure("expected '.' or ']' to end table name") }
            offset += 1
        }
        var table = root
        for name in path.dropLast() { table = try inner(name, of: table, path) }
        guard let last = path.last else { throw failure("unexpected end of table name (table names cannot be empty)") }
        if !isArray {
            let found = try inner(last, of: table, path)
            guard defined.insert(ObjectIdentifier(found)).inserted else { throw defined(path) }
            return found
        }
        let new = TemplateMap()
        switch table[last] {
        case nil: table[last] = .list([.map(new)])
        case .list(let items)? where items.allSatisfy({ $0.map != nil }): table[last] = .list(items + [.map(new)])
        default: throw defined(path)
        }
        return new
    }

    private func defined(_ path: [String]) -> TOMLError {
        failure("Key '\(path.joined(separator: "."))' has already been defined.")
    }

    /// The table under a key, made when it is not there; of several tables the last one.
    private func inner(_ name: String, of table: TemplateMap, _ path: [String]) throws -> TemplateMap {
        switch table[name] {
        case nil:
            let new = TemplateMap()
            table[name] = .map(new)
            return new
        case .map(let map)?: return map
        case .list(let items)?:
            if case .map(let map)? = items.last { return map }
            throw defined(path)
        default: throw defined(path)
        }
    }

    private mutating func keyValue(in table: TemplateMap, _ depth: Int) throws {
        let path = try key()
        guard peek == UInt8(ascii: "=") else {
            throw failure(
                peek == nil
                    ? "unexpected EOF; expected key separator '='"
                    : "expected key separator '=', but got \(shown(peek ?? 0)) instead")
        }
        offset += 1
        skipSpace(acrossLines: false)
        var target = table
        for name in path.dropLast() {
            target = try inner(name, of: target, path)
        }
        guard let last = path.last, target[last] == nil else { throw defined(path) }
        target[last] = try value(depth)
    }

    private mutating func key() throws -> [String] {
        var path: [String] = []
        while true {
            skipSpace(acrossLines: false)
            switch peek {
            case UInt8(ascii: "\""), UInt8(ascii: "'"): path.append(try string(isKey: true))
            default:
                let start = offset
                while let byte = peek, Self.isBare(byte) { offset += 1 }
                guard offset > start else {
                    throw failure(peek.map { "unexpected \(shown($0)) in a key" } ?? "unexpected EOF in a key")
                }
                path.append(String(decoding: bytes[start..<offset], as: UTF8.self))
            }
            skipSpace(acrossLines: false)
            guard peek == UInt8(ascii: "."), path.count < 100 else { return path }
            offset += 1
        }
    }

    private static func isBare(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == 0x2D || byte == 0x5F
    }

    // MARK: Values

    private mutating func value(_ depth: Int) throws -> TemplateValue {
        guard depth < 100 else { throw failure("values are nested too deep") }
        guard let byte = peek else { throw failure("unexpected EOF; expected value") }
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return .string(try string(isKey: false))
        case UInt8(ascii: "["): return try array(depth)
        case UInt8(ascii: "{"): return try inlineTable(depth)
        default: return try word()
        }
    }

    private mutating func array(_ depth: Int) throws -> TemplateValue {
        offset += 1
        var items: [TemplateValue] = []
        while true {
            skipSpace(acrossLines: true)
            if peek == UInt8(ascii: "]") { break }
            items.append(try value(depth + 1))
            skipSpace(acrossLines: true)
            if peek == UInt8(ascii: ",") {
                offset += 1
            } else if peek != UInt8(ascii: "]") {
                throw failure("expected a comma (',') or array terminator (']')")
            }
        }
        offset += 1
        return .list(items)
    }

    private mutating func inlineTable(_ depth: Int) throws -> TemplateValue {
        offset += 1
        let table = TemplateMap()
        defined.insert(ObjectIdentifier(table))
        skipSpace(acrossLines: false)
        while peek != UInt8(ascii: "}") {
            try keyValue(in: table, depth + 1)
            skipSpace(acrossLines: false)
            guard let byte = peek, byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") else {
                throw failure("expected a comma or an inline table terminator '}'")
            }
            if byte == UInt8(ascii: ",") {
                offset += 1
                skipSpace(acrossLines: false)
            }
        }
        offset += 1
        return .map(table)
    }

    /// A number, a truth value or a date.
    private mutating func word() throws -> TemplateValue {
        let start = offset
        while let byte = peek, Self.isBare(byte) || "+.:".utf8.contains(byte) { offset += 1 }
        var text = String(decoding: bytes[start..<offset], as: UTF8.self)
        // A date and a time may be parted by a space.
        if text.count == 10, text.contains("-"), peek == 0x20, offset + 1 < bytes.count,
            (0x30...0x39).contains(bytes[offset + 1])
        {
            offset += 1
            let time = offset
            while let byte = peek, Self.isBare(byte) || "+.:".utf8.contains(byte) { offset += 1 }
            text += "T" + String(decoding: bytes[time..<offset], as: UTF8.self)
        }
        switch text {
        case "true": return .bool(true)
        case "false": return .bool(false)
        case "inf", "+inf": return .float(.infinity)
        case "-inf": return .float(-.infinity)
        case "nan", "+nan", "-nan": return .float(.nan)
        default: break
        }
        if let number = number(text) { return number }
        if let instant = date(text) { return .host(instant) }
        throw failure("expected value but found \(GoText.quoted(text.isEmpty ? shownText : text)) instead")
    }

    private func number(_ text: String) -> TemplateValue? {
        let parts = text.split(separator: "_", omittingEmptySubsequences: false)
        guard !parts.contains(where: \.isEmpty) else { return nil }
        let plain = parts.joined()
        for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where plain.hasPrefix(prefix) {
            return Int(plain.dropFirst(2), radix: radix).map(TemplateValue.long)
        }
        let digits = plain.first == "-" || plain.first == "+" ? plain.dropFirst() : plain[...]
        guard digits.first?.isNumber == true else { return nil }
        if digits.count > 1, digits.first == "0", digits.dropFirst().first?.isNumber == true { return nil }
        if let number = Int(plain) { return .long(number) }
        guard digits.last?.isNumber == true, !digits.contains(":"), !digits.contains(".e"), !digits.contains(".E")
        else {
            return nil
        }
        return Double(plain).map(TemplateValue.float)
    }

    private func date(_ text: String) -> Instant? {
        for layout in [
            "2006-01-02T15:04:05.999999999Z07:00", "2006-01-02T15:04:05.999999999", "2006-01-02", "15:04:05.999999999",
        ] {
            if let instant = try? DateLayout(layout).parse(text.uppercased(), in: .utc) { return instant }
        }
        return nil
    }

    // MARK: Strings

    private mutating func string(isKey: Bool) throws -> String {
        let quote = bytes[offset]
        let isLong = !isKey && bytes[offset...].starts(with: [quote, quote, quote])
        offset += isLong ? 3 : 1
        if isLong, peek == 0x0D, offset + 1 < bytes.count, bytes[offset + 1] == 0x0A { offset += 1 }
        if isLong, peek == 0x0A {
            offset += 1
            line += 1
        }
        var result: [UInt8] = []
        while true {
            guard let byte = peek else { throw failure("unexpected EOF; expected '\(Unicode.Scalar(quote))'") }
            if byte == quote {
                if !isLong {
                    offset += 1
                    break
                }
                let run = bytes[offset...].prefix { $0 == quote }.count
                offset += min(run, 5)
                if run >= 3 {
                    result += [UInt8](repeating: quote, count: min(run, 5) - 3)
                    break
                }
                result += [UInt8](repeating: quote, count: run)
                continue
            }
            if byte == 0x0A {
                guard isLong else { throw failure("strings cannot contain newlines") }
                line += 1
            }
            offset += 1
            if byte == 0x5C, quote == UInt8(ascii: "\"") {
                result += try escape(isLong: isLong)
            } else {
                result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static let escapes: [UInt8: UInt8] = [
        0x62: 8, 0x74: 9, 0x6E: 10, 0x66: 12, 0x72: 13, 0x22: 0x22, 0x5C: 0x5C, 0x65: 0x1B,
    ]

    private mutating func escape(isLong: Bool) throws -> [UInt8] {
        guard let byte = peek else { throw failure("unexpected EOF in an escape") }
        offset += 1
        if let plain = Self.escapes[byte] { return [plain] }
        if byte == UInt8(ascii: "u") || byte == UInt8(ascii: "U") {
            let count = byte == UInt8(ascii: "u") ? 4 : 8
            let digits = String(decoding: bytes[offset...].prefix(count), as: UTF8.self)
            guard digits.utf8.count == count, let code = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(code)
            else { throw failure("invalid escape") }
            offset += count
            return Array(String(Character(scalar)).utf8)
        }
        guard isLong, byte == 0x0A || byte == 0x20 || byte == 0x09 || byte == 0x0D else {
            throw failure("invalid escape character \(shown(byte))")
        }
        // A line that ends with a backslash goes on at the next text.
        offset -= 1
        while let next = peek, next == 0x0A || next == 0x20 || next == 0x09 || next == 0x0D {
            if next == 0x0A { line += 1 }
            offset += 1
        }
        return []
    }

    // MARK: Bytes

    private var peek: UInt8? { offset < bytes.count ? bytes[offset] : nil }
    private var shownText: String { peek.map { String(Unicode.Scalar($0)) } ?? "EOF" }
    private func shown(_ byte: UInt8) -> String { "'\(Unicode.Scalar(byte))'" }

    private func failure(_ message: String) -> TOMLError { TOMLError("line \(line): \(message)") }

    /// Skips blanks and comments.
    private mutating func skipSpace(acrossLines: Bool) {
        while let byte = peek {
            switch byte {
            case 0x20, 0x09, 0x0D: offset += 1
            case 0x0A where acrossLines:
                offset += 1
                line += 1
            case UInt8(ascii: "#"):
                while let next = peek, next != 0x0A { offset += 1 }
            default: return
            }
        }
    }
}
