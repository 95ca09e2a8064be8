/// Text within base64 (RFC 4648), in one run or wrapped over lines.
struct EncodedText {
    private static let least = 20
    private static let longest = 4 << 20
    let text: [UInt8]

    /// The run of base64 that starts at `place`, padding included; its end where it holds no text.
    func run(at place: Int) -> (range: Range<Int>, decoded: [UInt8]?) {
        var end = lineRun(from: place)
        guard end - place >= Self.least, looksLikeText(place, end) else { return (place..<end, nil) }
        if end - place >= 32 { end = wrapped(from: place, firstEnd: end) }
        guard end - place <= Self.longest, let plain = decode(place..<end), Self.isText(plain) else {
            return (place..<end, nil)
        }
        return (place..<end, plain)
    }

    private func lineRun(from start: Int) -> Int {
        var end = start
        while end < text.count, text[end].isBase64 { end += 1 }
        var padding = 0
        while padding < 2, text.at(end) == 0x3D {
            end += 1
            padding += 1
        }
        return end
    }

    /// Goes on over lines that are base64 from their indentation to their end.
    private func wrapped(from start: Int, firstEnd: Int) -> Int {
        var end = firstEnd
        while text[end - 1] != 0x3D {
            var next = end
            // An escaped line feed, as in a JSON string, wraps as well.
            if text.has("\\n", at: next) { next += 2 } else if text.at(next) == 0x0D { next += 1 }
            if text.at(next) == 0x0A { next += 1 }
            guard next > end else { return end }
            while text.at(next).isBlank { next += 1 }
            let lineEnd = lineRun(from: next)
            guard lineEnd > next, lineEnd == text.count || text[lineEnd].isLineEnd || text[lineEnd] == 0x5C else {
                return end
            }
            end = lineEnd
        }
        return end
    }

    /// A look at the first signs only: most long runs are numbers or names.
    private func looksLikeText(_ start: Int, _ end: Int) -> Bool {
        let count = Swift.min(end - start, 24) & ~3
        var bits: UInt32 = 0
        var plain = 0
        var strange = 0
        for place in start..<(start + count) {
            guard let value = Self.value(of: text[place]) else { continue }
            bits = bits << 6 | UInt32(value)
            guard (place - start) & 3 == 3 else { continue }
            plain += 3
            strange += (Self.isStrange(UInt8(truncatingIfNeeded: bits >> 16)) ? 1 : 0)
            strange += (Self.isStrange(UInt8(truncatingIfNeeded: bits >> 8)) ? 1 : 0)
            strange += (Self.isStrange(UInt8(truncatingIfNeeded: bits)) ? 1 : 0)
        }
        return strange * 20 <= plain
    }

    /// No part of a text in ASCII.
    private static func isStrange(_ byte: UInt8) -> Bool { byte < 0x20 && !byte.isSpace || byte >= 0x7F }

    private static func value(of byte: UInt8) -> UInt8? {
        switch byte {
        case 0x41...0x5A: byte - 0x41
        case 0x61...0x7A: byte - 0x61 + 26
        case 0x30...0x39: byte - 0x30 + 52
        case 0x2B, 0x2D: 62
        case 0x2F, 0x5F: 63
        default: nil
        }
    }

    private static func isText(_ bytes: [UInt8]) -> Bool {
        guard bytes.count >= 4 else { return false }
        let strange = bytes.count(where: isStrange)
        return strange * 20 <= bytes.count
    }

    private func decode(_ range: Range<Int>) -> [UInt8]? {
        var plain: [UInt8] = []
        plain.reserveCapacity(range.count * 3 / 4)
        var bits: UInt32 = 0
        var count = 0
        for place in range {
            let byte = text[place]
            if byte == 0x5C || byte == 0x3D || byte.isSpace || byte == 0x6E && text.at(place - 1) == 0x5C { continue }
            guard let value = Self.value(of: byte) else { return nil }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                plain.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return plain
    }
}
