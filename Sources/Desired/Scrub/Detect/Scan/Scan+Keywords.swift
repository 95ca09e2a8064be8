/// Words that say what follows them: `Bearer …`, `born on …`, `COPY … FROM stdin`, `ENV NAME value`.
extension Scan {
    mutating func keyword(_ word: Range<Int>, _ first: UInt8) {
        guard Self.mayBeKeyword(first, word.count) else { return }
        switch (first, word.count) {
        case (0x62, 4) where text.contains("born", in: word): birth(after: word)
        case (0x62, 5) where text.contains("birth", in: word): birth(after: word)
        case (0x64, 3) where text.contains("dob", in: word): birth(after: word)
        case (0x62, 5) where text.contains("basic", in: word): basic(after: word)
        case (0x62, 6) where text.contains("bearer", in: word): bearer(after: word)
        case (0x63, 4) where text.contains("copy", in: word): table(at: word.lowerBound, isCopy: true)
        case (0x69, 6) where text.contains("insert", in: word): table(at: word.lowerBound, isCopy: false)
        case (0x69, 2) where text.contains("is", in: word): sentence(word)
        case (0x6B, 4) where text.contains("kind", in: word): secret(kindAt: word)
        case (0x70, 5) where text.has("PuTTY", at: word.lowerBound):
            if let range = KeyBlocks(text: text).putty(at: word.lowerBound) { add("putty-private-key", .secret, range) }
        case (0x70, 8) where text.contains("password", in: word): netrc(word)
        case (0x65, 3) where text.has("ENV", at: word.lowerBound) || text.has("ENC", at: word.lowerBound): image(word)
        case (0x61, 3) where text.has("ARG", at: word.lowerBound): image(word)
        case (0x67, 6) where text.contains("getenv", in: word): fallback(word)
        case (0x63, 4), (0x6D, 5), (0x6D, 7), (0x6D, 9), (0x6D, 10), (0x72, 5), (0x73, 7), (0x64, 6), (0x70, 6),
            (0x6F, 7):
            command(word)
        default: break
        }
    }

    /// Whether a keyword of so many letters begins with this one: nearly no word is told further.
    @inline(__always) private static func mayBeKeyword(_ first: UInt8, _ count: Int) -> Bool {
        let letters: UInt32 =
            switch count {
            case 2: bit("i")
            case 3: bit("a") | bit("d") | bit("e")
            case 4: bit("b") | bit("c") | bit("k")
            case 5: bit("b") | bit("m") | bit("p") | bit("r")
            case 6: bit("b") | bit("d") | bit("g") | bit("i") | bit("p")
            case 7: bit("m") | bit("o") | bit("s")
            case 8: bit("p")
            case 9, 10: bit("m")
            default: 0
            }
        return letters >> UInt32(first & 31) & 1 == 1
    }

    @inline(__always) private static func bit(_ letter: Unicode.Scalar) -> UInt32 { 1 << (letter.value & 31) }

    mutating func birth(after word: Range<Int>) {
        var place = word.upperBound
        let limit = Swift.min(text.count, place + 24)
        while place < limit, !text[place].isLineEnd {
            let startsWord = text[place].isWord && !text.at(place - 1).isWord
            if startsWord, let range = personal.birth(place..<Swift.min(text.count, place + 24)) {
                return add("date-of-birth", .personal, range)
            }
            place += 1
        }
    }

    mutating func bearer(after word: Range<Int>) {
        guard let range = credentials(after: word) else { return }
        if SecretValue(text: text, range: range, isQuoted: true).isSecret(.token) {
            add("bearer-token", .secret, range)
        }
    }

    mutating func basic(after word: Range<Int>) {
        guard let range = credentials(after: word), range.count >= 12, range.count % 4 == 0 else { return }
        if Oddities(text: text).isUserAndPassword(range) { add("basic-auth", .secret, range) }
    }

    func credentials(after word: Range<Int>) -> Range<Int>? {
        guard text.at(word.upperBound) == 0x20 else { return nil }
        let start = word.upperBound + 1
        var end = start
        while text.at(end).isBase64 || text.at(end) == 0x3D || text.at(end) == 0x2E || text.at(end) == 0x7E { end += 1 }
        return end - start >= 8 ? start..<end : nil
    }

