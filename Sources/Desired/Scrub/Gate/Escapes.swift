/// Signs that stand for others in JSON, YAML and program texts, and in HTML.
enum Escapes {
    /// Every escape as the sign that it stands for; what is none stays.
    static func decode(_ text: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        var place = 0
        while place < text.count {
            guard text[place] == 0x5C, place + 1 < text.count else {
                result.append(text[place])
                place += 1
                continue
            }
            place += 2
            switch text[place - 1] {
            case 0x6E: result.append(0x0A)
            case 0x72: result.append(0x0D)
            case 0x74: result.append(0x09)
            case 0x62, 0x66: result.append(0x20)
            case 0x78: number(text, &place, 2, 0x78, &result)
            case 0x75: number(text, &place, 4, 0x75, &result)
            case 0x55: number(text, &place, 8, 0x55, &result)
            case let sign: result.append(sign)
            }
        }
        return result
    }

    /// The sign that so many hexadecimal digits name; two halves of one (RFC 8259, section 7) are put together.
    private static func number(
        _ text: [UInt8], _ place: inout Int, _ digits: Int, _ letter: UInt8, _ result: inout [UInt8]
    ) {
        guard var value = value(text, place, digits) else {
            result += [0x5C, letter]
            return
        }
        place += digits
        if digits == 4, (0xD800...0xDBFF).contains(value), text.at(place) == 0x5C, text.at(place + 1) == 0x75,
            let low = self.value(text, place + 2, 4), (0xDC00...0xDFFF).contains(low)
        {
            value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
            place += 6
        }
        if let scalar = Unicode.Scalar(value) { result += Array(String(Character(scalar)).utf8) }
    }

    private static func value(_ text: [UInt8], _ start: Int, _ count: Int) -> UInt32? {
        guard start + count <= text.count else { return nil }
        var value: UInt32 = 0
        for place in start..<start + count {
            guard let digit = PercentCode.digit(text[place]) else { return nil }
            value = value << 4 | UInt32(digit)
        }
        return value
    }

    private static let entities: [(name: StaticString, sign: UInt8)] = [
        ("&amp;", 0x26), ("&lt;", 0x3C), ("&gt;", 0x3E), ("&quot;", 0x22), ("&apos;", 0x27), ("&#39;", 0x27),
        ("&#34;", 0x22),
    ]

    /// The text with HTML's and XML's entities as the signs that they stand for; nil when it has none.
    static func decodeEntities(_ text: [UInt8]) -> [UInt8]? {
        var result: [UInt8] = []
        var hasAny = false
        var place = 0
        while place < text.count {
            if text[place] == 0x26, let entity = entities.first(where: { text.has($0.name, at: place) }) {
                result.append(entity.sign)
                place += entity.name.utf8CodeUnitCount
                hasAny = true
            } else {
                result.append(text[place])
                place += 1
            }
        }
        return hasAny ? result : nil
    }
}
