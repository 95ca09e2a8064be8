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
        let head = start..<Swift.min(end, start + 24) - (Swift.min(end, start + 24) - start) % 4
        guard let plain = decode(head) else { return false }
        return Self.isText(plain)
    }

    private static func isText(_ bytes: [UInt8]) -> Bool {
        guard bytes.count >= 4 else { return false }
        let strange = bytes.count { $0 < 0x20 && !$0.isSpace || $0 >= 0x7F }
        return strange * 20 <= bytes.count
    }

    private func decode(_ range: Range<Int>) -> [UInt8]? {
        var plain: [UInt8] = []
        plain.reserveCapacity(range.count * 3 / 4)
        var bits: UInt32 = 0
        var count = 0
        for place in range {
            let byte = text[place]
            let value: UInt8
            switch byte {
            case 0x5C: continue
            case 0x6E where text.at(place - 1) == 0x5C: continue
            case 0x41...0x5A: value = byte - 0x41
            case 0x61...0x7A: value = byte - 0x61 + 26
            case 0x30...0x39: value = byte - 0x30 + 52
            case 0x2B, 0x2D: value = 62
            case 0x2F, 0x5F: value = 63
            case 0x3D, 0x20, 0x09, 0x0A, 0x0D: continue
            default: return nil
            }
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
