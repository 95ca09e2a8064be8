import Crypto

/// Searches texts for values of production's, in whatever they are written: as they are, folded and wrapped, escaped,
/// percent-encoded, in base64 of either alphabet, in hexadecimal, packed with gzip, and in all of these within each other.
struct LeakScanner {
    /// Forms within forms are followed so deep.
    static let deepest = 8

    /// A value that was found, and the forms that it was found in, the outer one first.
    struct Hit: Hashable {
        var entry: Int
        var forms: [String]
    }

    let fingerprints: Fingerprints
    private(set) var hits: [Hit] = []
    /// What may still be decoded, in bytes: a hostile text could grow without end.
    private var budget = 0
    /// Whether not all could be searched.
    private(set) var isCutShort = false

    init(_ fingerprints: Fingerprints) { self.fingerprints = fingerprints }

    /// The values that a text holds.
    mutating func hits(in text: [UInt8]) -> [Hit] {
        guard fingerprints.searchesTexts, text.count >= WindowHash.width else { return [] }
        hits = []
        isCutShort = false
        budget = 64 * text.count + (64 << 20)
        search(text, [])
        return hits
    }

    private mutating func search(_ text: [UInt8], _ forms: [String]) {
        guard text.count >= WindowHash.width else { return }
        let plain = PlainForm.of(text)
        scan(plain, of: text, forms)
        if Gzip.isPacked(text) {
            // What is cut off or broken is searched as far as it goes.
            let unpacked = Gzip.unpackedStart(text)
            if unpacked.count > Gzip.longest { isCutShort = true }
            follow(unpacked, forms, "gzip")
        }
        if text.contains(0x25) {
            let decoded = PercentCode.decode(text)
            if decoded.count < text.count { follow(decoded, forms, "URL") }
        }
        if text.contains(0x5C) {
            let unescaped = Escapes.decode(text)
            if unescaped.count < text.count { follow(unescaped, forms, "escapes") }
        }
        if text.contains(0x26), let decoded = Escapes.decodeEntities(text) { follow(decoded, forms, "entities") }
        runs(of: plain, forms)
    }

    private mutating func follow(_ text: [UInt8], _ forms: [String], _ form: String) {
        budget -= text.count
        guard budget > 0, forms.count < Self.deepest else {
            isCutShort = true
            return
        }
        search(text, forms + [form])
    }

    /// Looks at every eight bytes of a plain text.
    private mutating func scan(_ plain: [UInt8], of text: [UInt8], _ forms: [String]) {
        for (_, entry) in Self.values(of: fingerprints, in: plain, of: text) {
            if !hits.contains(where: { $0.entry == entry }) { hits.append(Hit(entry: entry, forms: forms)) }
        }
    }

    /// The values that a text holds as it is, and where in it they are.
    static func places(of fingerprints: Fingerprints, in text: [UInt8]) -> [(range: Range<Int>, entry: Int)] {
        guard fingerprints.searchesTexts, text.count >= WindowHash.width else { return [] }
        let (plain, places) = PlainForm.withPlaces(text)
        var found: [(range: Range<Int>, entry: Int)] = []
        for (place, entry) in values(of: fingerprints, in: plain, of: text) {
            let range = places[place]..<places[place + fingerprints.entries[entry].length - 1] + 1
            if found.last.map({ $0.range.upperBound <= range.lowerBound }) ?? true { found.append((range, entry)) }
        }
        return found
    }

    private static func values(
        of fingerprints: Fingerprints, in plain: [UInt8], of text: [UInt8]
    ) -> [(place: Int, entry: Int)] {
        guard plain.count >= WindowHash.width else { return [] }
        var found: [(place: Int, entry: Int)] = []
        var places: [Int]?
        // Where blanks were, words end.
        func standsAlone(_ range: Range<Int>) -> Bool {
            if places == nil { places = PlainForm.withPlaces(text).places }
            guard let places, range.upperBound <= places.count else { return false }
            func continues(_ byte: UInt8) -> Bool { byte.isWord || byte == 0x2D || byte == 0x2E }
            let (start, end) = (places[range.lowerBound], places[range.upperBound - 1] + 1)
            let ends = end == text.count || !continues(text[end]) || text[end] == 0x2E && !continues(text.at(end + 1))
            return ends && (start == 0 || !continues(text[start - 1]))
        }
        plain.withUnsafeBufferPointer { text in
            var window: UInt64 = 0
            for place in 0..<WindowHash.width - 1 { window = window << 8 | UInt64(text[place]) }
            for end in WindowHash.width - 1..<text.count {
                window = window << 8 | UInt64(text[end])
                let head = fingerprints.hash.hash(window)
                guard fingerprints.mayHold(head) else { continue }
                let place = end - WindowHash.width + 1
                if let entry = fingerprints.entry(
                    startingWith: head, in: text, at: place, standsAlone: standsAlone)
                {
                    found.append((place, entry))
                }
            }
        }
        return found
    }

