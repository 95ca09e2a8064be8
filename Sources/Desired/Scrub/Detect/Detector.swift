/// Finds secrets and personal data in texts of any format: manifests, dumps, logs, code, prose.
///
/// It looks at each byte once, stops at the few that can start or end something, and only there asks the detectors,
/// each of which says where its rule comes from. What is encoded is decoded and searched as well.
package struct Detector {
    /// Text in base64 in base64 in base64: deeper is nothing that anybody writes.
    private static let deepest = 3
    private var names = FieldNames()

    package init() {}

    /// The findings in `text`, in its order; none overlaps another.
    package mutating func findings(in text: [UInt8]) -> [Finding] {
        findings(in: text, resumingAt: nil).findings
    }

    /// Where a search may go on in a text: at a line, or a row of a table, with the words that name its columns.
    struct Resumption {
        var place: Int
        var header: [UInt8] = []
    }

    /// The findings, and where another search may go on.
    ///
    /// - Parameter resume: the last place that it may go on at; nil where it need not.
    mutating func findings(in text: [UInt8], resumingAt resume: Int?) -> (findings: [Finding], next: Resumption?) {
        var next = resume.map { Resumption(place: $0) }
        return (findings(in: text, depth: 0, &next).resolved(), next)
    }

    private mutating func findings(in text: [UInt8], depth: Int, _ next: inout Resumption?) -> [Finding] {
        var scan = Scan(text: text, names: names)
        scan.resumption = next
        scan.run()
        next = scan.resumption
        names = scan.names
        var findings = scan.findings
        guard depth < Self.deepest else { return findings }
        for encoded in scan.encoded {
            var none: Resumption?
            let inner = self.findings(in: encoded.plain, depth: depth + 1, &none)
            guard let first = inner.first(where: { $0.family == .secret }) ?? inner.first else { continue }
            findings.append(Finding(type: first.type, family: first.family, range: encoded.range))
        }
        return findings
    }
}

/// One pass over a text.
struct Scan {
    let text: [UInt8]
    var names: FieldNames
    var findings: [Finding] = []
    /// Texts in base64, to be searched.
    var encoded: [(range: Range<Int>, plain: [UInt8])] = []

    private var fields: TextFieldReader
    private let tokens = TokenPatterns.shared
    private let addresses: Addresses
    private let network: NetworkNames
    private let numbers: PersonalNumbers
    private let phones: Phones
    private let personal: PersonalFields
    /// What is public, or ciphertext: nothing in it is a finding.
    private var quiet = DisjointRanges()
    private var encodedEnd = 0
    private var tableEnd = 0
    /// Cells of tables that are findings, in order.
    private var judged: [Range<Int>] = []
    private var judgedEnd = 0
    private var judgedCount = 0
    private var nextJudged = -1
    /// Where a search of the text's rest would go on; nil where nobody asks.
    var resumption: Detector.Resumption?
    /// The value of the last `name` key: the name of the `value` that follows.
    private var lastNamed: Range<Int>?
    /// How many texts this one is within, as a file within a Secret.
    private let level: Int
    /// How many bytes around the kinds of Secrets may still be looked at: a hostile text has no end of them.
    private var secretBudget: Int

    init(text: [UInt8], names: FieldNames, level: Int = 0) {
        self.text = text
        self.level = level
        secretBudget = 16 * text.count + 4096
        self.names = names
        fields = TextFieldReader(text: text)
        addresses = Addresses(text: text)
        network = NetworkNames(text: text)
        numbers = PersonalNumbers(text: text)
        phones = Phones(text: text)
        personal = PersonalFields(text: text)
    }

    mutating func run() {
        resumeAtLine()
        var columns: [FieldName] = []
        Tables(text: text).separated(wanted: { wanted($0, &columns) }) { judge(columns[$0], cell: $1) }
        if !columns.isEmpty { resumption?.header = Array(text[..<text.lineEnd(from: 0)]) + [0x0A] }
        var place = 0
        while place < text.count {
            if place == nextJudged {
                place = judged[judgedCount - 1].upperBound
                advance(past: place)
                continue
            }
            let byte = text[place]
            if byte.isWord {
                place = word(at: place)
                continue
            }
            if byte > 0x20 { sign(byte, at: place) }
            place += 1
        }
        if !quiet.isEmpty { findings.removeAll { quiet.contains($0.range.lowerBound) } }
    }

    /// Judges a cell by its column. One that is a finding as a whole is looked at no further.
    private mutating func judge(_ meaning: FieldName, cell: Range<Int>) {
        let count = findings.count
        if meaning.personal == .email {
            if let at = text.index(of: 0x40, from: cell.lowerBound, to: cell.upperBound),
                let range = network.email(around: at)
            {
                add("email", .personal, range)
            }
        } else {
            judge(meaning, cell, isQuoted: true)
        }
        guard findings.count > count, findings[count].range == cell, cell.lowerBound >= judgedEnd else { return }
        judged.append(cell)
        judgedEnd = cell.upperBound
        if nextJudged < 0 { advance(past: 0) }
    }