    mutating func table(at place: Int, isCopy: Bool) {
        guard place >= tableEnd else { return }
        var columns: [FieldName] = []
        let tables = Tables(text: text)
        if isCopy {
            tableEnd = tables.copy(at: place, wanted: { wanted($0, &columns) }) { judge(columns[$0], cell: $1) }
            let head = text.nearLineEnd(from: place)
            if let resumed = resumption?.place, resumed > head, resumed < tableEnd {
                resumption?.header = Array(text[place...head])
            }
        } else {
            var row: Int?
            let mark = resumption?.place ?? -1
            let body = tables.insert(at: place, wanted: { wanted($0, &columns) }) {
                if $1 <= mark { row = $1 }
            } cells: {
                judge(columns[$0], cell: $1)
            }
            if let row, mark < body.upperBound {
                resumption = .init(place: row, header: Array(text[place..<body.lowerBound]) + [0x20])
            }
        }
    }

    /// `the database password is …`
    mutating func sentence(_ word: Range<Int>) {
        guard text.at(word.lowerBound - 1) == 0x20, text.at(word.upperBound) == 0x20 else { return }
        var start = word.lowerBound - 1
        while start > 0, word.lowerBound - start < 32, !text[start - 1].isLineEnd { start -= 1 }
        let name = start..<word.lowerBound - 1
        guard mayBeSecret(name), names.name(text, name).secrecy != .none,
            let value = fields.valueOfWord(from: word.upperBound)
        else {
            return
        }
        judge(name, value.range, isQuoted: value.isQuoted)
    }

    /// Whether the last word of a phrase says that something is secret, or nothing: phrases are too many to be judged all.
    private mutating func mayBeSecret(_ phrase: Range<Int>) -> Bool {
        var start = phrase.upperBound
        while start > phrase.lowerBound, text[start - 1] != 0x20 { start -= 1 }
        let last = start..<phrase.upperBound
        if names.name(text, last).secrecy != .none { return true }
        return last.count <= 12 && SecretWords.hollow.contains(text.text(last).lowercased())
            || text[last].last?.isDigit == true
    }

    /// `machine … login … password …`
    mutating func netrc(_ word: Range<Int>) {
        guard text.at(word.upperBound).isBlank, text.at(word.upperBound + 1) != 0x3D,
            text.at(word.upperBound + 1) != 0x3A
        else { return }
        let start = Swift.max(0, text.nearLineStart(of: Swift.max(0, text.nearLineStart(of: word.lowerBound) - 1)))
        guard text.contains("login ", in: start..<word.lowerBound),
            let value = fields.valueOfWord(from: word.upperBound)
        else { return }
        judge(word, value.range, isQuoted: value.isQuoted)
    }

    /// `ENV NAME value` in a Dockerfile; and what SOPS encrypted, which is quiet.
    mutating func image(_ word: Range<Int>) {
        if text.has("ENC[", at: word.lowerBound) {
            if let end = text.index(
                of: 0x5D, from: word.upperBound, to: Swift.min(text.count, word.upperBound + 65_536))
            {
                _ = quiet.insert(word.lowerBound..<end + 1)
            }
            return
        }
        guard word.lowerBound == text.nearLineStart(of: word.lowerBound), text.at(word.upperBound).isBlank else {
            return
        }
        var end = word.upperBound + 1
        let start = end
        while text.at(end).isWord { end += 1 }
        guard end > start, text.at(end).isBlank, let value = fields.valueOfWord(from: end) else { return }
        judge(start..<end, value.range, isQuoted: value.isQuoted)
    }

    /// `getenv("X", "the value when X is not set")`, of the variable that it is given to.
    mutating func fallback(_ word: Range<Int>) {
        let end = text.nearLineEnd(from: word.upperBound)
        guard let comma = text.index(of: 0x2C, from: word.upperBound, to: end),
            let equals = text[text.nearLineStart(of: word.lowerBound)..<word.lowerBound].lastIndex(of: 0x3D)
        else { return }
        let name = text.trimmed(text.nearLineStart(of: word.lowerBound)..<equals)
        guard !name.isEmpty, let value = fields.valueOfWord(from: comma + 1) else { return }
        judge(name, value.range, isQuoted: value.isQuoted)
    }
}