    // MARK: Runs of encoded text

    /// Decodes each long run of base64 or hexadecimal, at each place where its first group may start: what is before it
    /// in the text may look as if it belonged to it.
    private mutating func runs(of plain: [UInt8], _ forms: [String]) {
        var start = 0
        while start < plain.count {
            guard plain[start].isBase64 else {
                start += 1
                continue
            }
            var end = start + 1
            while end < plain.count, plain[end].isBase64 { end += 1 }
            if end - start >= 11 {
                base64(plain, start..<end, forms)
                if end - start >= 16 { hex(plain, start..<end, forms) }
            }
            start = end
        }
    }

    private mutating func base64(_ plain: [UInt8], _ run: Range<Int>, _ forms: [String]) {
        budget -= 3 * run.count
        guard budget > 0 else {
            isCutShort = true
            return
        }
        for shift in 0..<min(4, run.count) {
            let decoded = Base64Run.decode(plain, run.lowerBound + shift..<run.upperBound)
            take(decoded, forms, "base64")
        }
    }

    private mutating func hex(_ plain: [UInt8], _ run: Range<Int>, _ forms: [String]) {
        var start = run.lowerBound
        while start < run.upperBound {
            var end = start
            while end < run.upperBound, plain[end].isHex { end += 1 }
            if end - start >= 16 {
                for shift in 0..<2 {
                    var decoded: [UInt8] = []
                    decoded.reserveCapacity((end - start) / 2)
                    for place in stride(from: start + shift, to: end - 1, by: 2) {
                        guard let high = PercentCode.digit(plain[place]), let low = PercentCode.digit(plain[place + 1])
                        else { break }
                        decoded.append(high << 4 | low)
                    }
                    take(decoded, forms, "hex")
                }
            }
            start = max(end, start + 1)
        }
    }

    /// What was decoded is searched as it is, and for more forms where it may be what somebody encoded.
    private mutating func take(_ decoded: [UInt8], _ forms: [String], _ form: String) {
        if Gzip.isPacked(decoded) || Self.isMostlyText(decoded) {
            follow(decoded, forms, form)
        } else {
            scan(decoded, of: decoded, forms + [form])
        }
    }

    private static func isMostlyText(_ bytes: [UInt8]) -> Bool {
        guard bytes.count >= WindowHash.width else { return false }
        // The start decides, where it is clear: most runs are no base64 at all.
        let head = bytes.prefix(64)
        let strange = head.count { $0 < 0x20 && !$0.isSpace || $0 >= 0x7F }
        if strange * 2 > head.count, bytes.count <= 64 { return false }
        let all = bytes.count { $0 < 0x20 && !$0.isSpace || $0 >= 0x7F }
        return all * 4 <= bytes.count
    }
}

/// Base64 in both alphabets at once, from any place on.
enum Base64Run {
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 0, count: 256)
        for byte in UInt8(0)...255 {
            switch byte {
            case 0x41...0x5A: values[Int(byte)] = byte - 0x41
            case 0x61...0x7A: values[Int(byte)] = byte - 0x61 + 26
            case 0x30...0x39: values[Int(byte)] = byte - 0x30 + 52
            case 0x2B, 0x2D: values[Int(byte)] = 62
            case 0x2F, 0x5F: values[Int(byte)] = 63
            default: break
            }
        }
        return values
    }()

    /// The bytes of a run that holds nothing but signs of base64.
    static func decode(_ text: [UInt8], _ run: Range<Int>) -> [UInt8] {
        let values = values
        let count = run.count * 3 / 4
        return [UInt8](unsafeUninitializedCapacity: count + 3) { buffer, used in
            text.withUnsafeBufferPointer { text in
                var bits: UInt32 = 0
                var width = 0
                var place = 0
                for index in run {
                    bits = bits << 6 | UInt32(values[Int(text[index])])
                    width += 6
                    if width >= 8 {
                        width -= 8
                        buffer[place] = UInt8(truncatingIfNeeded: bits >> UInt32(width))
                        place += 1
                    }
                }
                used = place
            }
        }
    }
}

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
