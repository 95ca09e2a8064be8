import Document

/// `scheme://user:password@host:port/path?name=value`, also behind `jdbc:`, and `user:password@tcp(host:port)/name`.
struct URLForm: TextForm {
    /// A part that may be changed, and what it is.
    private struct Part {
        var range: Range<Int>
        var role: Leaf.Role
        var name: String
    }

    private let leaf: Leaf
    private let parts: [Part]

    init?(_ bytes: [UInt8], _ leaf: Leaf) {
        guard bytes.count >= 8, bytes.count <= 16_384, !bytes.contains(where: \.isSpace) else { return nil }
        var parts: [Part] = []
        if let mark = Self.scheme(bytes) {
            Self.address(bytes, from: mark, &parts)
        } else if let start = Self.driverAddress(bytes) {
            Self.credentials(bytes, 0..<start, &parts)
            if let question = bytes.index(of: 0x3F, from: start, to: bytes.count) {
                Self.query(bytes, question + 1..<bytes.count, &parts)
            }
        } else {
            return nil
        }
        self.leaf = leaf
        self.parts = parts
    }

    /// The place behind `://`.
    private static func scheme(_ bytes: [UInt8]) -> Int? {
        var place = 0
        guard bytes[0].isLetter else { return nil }
        while place < bytes.count, place < 40, bytes[place].isWord || [0x2B, 0x2D, 0x2E].contains(bytes[place]) {
            place += 1
        }
        // jdbc:postgresql://
        if bytes.at(place) == 0x3A, bytes.at(place + 1) != 0x2F {
            place += 1
            while place < bytes.count, place < 60, bytes[place].isWord || [0x2B, 0x2D, 0x3A].contains(bytes[place]) {
                place += 1
            }
            if bytes.at(place - 1) == 0x3A { place -= 1 }
        }
        return bytes.has("://", at: place) ? place + 3 : nil
    }

    /// The place of the `@` in `user:password@tcp(…)`.
    private static func driverAddress(_ bytes: [UInt8]) -> Int? {
        for word in ["@tcp(", "@unix("] as [StaticString] {
            for place in bytes.indices where bytes[place] == 0x40 && bytes.has(word, at: place) { return place }
        }
        return nil
    }

    private static func address(_ bytes: [UInt8], from start: Int, _ parts: inout [Part]) {
        var end = start
        while end < bytes.count, bytes[end] != 0x2F, bytes[end] != 0x3F, bytes[end] != 0x23 { end += 1 }
        var host = start
        // A password may hold an unescaped slash; what is before the last @ of the authority is the user's.
        if let at = bytes[start..<end].lastIndex(of: 0x40) {
            credentials(bytes, start..<at, &parts)
            host = at + 1
        }
        var from = host
        for place in host...end where place == end || bytes[place] == 0x2C {
            if place > from { parts.append(Part(range: from..<place, role: .host, name: "host")) }
            from = place + 1
        }
        let question = bytes.index(of: 0x3F, from: end, to: bytes.count) ?? bytes.count
        // jdbc:sqlserver://host;user=a;password=b
        var pathEnd = question
        if let semicolon = bytes.index(of: 0x3B, from: end, to: question) { pathEnd = semicolon }
        from = end
        for place in end...pathEnd where place == pathEnd || bytes[place] == 0x2F {
            if place > from { parts.append(Part(range: from..<place, role: .path, name: "")) }
            from = place + 1
        }
        if pathEnd < question { query(bytes, pathEnd + 1..<question, &parts) }
        if question < bytes.count { query(bytes, question + 1..<bytes.count, &parts) }
    }

    private static func credentials(_ bytes: [UInt8], _ range: Range<Int>, _ parts: inout [Part]) {
        guard let colon = bytes.index(of: 0x3A, from: range.lowerBound, to: range.upperBound) else {
            if !range.isEmpty { parts.append(Part(range: range, role: .user, name: "user")) }
            return
        }
        if colon > range.lowerBound {
            parts.append(Part(range: range.lowerBound..<colon, role: .user, name: "user"))
        }
        if colon + 1 < range.upperBound {
            parts.append(Part(range: colon + 1..<range.upperBound, role: .password, name: "password"))
        }
    }

    private static func query(_ bytes: [UInt8], _ range: Range<Int>, _ parts: inout [Part]) {
        var start = range.lowerBound
        for place in range.lowerBound...range.upperBound
        where place == range.upperBound || bytes[place] == 0x26 || bytes[place] == 0x3B || bytes[place] == 0x23 {
            if let equals = bytes.index(of: 0x3D, from: start, to: place), equals + 1 < place {
                parts.append(Part(range: equals + 1..<place, role: .text, name: bytes.text(start..<equals)))
            } else if place > start {
                parts.append(Part(range: start..<place, role: .path, name: ""))
            }
            start = place + 1
        }
    }

    func unfold(with unfolding: Unfolding) throws(Problem) -> [UInt8]? {
        let bytes = leaf.bytes
        var result: [UInt8] = []
        var done = 0
        for part in parts {
            let raw = Array(bytes[part.range])
            let plain = PercentCode.decode(raw)
            let inner = leaf.within("URL", plain, name: part.name, role: part.role)
            guard let new = part.role == .text ? try unfolding.unfold(inner) : try unfolding.visit(inner) else {
                continue
            }
            let isPlain = part.role == .host || raw == plain && new.allSatisfy(PercentCode.isPlain)
            result += bytes[done..<part.range.lowerBound] + (isPlain ? new : PercentCode.encode(new))
            done = part.range.upperBound
        }
        return done > 0 ? result + bytes[done...] : nil
    }
}

/// Signs in URLs that stand for others (RFC 3986, section 2.1).
enum PercentCode {
    static func decode(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.contains(0x25) else { return bytes }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var place = 0
        while place < bytes.count {
            if bytes[place] == 0x25, let high = digit(bytes.at(place + 1)), let low = digit(bytes.at(place + 2)) {
                result.append(high << 4 | low)
                place += 3
            } else {
                result.append(bytes[place])
                place += 1
            }
        }
        return result
    }

    static func encode(_ bytes: [UInt8]) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        var result: [UInt8] = []
        for byte in bytes {
            if byte.isWord || [0x2D, 0x2E, 0x7E].contains(byte) {
                result.append(byte)
            } else {
                result += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return result
    }

    /// Whether a sign means itself wherever it stands in a URL.
    static func isPlain(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7F && ![0x25, 0x26, 0x2F, 0x3F, 0x23, 0x40, 0x3A, 0x3D, 0x2B].contains(byte)
    }

    static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}
