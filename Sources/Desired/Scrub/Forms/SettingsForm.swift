import Document

/// Lines of `NAME=value`: dotenv files, properties, INI and the plain part of TOML. Comments and sections stay.
struct SettingsForm: TextForm {
    private let leaf: Leaf
    private let lines: [(line: [UInt8], name: Range<Int>?, value: Range<Int>)]

    /// nil unless every line is a setting, a comment, a section or blank, and there is a setting.
    init?(_ bytes: [UInt8], _ leaf: Leaf) {
        guard bytes.contains(0x0A), bytes.contains(0x3D) else { return nil }
        var lines: [(line: [UInt8], name: Range<Int>?, value: Range<Int>)] = []
        var count = 0
        for part in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
            let line = Array(part)
            let body = line.trimmed(0..<line.count)
            if body.isEmpty || line[body.lowerBound] == 0x23 || line[body.lowerBound] == 0x3B
                || line[body.lowerBound] == 0x5B && line[body.upperBound - 1] == 0x5D
            {
                lines.append((line, nil, body))
                continue
            }
            guard let setting = Self.setting(line, body) else { return nil }
            lines.append((line, setting.name, setting.value))
            count += 1
        }
        guard count > 0 else { return nil }
        self.leaf = leaf
        self.lines = lines
    }

    /// `export NAME = "value"`, the value without its quotes.
    static func setting(_ line: [UInt8], _ body: Range<Int>) -> (name: Range<Int>, value: Range<Int>)? {
        guard let equals = line.index(of: 0x3D, from: body.lowerBound, to: body.upperBound) else { return nil }
        var name = line.trimmed(body.lowerBound..<equals)
        if line.has("export ", at: name.lowerBound) { name = line.trimmed(name.lowerBound + 7..<name.upperBound) }
        guard !name.isEmpty, name.count <= 200,
            line[name].allSatisfy({ $0.isWord || $0 == 0x2E || $0 == 0x2D || $0 == 0x2F || $0 == 0x5B || $0 == 0x5D })
        else { return nil }
        var value = line.trimmed(equals + 1..<body.upperBound)
        if value.count >= 2, line[value.lowerBound].isQuote, line[value.upperBound - 1] == line[value.lowerBound] {
            value = value.lowerBound + 1..<value.upperBound - 1
        }
        return (name, value)
    }

    func unfold(with unfolding: Unfolding) throws(Problem) -> [UInt8]? {
        var isChanged = false
        var result: [UInt8] = []
        for (index, (line, name, value)) in lines.enumerated() {
            if index > 0 { result.append(0x0A) }
            let found: [UInt8]?
            if let name {
                found = try unfolding.unfold(leaf.within("settings", Array(line[value]), name: line.text(name)))
            } else {
                // A comment may tell what was, or is, in use elsewhere.
                found = try unfolding.visit(leaf.within("settings", Array(line[value]), name: ""))
            }
            isChanged = isChanged || found != nil
            result += line[..<value.lowerBound] + (found ?? Array(line[value])) + line[value.upperBound...]
        }
        return isChanged ? result : nil
    }
}

/// One `NAME=value` or `--name=value`.
struct AssignmentForm: TextForm {
    private let leaf: Leaf
    private let name: String
    private let value: Range<Int>

    init?(_ bytes: [UInt8], _ leaf: Leaf) {
        guard !bytes.contains(0x0A), let equals = bytes.index(of: 0x3D, from: 0, to: bytes.count), equals > 0,
            equals < 120, equals + 1 < bytes.count, bytes[equals + 1] != 0x3D
        else { return nil }
        var start = 0
        while start < equals, bytes[start] == 0x2D { start += 1 }
        guard start <= 2, start < equals, bytes[start].isLetter || bytes[start] == 0x5F,
            bytes[start..<equals].allSatisfy({ $0.isWord || $0 == 0x2D || $0 == 0x2E })
        else { return nil }
        self.leaf = leaf
        name = bytes.text(start..<equals)
        value = equals + 1..<bytes.count
    }

    func unfold(with unfolding: Unfolding) throws(Problem) -> [UInt8]? {
        let bytes = leaf.bytes
        guard let new = try unfolding.unfold(leaf.within("setting", Array(bytes[value]), name: name)) else {
            return nil
        }
        return bytes[..<value.lowerBound] + new
    }
}

