/// E-mail, IP and MAC addresses.
struct NetworkNames {
    let text: [UInt8]

    /// The e-mail address around the `@` at `at` (RFC 5321 section 4.1.2, without quoted and literal forms), unless its
    /// domain is nobody's (RFC 2606, RFC 6762).
    func email(around at: Int) -> Range<Int>? {
        var start = at
        while start > 0, at - start < 64, Self.isLocalByte(text[start - 1]) { start -= 1 }
        // The letter of an escape, and the dots around, are no part.
        if start > 0, text[start - 1] == 0x5C, start < at { start += 1 }
        while start < at, text[start] == 0x2E || text[start] == 0x2D || text[start] == 0x2B { start += 1 }
        guard start < at, text[at - 1] != 0x2E, text.at(start - 1) != 0x2F,
            text.at(start - 1) != 0x3A || text.at(start - 2) != 0x2F
        else { return nil }
        var end = at + 1
        var lastDot: Int?
        while end < text.count, text[end].isWord || text[end] == 0x2D || text[end] == 0x2E || text[end] >= 0x80 {
            if text[end] == 0x2E { lastDot = end }
            end += 1
        }
        while end > at + 1, text[end - 1] == 0x2E || text[end - 1] == 0x2D {
            end -= 1
            lastDot = text[(at + 1)..<end].lastIndex(of: 0x2E)
        }
        guard let lastDot, lastDot > at + 1, end - lastDot > 2,
            text[(lastDot + 1)..<end].allSatisfy({ $0.isLetter || $0 >= 0x80 }),
            text.at(end) != 0x3A || !text.at(end + 1).isWord
        else { return nil }
        return isNobodys(at + 1..<end, topLevel: lastDot + 1..<end) ? nil : start..<end
    }

    private static func isLocalByte(_ byte: UInt8) -> Bool {
        byte.isWord || byte == 0x2E || byte == 0x2B || byte == 0x2D || byte == 0x25 || byte == 0x27 || byte >= 0x80
    }

    private static let noTopLevels = WordHashes([
        "invalid", "example", "test", "local", "localhost", "internal", "localdomain", "lan", "home", "corp", "svc",
        "png", "jpg", "jpeg", "gif", "svg", "js", "css", "html", "yaml", "yml", "json", "service", "cluster",
    ])

    private func isNobodys(_ domain: Range<Int>, topLevel: Range<Int>) -> Bool {
        if Self.noTopLevels.contains(text, topLevel) { return true }
        for name in ["example.com", "example.org", "example.net", "example.edu"] as [StaticString]
        where ends(domain, with: name) {
            let start = domain.upperBound - name.utf8CodeUnitCount
            if start == domain.lowerBound || text[start - 1] == 0x2E { return true }
        }
        return ends(domain, with: ".gserviceaccount.com")
            || domain.count == 24 && ends(domain, with: "users.noreply.github.com")
    }

    private func ends(_ range: Range<Int>, with literal: StaticString) -> Bool {
        let count = literal.utf8CodeUnitCount
        return range.count >= count && text.contains(literal, in: range.upperBound - count..<range.upperBound)
    }

    /// The IPv4 address that starts at `start`, unless it is no single public one (RFC 6890).
    func ipv4(at start: Int) -> Range<Int>? {
        let before = text.at(start - 1)
        guard !before.isWord || text.at(start - 2) == 0x5C, before != 0x2E, before != 0x2D else { return nil }
        var parts = InlineArray<4, Int>(repeating: 0)
        var place = start
        for part in 0..<4 {
            let begin = place
            var value = 0
            while place - begin < 3, text.at(place).isDigit {
                value = value * 10 + Int(text[place] - 0x30)
                place += 1
            }
            guard place > begin, value < 256, place - begin == 1 || text[begin] != 0x30 else { return nil }
            parts[part] = value
            if part < 3 {
                guard text.at(place) == 0x2E else { return nil }
                place += 1
            }
        }
        let next = text.at(place)
        guard !next.isWord, !(next == 0x2E && text.at(place + 1).isWord), next != 0x2D || !text.at(place + 1).isWord,
            next != 0x2F || !text.at(place + 1).isDigit, Self.isPublic(parts), !isVersion(start)
        else { return nil }
        return start..<place
    }