    /// Makes the first judged cell that is not behind `place` the next one.
    private mutating func advance(past place: Int) {
        while judgedCount < judged.count, judged[judgedCount].lowerBound < place { judgedCount += 1 }
        nextJudged = judgedCount < judged.count ? judged[judgedCount].lowerBound : -1
        judgedCount += 1
    }

    /// Goes back from the place to go on at to its line's start, unless the line is too long.
    private mutating func resumeAtLine() {
        guard let place = resumption?.place else { return }
        let start = text.nearLineStart(of: place)
        resumption?.place = start == 0 || text[start - 1] == 0x0A ? start : place
    }

    /// What columns of a table mean, and which of them are to be judged.
    private mutating func wanted(_ names: [Range<Int>], _ columns: inout [FieldName]) -> [Bool] {
        columns = names.map { self.names.name(text, $0) }
        return columns.map { $0.secrecy != .none || $0.personal != .none }
    }

    private mutating func add(_ type: String, _ family: Finding.Family, _ range: Range<Int>) {
        findings.append(Finding(type: type, family: family, range: range))
    }

    // MARK: Signs

    @inline(__always)
    private mutating func sign(_ byte: UInt8, at place: Int) {
        switch byte {
        case 0x3A: colon(at: place)
        case 0x3D: if let field = fields.field(at: place) { judge(field) }
        case 0x40: atSign(place)
        case 0x2D: dash(at: place)
        case 0x2B, 0x28:
            if text.at(place + 1).isDigit, let range = phones.phone(at: place) { add("phone", .personal, range) }
        case 0x24, 0x7B: token(at: place)
        default: break
        }
    }

    private mutating func colon(at place: Int) {
        if text.has("//", at: place + 1) {
            if let found = addresses.secret(inURLAt: place) { add(found.type, .secret, found.range) }
            return
        }
        if let field = fields.field(at: place) { judge(field) }
        if text.at(place - 1).isHex || text.at(place - 1) == 0x3A, let range = network.ipv6(around: place) {
            add("ipv6", .personal, range)
        }
    }

    private mutating func atSign(_ place: Int) {
        if let range = addresses.secret(inDataSourceAt: place) { add("url-password", .secret, range) }
        if let range = network.email(around: place) { add("email", .personal, range) }
    }

    private mutating func dash(at place: Int) {
        guard text.at(place + 1) == 0x2D else { return }
        if text.at(place + 2) == 0x2D {
            guard let block = KeyBlocks(text: text).pem(at: place) else { return }
            if let type = block.type { add(type, .secret, block.range) } else { _ = quiet.insert(block.range) }
            return
        }
        option(at: place)
    }

    /// `--key value`, and the two as items of a list.
    private mutating func option(at place: Int) {
        guard text.at(place - 1) != 0x2D, text.at(place + 2).isLetter else { return }
        var end = place + 2
        // No further than a name is long: a hostile text is one long option, with a dash to start at everywhere.
        while end - place <= 82, text.at(end).isWord || text.at(end) == 0x2D { end += 1 }
        let name = place + 2..<end
        guard name.count <= 80, names.name(text, name).secrecy != .none else { return }
        var next = end
        if text.at(next).isQuote {
            next += 1
            while text.at(next).isSpace || text.at(next) == 0x2C { next += 1 }
            if text.at(next) == 0x2D, text.at(next + 1) == 0x20 { next += 2 }
        } else if text.at(next).isLineEnd {
            while text.at(next).isSpace { next += 1 }
            guard text.at(next) == 0x2D, text.at(next + 1) == 0x20 else { return }
            next += 2
        } else if !text.at(next).isBlank {
            return
        }
        if let value = fields.valueOfWord(from: next) { judge(name, value.range, isQuoted: value.isQuoted) }
    }

    private mutating func token(at place: Int) {
        guard let token = tokens.token(in: text, at: place) else { return }
        let range = place..<token.end
        if !SecretValue(text: text, range: range, isQuoted: true).isExample { add(token.type, .secret, range) }
    }

    // MARK: Words

