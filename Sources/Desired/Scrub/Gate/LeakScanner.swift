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

    /// What may be decoded and hashed beside 64 times what is searched, in bytes: hostile texts could grow without end.
    private static let spare = 256 << 20

    private let fingerprints: Fingerprints
    private var search: ValueSearch
    private var hits: [Hit] = []
    private var budget = Self.spare
    /// Whether not all of the last text could be searched.
    private(set) var isCutShort = false

    init(_ fingerprints: Fingerprints) {
        self.fingerprints = fingerprints
        search = ValueSearch(fingerprints, effort: Self.spare)
    }

    /// The values that a text holds.
    mutating func hits(in text: [UInt8]) -> [Hit] {
        guard fingerprints.searchesTexts, text.count >= WindowHash.width else { return [] }
        hits = []
        isCutShort = false
        budget += 64 * text.count
        look(into: text, [])
        if search.effort <= 0 { isCutShort = true }
        return hits
    }

    private mutating func look(into text: [UInt8], _ forms: [String]) {
        guard text.count >= WindowHash.width else { return }
        let plain = PlainForm.of(text)
        scan(plain, of: text, forms)
        if Gzip.isPacked(text) { unpack(text, forms) }
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
        look(into: text, forms + [form])
    }

    /// - Returns: how many bytes were unpacked.
    @discardableResult
    private mutating func unpack(_ text: [UInt8], _ forms: [String]) -> Int {
        // What is cut off or broken is searched as far as it goes.
        let (unpacked, used) = Gzip.unpackedStart(text)
        if unpacked.count <= Gzip.longest { follow(unpacked, forms, "gzip") } else { isCutShort = true }
        return used
    }

    /// What is packed behind other bytes: they may have looked as if they belonged to it, or it is a file of an archive.
    private mutating func unpack(within bytes: [UInt8], _ forms: [String]) {
        var free = 1
        for start in Gzip.starts(in: bytes) where start >= free {
            budget -= bytes.count - start
            guard budget > 0 else { return isCutShort = true }
            free = start + max(1, unpack(Array(bytes[start...]), forms))
        }
    }

    private mutating func scan(_ plain: [UInt8], of text: [UInt8], _ forms: [String]) {
        for (_, entry) in search.values(in: plain, of: text, .eachValue) {
            if !hits.contains(where: { $0.entry == entry }) { hits.append(Hit(entry: entry, forms: forms)) }
        }
    }

    /// The values that a text holds as it is, and where in it they are.
    static func places(of fingerprints: Fingerprints, in text: [UInt8]) -> [(range: Range<Int>, entry: Int)] {
        guard fingerprints.searchesTexts, text.count >= WindowHash.width else { return [] }
        var search = ValueSearch(fingerprints, effort: Self.spare)
        let plain = PlainForm.of(text)
        let found = search.values(in: plain, of: text, .allApart)
        guard !found.isEmpty else { return [] }
        let places = PlainForm.withPlaces(text).places
        return found.map { place, entry in
            (places[place]..<places[place + fingerprints.entries[entry].length - 1] + 1, entry)
        }
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
        guard decoded.count >= WindowHash.width else { return }
        if Gzip.isPacked(decoded) || Self.isMostlyText(decoded) {
            follow(decoded, forms, form)
        } else {
            scan(decoded, of: decoded, forms + [form])
        }
        unpack(within: decoded, forms + [form])
    }

    /// Whether most of it can be read: signs of UTF-8, and few that control something.
    private static func isMostlyText(_ bytes: [UInt8]) -> Bool {
        var strange = 0
        var owed = 0
        for byte in bytes {
            if byte < 0x80 {
                if owed > 0 || byte < 0x20 && !byte.isSpace || byte == 0x7F { strange += 1 }
                owed = 0
            } else if byte < 0xC0 {
                if owed == 0 { strange += 1 } else { owed -= 1 }
            } else {
                if owed > 0 || byte > 0xF4 { strange += 1 }
                owed = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3
            }
        }
        return strange * 4 <= bytes.count
    }
}