/// Pairs on one line, as in connection strings: `host=db password=x`, `Server=db;Password=x`, `a=1&b=2`.
struct PairsForm: TextForm {
    private let leaf: Leaf
    private let pairs: [(name: Range<Int>, value: Range<Int>)]

    /// nil unless the text is two pairs or more, and nothing else.
    init?(_ bytes: [UInt8], _ leaf: Leaf) {
        guard !bytes.contains(0x0A), bytes.count(where: { $0 == 0x3D }) >= 2 else { return nil }
        let secrecy = FieldName(Array(leaf.name.utf8), 0..<leaf.name.utf8.count).secrecy
        let separators: [UInt8] = secrecy == .none && !leaf.isSecretEntry ? [0x3B, 0x26, 0x20] : [0x3B, 0x20]
        for separator in separators where bytes.contains(separator) {
            if let pairs = Self.pairs(bytes, separator) {
                self.leaf = leaf
                self.pairs = pairs
                return
            }
        }
        return nil
    }

    private static func pairs(_ bytes: [UInt8], _ separator: UInt8) -> [(name: Range<Int>, value: Range<Int>)]? {
        var pairs: [(name: Range<Int>, value: Range<Int>)] = []
        var start = 0
        while start < bytes.count {
            // A quoted value may hold the separator.
            var end = start
            var quote: UInt8?
            while end < bytes.count, quote != nil || bytes[end] != separator {
                if bytes[end] == quote { quote = nil } else if quote == nil, bytes[end] == 0x27 { quote = 0x27 }
                end += 1
            }
            let part = bytes.trimmed(start..<end)
            start = end + 1
            if part.isEmpty { continue }
            guard let equals = bytes.index(of: 0x3D, from: part.lowerBound, to: part.upperBound) else { return nil }
            let name = bytes.trimmed(part.lowerBound..<equals)
            guard !name.isEmpty, name.count <= 40, bytes[name].allSatisfy({ $0.isWord || $0.isBlank || $0 == 0x2D })
            else { return nil }
            var value = bytes.trimmed(equals + 1..<part.upperBound)
            if value.count >= 2, bytes[value.lowerBound] == 0x27, bytes[value.upperBound - 1] == 0x27 {
                value = value.lowerBound + 1..<value.upperBound - 1
            }
            pairs.append((name, value))
        }
        return pairs.count >= 2 ? pairs : nil
    }

    func unfold(with unfolding: Unfolding) throws(Problem) -> [UInt8]? {
        let bytes = leaf.bytes
        var result: [UInt8] = []
        var done = 0
        for (name, value) in pairs {
            let text = bytes.text(name)
            let words = FieldName.words(bytes, name)
            let role: Leaf.Role =
                switch words.last {
                case "host", "server", "source", "addr", "hostaddr": .host
                case "user", "uid", "username", "id": .user
                default: .text
                }
            let inner = leaf.within("connection string", Array(bytes[value]), name: text, role: role)
            guard let new = role == .text ? try unfolding.unfold(inner) : try unfolding.visit(inner) else { continue }
            result += bytes[done..<value.lowerBound] + new
            done = value.upperBound
        }
        return done > 0 ? result + bytes[done...] : nil
    }
}

/// `user:password`, as HTTP's Basic scheme and registries' `auth` encode it.
struct BasicForm: TextForm {
    private let leaf: Leaf
    private let colon: Int

    init?(_ bytes: [UInt8], _ leaf: Leaf) {
        guard leaf.forms.last == "base64", leaf.name == "auth" || leaf.name.lowercased() == "authorization",
            let colon = bytes.firstIndex(of: 0x3A), colon > 0, colon + 1 < bytes.count,
            !bytes.contains(where: \.isSpace)
        else { return nil }
        self.leaf = leaf
        self.colon = colon
    }

    func unfold(with unfolding: Unfolding) throws(Problem) -> [UInt8]? {
        let bytes = leaf.bytes
        let user = try unfolding.visit(leaf.within("Basic", Array(bytes[..<colon]), name: "username", role: .user))
        let password = try unfolding.visit(
            leaf.within("Basic", Array(bytes[(colon + 1)...]), name: "password", role: .password))
        guard user != nil || password != nil else { return nil }
        return (user ?? Array(bytes[..<colon])) + [0x3A] + (password ?? Array(bytes[(colon + 1)...]))
    }
}