    /// - Returns: the end of the word that starts at `start`.
    private mutating func word(at start: Int) -> Int {
        var end = start + 1
        while end < text.count, text[end].isWord { end += 1 }
        if end - start == 4, text.at(end) == 0x2D, let time = dateEnd(start) { return time }
        var first = start
        // The letter of an escape is no part of the word.
        if start > 0, text[start - 1] == 0x5C, end - start > 1, text[start] == 0x6E || text[start] == 0x74 {
            first += 1
        }
        token(at: first)
        let byte = text[first]
        if byte.isDigit { digits(at: first) } else if end - first >= 2 || text.at(end) == 0x2D { letters(first..<end) }
        if byte.isHex, end - first == 2 || end - first == 4, !text.at(end).isSpace, let range = network.mac(at: first) {
            add("mac-address", .personal, range)
        }
        if end - first >= 8 || text.at(end) == 0x2B || text.at(end) == 0x2F || text.at(end) == 0x2D {
            base64(at: first)
        }
        let next = text.at(end)
        if next == 0x2D || next == 0x2E || next == 0x7E { rare(first..<end) }
        return end
    }

    /// The end of the date that starts at `start`, of a year from 1900 to 2099: it is no number of a person's.
    private func dateEnd(_ start: Int) -> Int? {
        let century = text[start] == 0x31 && text[start + 1] == 0x39 || text[start] == 0x32 && text[start + 1] == 0x30
        guard century, text[start + 2].isDigit, text[start + 3].isDigit, !text.at(start - 1).isWord else { return nil }
        var place = start + 4
        for most in [12, 31] {
            guard text.at(place) == 0x2D, text.at(place + 1).isDigit else { return nil }
            var number = Int(text[place + 1] - 0x30)
            place += 2
            if text.at(place).isDigit {
                number = number * 10 + Int(text[place] - 0x30)
                place += 1
            }
            guard number >= 1, number <= most else { return nil }
        }
        let next = text.at(place)
        if next == 0x20 || next == 0x54, let end = timeEnd(place + 1) { return end }
        return next.isWord || next == 0x2D ? nil : place
    }

    /// The end of the time of day that starts at `start`, with its fraction and its zone: `12:31:28.5+01`.
    private func timeEnd(_ start: Int) -> Int? {
        var place = start
        for part in 0..<3 {
            guard text.at(place).isDigit, text.at(place + 1).isDigit, part == 2 || text.at(place + 2) == 0x3A else {
                return nil
            }
            place += part == 2 ? 2 : 3
        }
        if text.at(place) == 0x2E {
            place += 1
            while text.at(place).isDigit { place += 1 }
        }
        let isZone = text.at(place) == 0x2B || text.at(place) == 0x2D
        if isZone, text.at(place + 1).isDigit, text.at(place + 2).isDigit {
            place += 3
            let hasMinutes = text.at(place) == 0x3A && text.at(place + 1).isDigit && text.at(place + 2).isDigit
            if hasMinutes { place += 3 }
        } else if text.at(place) == 0x5A {
            place += 1
        }
        return text.at(place).isWord || text.at(place) == 0x3A ? nil : place
    }

    private mutating func digits(at place: Int) {
        if let found = numbers.number(at: place) {
            add(found.type, .personal, found.range)
        } else if let range = network.ipv4(at: place) {
            add("ipv4", .personal, range)
        } else if let range = phones.phone(at: place) {
            add("phone", .personal, range)
        } else if let range = numbers.corsican(at: place) {
            add("fr-nir", .personal, range)
        } else if let found = Oddities(text: text).credential(at: place) {
            add(found.type, .secret, found.range)
        }
    }

    private mutating func letters(_ word: Range<Int>) {
        let first = text[word.lowerBound]
        if first.isUpper, let found = numbers.lettered(at: word.lowerBound) {
            add(found.type, .personal, found.range)
        }
        keyword(word, first | 0x20)
    }