    private static func isPublic(_ parts: InlineArray<4, Int>) -> Bool {
        switch (parts[0], parts[1], parts[2], parts[3]) {
        case (0, _, _, _), (10, _, _, _), (127, _, _, _), (224..., _, _, _): false
        case (100, 64...127, _, _), (169, 254, _, _), (172, 16...31, _, _), (192, 168, _, _): false
        case (192, 0, 0, _), (192, 0, 2, _), (198, 51, 100, _), (203, 0, 113, _): false
        case (198, 18...19, _, _), (192, 88, 99, _): false
        case (1, 1, 1, 1), (8, 8, 8, 8), (8, 8, 4, 4), (1, 0, 0, 1): false
        default: true
        }
    }

    /// `version: 1.2.3.4` has the same form.
    private func isVersion(_ start: Int) -> Bool {
        let least = Swift.max(0, start - 16)
        return text.contains("version", in: least..<start) || text.contains("release", in: least..<start)
            || text.contains("tag", in: least..<start) || text.at(start - 1) == 0x76
    }

    /// The IPv6 address around the colon at `colon`, if it is a global unicast one (RFC 4291 section 2.4).
    func ipv6(around colon: Int) -> Range<Int>? {
        var start = colon
        while start > 0, colon - start < 40, text[start - 1].isHex || text[start - 1] == 0x3A { start -= 1 }
        guard start < colon, text[start] != 0x3A, !text.at(start - 1).isWord, text.at(start - 1) != 0x2E else {
            return nil
        }
        var groups = 0
        var gaps = 0
        var place = start
        while place < text.count, groups < 8 {
            let begin = place
            while text.at(place).isHex { place += 1 }
            guard place - begin <= 4 else { return nil }
            if place > begin { groups += 1 } else if gaps == 0 { return nil }
            guard text.at(place) == 0x3A else { break }
            if text.at(place + 1) == 0x3A {
                gaps += 1
                place += 2
                if !text.at(place).isHex { break }
            } else if text.at(place + 1).isHex, groups < 8 {
                place += 1
            } else {
                break
            }
        }
        let next = text.at(place)
        guard gaps == 1 && groups < 8 || gaps == 0 && groups == 8, groups >= 2, !next.isWord,
            next != 0x2F || !text.at(place + 1).isDigit, next != 0x3A || !text.at(place + 1).isHex
        else { return nil }
        // 2000::/3, without the short addresses that documentation has (RFC 3849).
        let isDocumentation = text.contains("2001:db8", in: start..<start + 8) || text.has("2001:0db8", at: start)
        guard text[start] == 0x32 || text[start] == 0x33, text.at(start + 4) == 0x3A, !isDocumentation || gaps == 0
        else { return nil }
        return start..<place
    }

    /// The MAC address that starts at `start`: six pairs, or three groups of four (IEEE 802).
    func mac(at start: Int) -> Range<Int>? {
        let before = text.at(start - 1)
        guard !before.isWord || text.at(start - 2) == 0x5C, before != 0x3A, before != 0x2D, before != 0x2E else {
            return nil
        }
        let isDotted = text.at(start + 4) == 0x2E
        let width = isDotted ? 4 : 2
        let separator = text.at(start + width)
        guard separator == 0x3A || separator == 0x2D || isDotted else { return nil }
        var place = start
        var seen: UInt64 = 0
        for group in 0..<(isDotted ? 3 : 6) {
            if group > 0 {
                guard text.at(place) == separator else { return nil }
                place += 1
            }
            for _ in 0..<width {
                guard text.at(place).isHex else { return nil }
                seen |= 1 << UInt64(text[place].lowercased & 0x3F)
                place += 1
            }
        }
        guard seen.nonzeroBitCount > 2, !text.at(place).isWord, text.at(place) != separator || !text.at(place + 1).isHex
        else { return nil }
        return start..<place
    }
}
