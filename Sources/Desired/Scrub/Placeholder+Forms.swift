import Document

/// Values with parts of their own: each part gets the placeholder that it would have alone.
extension Placeholder {
    /// `scheme://user:password@host:port/path?query`: scheme, port and the form stay; a host inside the cluster too.
    func url(_ original: String) -> String? {
        guard let mark = original.firstRange(of: "://"), !original.contains(where: \.isWhitespace) else { return nil }
        let scheme = original[..<mark.lowerBound]
        guard let first = scheme.unicodeScalars.first, ("a"..."z").contains(first) || ("A"..."Z").contains(first),
            scheme.utf8.allSatisfy({ $0 < 0x7f && $0 > 0x2a })
        else { return nil }
        let rest = original[mark.upperBound...]
        let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
        var authority = rest[..<end]
        var result = "\(scheme)://"
        if let at = authority.lastIndex(of: "@") {
            let user = authority[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            result += user.map { component(String($0)) }.joined(separator: ":") + "@"
            authority = authority[authority.index(after: at)...]
        }
        result += authority.split(separator: ",", omittingEmptySubsequences: false).map(host).joined(separator: ",")
        return result + path(rest[end...])
    }

    /// A part of a URL; percent escapes would not survive a change of their characters, so they are taken whole.
    private func component(_ text: String) -> String {
        if text.isEmpty { return text }
        return self.text(
            for: text.contains("%") ? text.filter { $0.isLetter || $0.isNumber } : text, depth: Self.depthLimit)
    }

    private func host(_ text: Substring) -> String {
        let colon = text.lastIndex(of: ":").flatMap { text[text.index(after: $0)...].allSatisfy(\.isNumber) ? $0 : nil }
        let name = colon.map { text[..<$0] } ?? text
        let port = colon.map { text[$0...] } ?? ""
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        let isInside = labels.count == 1 || labels.contains("svc") || name.hasSuffix(".local") || name.hasPrefix("[")
        let isAddress = labels.count == 4 && labels.allSatisfy { UInt8($0) != nil }
        if isInside || isAddress && name.hasPrefix("127.") { return String(text) }
        // 192.0.2.0/24 is for documentation (RFC 5737): no machine answers there.
        if isAddress { return "192.0.2.1" + port }
        let changed = labels.dropLast().map { characters(String($0)) } + labels.suffix(1).map(String.init)
        return changed.joined(separator: ".") + port
    }

    private func path(_ text: Substring) -> String {
        var result = ""
        var part = ""
        for character in text {
            if "/?#&=".contains(character) {
                // What stands before an equals sign is the name of a setting: `sslmode`.
                result += character == "=" ? part : component(part)
                result.append(character)
                part = ""
            } else {
                part.append(character)
            }
        }
        return result + component(part)
    }

    /// PEM blocks (RFC 7468): the lines that say what it is stay, the base64 between them changes.
    func pem(_ original: String) -> String? {
        guard original.contains("-----BEGIN ") else { return nil }
        let lines = original.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.isEmpty || line.hasPrefix("-----") ? String(line) : characters(String(line))
        }
        return lines.joined(separator: "\n")
    }

    /// A JSON object or list: its keys stay, its values change.
    func json(_ original: String, depth: Int) -> String? {
        guard depth < Self.depthLimit, let first = original.first(where: { !$0.isWhitespace }),
            first == "{" || first == "[",
            let value = try? JSON.parse(Array(original.utf8))
        else { return nil }
        return JSON.text(changed(value, depth: depth + 1))
    }

    private func changed(_ value: Value, depth: Int) -> Value {
        switch value.content {
        case .scalar(let scalar):
            switch scalar.kind {
            case .null, .bool: return value
            case .int: return Value(.scalar(Scalar(characters(scalar.text), .int)))
            case .float:
                return Value(.scalar(Scalar(characters(scalar.text.filter { $0 != "e" && $0 != "E" }), .float)))
            case .string, .timestamp, .binary: return .string(text(for: scalar.text, depth: depth))
            }
        case .sequence(let items): return .sequence(items.map { changed($0, depth: depth) })
        case .mapping(let mapping):
            return .mapping(
                Mapping(mapping.entries.map { .init(key: $0.key, value: changed($0.value, depth: depth)) }))
        }
    }

    /// Lines of `NAME=value`, as in dotenv files; comments go, since they too may tell.
    func settings(_ original: String, depth: Int) -> String? {
        guard depth < Self.depthLimit, original.contains("\n"), original.contains("=") else { return nil }
        var lines: [String] = []
        for line in original.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.isEmpty {
                lines.append("")
            } else if !line.hasPrefix("#") {
                let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                let isName = parts[0].utf8.allSatisfy { byte in
                    (0x61...0x7a).contains(byte) || (0x41...0x5a).contains(byte) || (0x30...0x39).contains(byte)
                        || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
                }
                guard parts.count == 2, isName, !parts[0].isEmpty else { return nil }
                lines.append("\(parts[0])=\(text(for: String(parts[1]), depth: Self.depthLimit))")
            }
        }
        return lines.joined(separator: "\n")
    }
}
