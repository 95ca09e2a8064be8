/// One pass over a text.
struct Scan {
    private(set) var text: [UInt8]
    var names = FieldNames()
    var findings: [Finding] = []
    /// Texts in base64, to be searched.
    var encoded: [(range: Range<Int>, plain: [UInt8])] = []

    var fields: TextFieldReader
    // Made where they are asked: most texts are a cell of a table, and ask few of them.
    var addresses: Addresses { Addresses(text: text) }
    var network: NetworkNames { NetworkNames(text: text) }
    var numbers: PersonalNumbers { PersonalNumbers(text: text) }
    var phones: Phones { Phones(text: text) }
    var personal: PersonalFields { PersonalFields(text: text) }
    /// What is public, or ciphertext: nothing in it is a finding.
    var quiet = DisjointRanges()
    var encodedEnd = 0
    var tableEnd = 0
    /// Cells of tables that are findings, in order.
    var judged: [Range<Int>] = []
    var judgedEnd = 0
    var judgedCount = 0
    var nextJudged = -1
    /// Where a search of the text's rest would go on; nil where nobody asks.
    var resumption: Detector.Resumption?
    /// The value of the last `name` key: the name of the `value` that follows.
    var lastNamed: Range<Int>?
    /// How many texts this one is within, as a file within a Secret.
    let level: Int
    /// How many bytes around the kinds of Secrets may still be looked at: a hostile text has no end of them.
    var secretBudget: Int

    init(text: [UInt8], level: Int = 0) {
        self.text = text
        self.level = level
        secretBudget = Self.secretBudget(of: text)
        fields = TextFieldReader(text: text)
    }

    /// A text that is longer takes its memory with it, in bytes.
    private static let longestKept = 1 << 16

    private static func secretBudget(of text: [UInt8]) -> Int { 16 * text.count + 4096 }

    /// Begins anew with another text that stands alone, in the memory that the last one took.
    mutating func begin(_ bytes: UnsafeBufferPointer<UInt8>) {
        fields = TextFieldReader(text: [])
        text.removeAll(keepingCapacity: text.count <= Self.longestKept)
        text.append(contentsOf: bytes)
        fields = TextFieldReader(text: text)
        findings.removeAll(keepingCapacity: true)
        encoded.removeAll()
        if !quiet.isEmpty { quiet = DisjointRanges() }
        (encodedEnd, tableEnd, judgedEnd, judgedCount, nextJudged) = (0, 0, 0, 0, -1)
        judged.removeAll(keepingCapacity: true)
        lastNamed = nil
        resumption = nil
        secretBudget = Self.secretBudget(of: text)
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
    mutating func judge(_ meaning: FieldName, cell: Range<Int>) {
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
    mutating func advance(past place: Int) {
        while judgedCount < judged.count, judged[judgedCount].lowerBound < place { judgedCount += 1 }
        nextJudged = judgedCount < judged.count ? judged[judgedCount].lowerBound : -1
        judgedCount += 1
    }

    /// Goes back from the place to go on at to its line's start, unless the line is too long.
    mutating func resumeAtLine() {
        guard let place = resumption?.place else { return }
        let start = text.nearLineStart(of: place)
        resumption?.place = start == 0 || text[start - 1] == 0x0A ? start : place
    }

    /// What columns of a table mean, and which of them are to be judged.
    mutating func wanted(_ names: [Range<Int>], _ columns: inout [FieldName]) -> [Bool] {
        columns = names.map { self.names.name(text, $0) }
        return columns.map { $0.secrecy != .none || $0.personal != .none }
    }

    mutating func add(_ type: String, _ family: Finding.Family, _ range: Range<Int>) {
        findings.append(Finding(type: type, family: family, range: range))
    }

    // MARK: Signs

    @inline(__always)
    mutating func sign(_ byte: UInt8, at place: Int) {
        switch byte {
        case 0x3A: colon(at: place)
        case 0x3D: field(at: place)
        case 0x40: atSign(place)
        case 0x2D: dash(at: place)
        case 0x2B, 0x28:
            if text.at(place + 1).isDigit, let range = phones.phone(at: place) { add("phone", .personal, range) }
        case 0x24, 0x7B: token(at: place)
        case 0x3E: element(closedAt: place)
        default: break
        }
    }

    mutating func colon(at place: Int) {
        if text.has("//", at: place + 1) {
            if let found = addresses.secret(inURLAt: place) { add(found.type, .secret, found.range) }
            return
        }
        field(at: place)
        if text.at(place - 1).isHex || text.at(place - 1) == 0x3A, let range = network.ipv6(around: place) {
            add("ipv6", .personal, range)
        }
    }

    mutating func atSign(_ place: Int) {
        if let range = addresses.secret(inDataSourceAt: place) { add("url-password", .secret, range) }
        if let range = network.email(around: place) { add("email", .personal, range) }
    }

    mutating func dash(at place: Int) {
        guard text.at(place + 1) == 0x2D else { return }
        if text.at(place + 2) == 0x2D {
            guard let block = KeyBlocks(text: text).pem(at: place) else { return }
            if let type = block.type { add(type, .secret, block.range) } else { _ = quiet.insert(block.range) }
            return
        }
        option(at: place)
    }

    /// `--key value`, and the two as items of a list.
    mutating func option(at place: Int) {
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

    mutating func token(at place: Int) {
        guard let token = TokenPatterns.shared.token(in: text, at: place) else { return }
        let range = place..<token.end
        if !SecretValue(text: text, range: range, isQuoted: true).isExample { add(token.type, .secret, range) }
    }
}