    /// Words that say what follows them.
    private mutating func keyword(_ word: Range<Int>, _ first: UInt8) {
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
        default: break
        }
    }

    private mutating func birth(after word: Range<Int>) {
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

    private mutating func bearer(after word: Range<Int>) {
        guard let range = credentials(after: word) else { return }
        if SecretValue(text: text, range: range, isQuoted: true).isSecret(.token) {
            add("bearer-token", .secret, range)
        }
    }

    private mutating func basic(after word: Range<Int>) {
        guard let range = credentials(after: word), range.count >= 12, range.count % 4 == 0 else { return }
        if Oddities(text: text).isUserAndPassword(range) { add("basic-auth", .secret, range) }
    }

    private func credentials(after word: Range<Int>) -> Range<Int>? {
        guard text.at(word.upperBound) == 0x20 else { return nil }
        let start = word.upperBound + 1
        var end = start
        while text.at(end).isBase64 || text.at(end) == 0x3D || text.at(end) == 0x2E || text.at(end) == 0x7E { end += 1 }
        return end - start >= 8 ? start..<end : nil
    }

    private mutating func table(at place: Int, isCopy: Bool) {
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
    private mutating func sentence(_ word: Range<Int>) {
        guard text.at(word.lowerBound - 1) == 0x20, text.at(word.upperBound) == 0x20 else { return }
        var start = word.lowerBound - 1
        while start > 0, word.lowerBound - start < 32, !text[start - 1].isLineEnd { start -= 1 }
        let name = start..<word.lowerBound - 1
        guard names.name(text, name).secrecy != .none, let value = fields.valueOfWord(from: word.upperBound) else {
            return
        }
        judge(name, value.range, isQuoted: value.isQuoted)
    }

    /// `machine … login … password …`
    private mutating func netrc(_ word: Range<Int>) {
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
    private mutating func image(_ word: Range<Int>) {
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
    private mutating func fallback(_ word: Range<Int>) {
        let end = text.nearLineEnd(from: word.upperBound)
        guard let comma = text.index(of: 0x2C, from: word.upperBound, to: end),
            let equals = text[text.nearLineStart(of: word.lowerBound)..<word.lowerBound].lastIndex(of: 0x3D)
        else { return }
        let name = text.trimmed(text.nearLineStart(of: word.lowerBound)..<equals)
        guard !name.isEmpty, let value = fields.valueOfWord(from: comma + 1) else { return }
        judge(name, value.range, isQuoted: value.isQuoted)
    }

    /// Tokens that have no start of their own.
    private mutating func rare(_ word: Range<Int>) {
        if let found = Oddities(text: text).token(word) { add(found.type, .secret, found.range) }
    }

    private mutating func base64(at place: Int) {
        guard place >= encodedEnd else { return }
        let run = EncodedText(text: text).run(at: place)
        encodedEnd = run.range.upperBound
        if let plain = run.decoded { encoded.append((run.range, plain)) }
    }

    // MARK: Kubernetes Secrets

    private mutating func secret(kindAt kind: Range<Int>) {
        guard secretBudget > 0 else { return }
        var looked = 64
        let entries = KubernetesSecrets(text: text).entries(kindAt: kind, looked: &looked)
        secretBudget -= looked
        for entry in entries {
            guard Oddities(text: text).isSecret(entry) else { continue }
            // A file within says itself what in it is secret.
            if entry.isBlock, !entry.isEncoded, findingsWithin(entry.value) { continue }
            add("kubernetes-secret", .secret, entry.value)
        }
    }

    private mutating func findingsWithin(_ range: Range<Int>) -> Bool {
        guard level < 2 else { return false }
        var inner = Scan(text: Array(text[range]), names: names, level: level + 1)
        inner.run()
        names = inner.names
        return inner.findings.contains { $0.family == .secret }
    }

    // MARK: Fields

    private mutating func judge(_ field: TextField) {
        let name = text[field.name]
        if name.count == 4, name.elementsEqual("name".utf8) || name.elementsEqual("Name".utf8) {
            lastNamed = field.value
        }
        if name.count == 3, name.elementsEqual("key".utf8) { lastNamed = field.value }
        if name.count == 5, name.elementsEqual("value".utf8) || name.elementsEqual("Value".utf8), let named = lastNamed,
            field.name.lowerBound - named.upperBound < 64, field.name.lowerBound > named.upperBound
        {
            lastNamed = nil
            judge(named, field.value, isQuoted: field.isQuoted)
            return
        }
        let isPhrase = field.phrase != field.name && names.name(text, field.phrase).personal != .none
        judge(isPhrase ? field.phrase : field.name, field.value, isQuoted: field.isQuoted)
    }

    private mutating func judge(_ name: Range<Int>, _ value: Range<Int>, isQuoted: Bool) {
        judge(names.name(text, name), value, isQuoted: isQuoted)
    }

    private mutating func judge(_ meaning: FieldName, _ value: Range<Int>, isQuoted: Bool) {
        if meaning.secrecy != .none, let range = secretPart(value, meaning.secrecy, isQuoted: isQuoted) {
            add("secret-assignment", .secret, range)
        }
        guard meaning.personal != .none, let found = personal.finding(meaning.personal, value) else { return }
        add(found.type, .personal, found.range)
    }

    private func secretPart(_ value: Range<Int>, _ secrecy: FieldName.Secrecy, isQuoted: Bool) -> Range<Int>? {
        var range = value
        for scheme in ["Bearer ", "Basic ", "bearer ", "Token ", "token "] as [StaticString]
        where text.has(scheme, at: range.lowerBound) && range.count > scheme.utf8CodeUnitCount {
            range = range.lowerBound + scheme.utf8CodeUnitCount..<range.upperBound
        }
        // After the first word of a plain value comes a comment, or it is a sentence.
        if let blank = text[range].firstIndex(where: { $0.isSpace }) { range = range.lowerBound..<blank }
        guard SecretValue(text: text, range: range, isQuoted: isQuoted).isSecret(secrecy) else { return nil }
        return Oddities(text: text).isCiphertextOrStandIn(range) ? nil : range
    }
}
