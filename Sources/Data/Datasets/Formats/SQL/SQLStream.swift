import Document
import Scrub

/// A dump in SQL on its way: reads statements and rows from a window, and gives pieces for the belt.
///
/// Statements are held back until the first rows come: then the tables are known, and are planned in one go.
final class SQLStream {
    let window: InputWindow
    let pool: BlockPool
    let lanes: Int
    let dialect: SQLDialect
    var planner: any DatasetPlanning
    let gate: OutputGate
    /// Whether output may go before the whole input has been accepted, whatever the format.
    let isUnspooled: Bool
    /// What a look ahead has told of all tables; the real reading needs no more of the DDL then.
    let survey: SchemaBook?

    var lexer: SQLLexer
    var book: SchemaBook
    let judge: StatementJudge
    var tables: [TableName: TableStream] = [:]
    var order: [TableName] = []
    var counts = DatasetCounts()
    /// What waits for the tables' plans.
    var held: [HeldStatement] = []
    var heldBytes = 0
    /// Tables that have been planned; nil before the first rows.
    var planned: Set<TableName> = []
    var hasData = false
    var rows: RowsInHand?
    /// Works of rows that came before, by the head of their statement.
    var knownRows: [[UInt8]: RowsInHand] = [:]
    var ready: [Piece] = []
    var text: Block
    var trailer = DumpTrailer()
    /// Whether anything came that is neither a comment nor a command of the client's.
    private var hasStatement = false
    var delimiter: [UInt8] = [0x3B]
    /// Sequences to be set when their tables' rows have come.
    var lateSequences: [[UInt8]] = []
    /// Whether output goes already.
    var hasOpened = false
    private var isFinished = false
    /// How many bytes a row may have.
    var longestRow = 64 << 20

    /// How many bytes tell what comes next: `DELIMITER` and a blank, or `/*M!999999`, are the most.
    static let longestOpening = 10
    static let longestStatement = 16 << 20
    static let mostHeld = 32 << 20

    init(
        _ window: InputWindow, _ dialect: SQLDialect, planner: any DatasetPlanning, lanes: Int, gate: OutputGate,
        pool: BlockPool, isUnspooled: Bool, survey: SchemaBook? = nil
    ) {
        self.window = window
        self.dialect = dialect
        self.planner = planner
        self.lanes = lanes
        self.gate = gate
        self.pool = pool
        self.isUnspooled = isUnspooled
        self.survey = survey
        lexer = SQLLexer(dialect)
        book = SchemaBook(dialect)
        judge = StatementJudge(dialect: dialect)
        text = pool.take()
    }

    /// The next piece; nil at the end of an input that is whole.
    func next() throws -> Piece? {
        while true {
            if !ready.isEmpty { return ready.removeFirst() }
            if isFinished { return nil }
            switch rows {
            case .some(let hand): try hand.isCopy ? copyRows(hand) : tuples(hand)
            case nil: try script()
            }
            if text.count >= window.blockSize / 2 { flushText() }
            guard heldBytes <= Self.mostHeld else {
                throw Problem("more than \(Self.mostHeld >> 20) MB of statements without a row", at: window.origin())
            }
        }
    }

    // MARK: Script

    /// Reads one comment, command or statement.
    private func script() throws {
        while true {
            let bytes = window.bytes
            var blank = 0
            while blank < bytes.count, SQLLexer.isSpace(bytes[blank]) { blank += 1 }
            if blank > 0 {
                trailer.blank(UnsafeRawBufferPointer(rebasing: bytes[..<blank]))
                passBlanks(UnsafeRawBufferPointer(rebasing: bytes[..<blank]))
                window.consume(blank)
            }
            if window.count > 0 { break }
            guard try window.more() else { return try finish() }
        }
        try window.require(Self.longestOpening)
        let bytes = window.bytes
        switch bytes[0] {
        case 0x5C: try metaCommand()
        case 0x2D where lexer.isLineComment(bytes, 0), 0x23 where dialect.hasHashComments: try lineComment()
        case 0x2F where bytes.count > 1 && bytes[1] == 0x2A && lexer.startOfVersioned(bytes, 0) == nil:
            let end = try extent("a comment") { lexer.endOfComment($0, 0) }
            trailer.note(UnsafeRawBufferPointer(rebasing: window.bytes[..<end]))
            window.consume(end)
        default:
            if dialect == .mysql, isDelimiterCommand() { return try setDelimiter() }
            hasStatement = true
            if try insert() { return }
            try statement()
        }
    }

    /// Blanks between statements stay, so that what is kept whole comes out byte for byte.
    private func passBlanks(_ bytes: UnsafeRawBufferPointer) {
        if held.isEmpty { text.append(bytes) } else { hold(HeldStatement(bytes: Array(bytes), meaning: .nothing)) }
    }

    /// Reads on until `end` finds what it looks for.
    func extent(_ what: String, _ end: (UnsafeRawBufferPointer) -> Int?) throws -> Int {
        while true {
            let found = end(window.bytes)
            // Its own length decides, not how much the last reading has shown beyond it.
            guard (found ?? window.count) <= Self.longestStatement else {
                throw Problem(
                    "\(what) is longer than \(Self.longestStatement >> 20) MB", at: window.origin(),
                    hint: "rows are read from COPY and INSERT alone")
            }
            if let found { return found }
            guard !window.isAtEnd else {
                throw Problem("the input is truncated: \(what) has no end", at: window.origin())
            }
            _ = try window.widen()
        }
    }

    private func lineComment() throws {
        let end = try endOfLine("a comment")
        let line = UnsafeRawBufferPointer(rebasing: window.bytes[..<end])
        trailer.comment(line)
        if DumpTrailer.isHarmless(line) { pass(Array(line), .nothing) }
        window.consume(end)
    }

    private func endOfLine(_ what: String) throws -> Int {
        try extent(what) { SQLLexer.endOfLine($0, 0, isAll: window.isAtEnd) }
    }

    /// psql's own commands: those that load a dump, and none that run programs or read files.
    private func metaCommand() throws {
        let origin = window.origin()
        let end = try endOfLine("a command of psql")
        let line = Array(window.bytes[..<end])
        guard line.last == 0x0A || !trailer.isDump else {
            throw Problem("the input is truncated: a command of psql's has no end", at: origin)
        }
        let words = String(decoding: line, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        let allowed = ["\\restrict", "\\unrestrict", "\\connect", "\\c", "\\encoding", "\\set", "\\unset", "\\timing"]
        guard dialect == .postgres, let command = words.first, allowed.contains(String(command)) else {
            throw Problem("a command of psql's that no dump needs: \(words.first ?? "")", at: origin)
        }
        guard !words.dropFirst().contains(where: { $0.contains("password=") || $0.contains("://") }) else {
            throw Problem("\\connect holds a password or an address", at: origin, hint: "leave the line out")
        }
        trailer.command(String(command))
        pass(line, .nothing)
        window.consume(end)
    }

    /// Whether `DELIMITER` stands here as a command of MySQL's client, which wants a blank after it.
    private func isDelimiterCommand() -> Bool {
        let bytes = window.bytes
        return SQLLexer.isWord(bytes, 0, "delimiter") && (bytes.count == 9 || SQLLexer.isSpace(bytes[9]))
    }

    private func setDelimiter() throws {
        let end = try endOfLine("DELIMITER")
        let words = window.bytes[..<end].split(whereSeparator: SQLLexer.isSpace)
        guard words.count == 2 else {
            let isCut = window.bytes[end - 1] != 0x0A
            throw Problem(isCut ? "the input is truncated: DELIMITER" : "DELIMITER needs one word", at: window.origin())
        }
        delimiter = Array(words[1])
        pass(Array(window.bytes[..<end]), .nothing)
        window.consume(end)
    }

    /// Reads a statement that is not INSERT … VALUES.
    private func statement() throws {
        let origin = window.origin()
        let isRoutine = try dialect == .postgres && isRoutineAhead()
        let end = try extent("a statement") { [lexer, delimiter] in
            lexer.endOfStatement($0, 0, delimiter: delimiter, isRoutine: isRoutine)
        }
        let bytes = UnsafeRawBufferPointer(rebasing: window.bytes[..<end])
        let body = UnsafeRawBufferPointer(rebasing: bytes[..<(end - delimiter.count)])
        let statement = SQLStatement(body, lexer: lexer)
        let ending = Array(bytes[(end - delimiter.count)...])
        if dialect == .postgres, let copy = CopyStatement(statement) {
            window.consume(end)
            return try begin(copy, statement, origin)
        }
        try accept(statement, ending, origin)
        window.consume(end)
    }

    /// Whether a statement's first words make a routine, wherever the input's readings part them.
    private func isRoutineAhead() throws -> Bool {
        try window.require(64)
        guard SQLLexer.isWord(window.bytes, 0, "create") else { return false }
        let words = window.bytes.prefix(64).split(whereSeparator: SQLLexer.isSpace).prefix(4).map {
            String(decoding: $0, as: UTF8.self).lowercased()
        }
        return words.contains("function") || words.contains("procedure")
    }

    /// Takes a statement without rows, or refuses it.
    private func accept(_ statement: SQLStatement, _ ending: [UInt8], _ origin: Origin) throws {
        noteSettings(statement)
        switch judge.verdict(on: statement) {
        case .refuse(let reason):
            throw Problem("a statement that cannot pass: \(reason)", at: origin)
        case .drop:
            let kind = statement.tokens.prefix(2).map { $0.text.uppercased() }.joined(separator: " ")
            counts.leftOut[kind, default: 0] += 1
        case .sequence: sequence(statement, ending)
        case .keep: pass(judge.withoutDefiner(statement) + ending, .nothing)
        case .inspect:
            let found = judge.findings(in: statement)
            guard found.isEmpty else {
                throw Problem(
                    "a statement holds what looks like \(found[0])", at: origin,
                    hint: "take it out of the schema: \(statement.tokens.prefix(3).map(\.text).joined(separator: " "))")
            }
            try pass(statement, ending, origin)
        }
    }

    private func pass(_ statement: SQLStatement, _ ending: [UInt8], _ origin: Origin) throws {
        let meaning = book.read(statement)
        if case .about(let table, _, _, let constraints) = meaning, survey == nil {
            let name = book.resolve(table) ?? table
            if planned.contains(name) {
                for constraint in constraints {
                    do { try planner.add(constraint, to: name) } catch { throw error.reached(from: origin) }
                }
            }
        }
        if case .table(let name) = meaning, hasData, planned.contains(name) {
            throw Problem("table \(name) is made a second time", at: origin)
        }
        pass(judge.withoutDefiner(statement) + ending, meaning)
    }

    private func noteSettings(_ statement: SQLStatement) {
        guard statement.tokens.first?.text == "set" else { return }
        let tokens = statement.tokens
        if dialect == .postgres, tokens.count >= 4, tokens[1].text == "standard_conforming_strings" {
            let value = tokens[3].kind == .text ? statement.text(of: tokens[3]) : tokens[3].text
            lexer.hasBackslashes = ["off", "false", "0", "no"].contains(value)
            knownRows.removeAll()
        } else if dialect == .mysql, tokens.contains(where: { $0.text == "sql_mode" }) {
            let texts = tokens.filter { $0.kind == .text }.map { statement.text(of: $0).uppercased() }
            if !texts.isEmpty { lexer.hasBackslashes = !texts.contains { $0.contains("NO_BACKSLASH_ESCAPES") } }
            knownRows.removeAll()
        }
    }

    // MARK: Output

    /// Passes a statement on, or holds it where plans must come first.
    func pass(_ bytes: [UInt8], _ meaning: SchemaBook.Meaning) {
        pass(HeldStatement(bytes: bytes, meaning: meaning))
    }

    func pass(_ statement: HeldStatement) {
        var isTable = false
        if case .table = statement.meaning { isTable = true }
        if isTable || !held.isEmpty || !hasData { return hold(statement) }
        text.append(rewritten(statement))
    }

    private func hold(_ statement: HeldStatement) {
        var statement = statement
        statement.isHeld = true
        held.append(statement)
        heldBytes += statement.bytes.count
    }

    /// Lets what was held go, now that the tables are planned.
    func flushHeld() {
        for statement in held { text.append(rewritten(statement)) }
        held.removeAll()
        heldBytes = 0
    }

    func flushText() {
        guard text.count > 0 else { return }
        ready.append(.verbatim(text))
        text = pool.take()
    }

    // MARK: End

    private func finish() throws {
        try trailer.check(at: window.origin(), dialect)
        guard hasStatement else {
            throw Problem(
                "the input is truncated: it has no statement", at: window.origin(),
                hint: "see whether the program that dumps has failed")
        }
        try plan(upTo: nil)
        flushHeld()
        for statement in lateSequences { text.append(statement) }
        flushText()
        do { try planner.finish() } catch { throw error }
        let gate = gate
        ready.append(
            .late {
                try gate.open()
                return []
            })
        isFinished = true
    }

    /// Counters, to be asked for when the belt has stopped.
    func finalCounts() -> DatasetCounts {
        var counts = counts
        counts.tables = order.compactMap { name in
            tables[name].map { .init(name: "\(name)", rowsIn: Int($0.rows), rowsOut: $0.rowsWritten) }
        }
        counts.bytesIn = window.offset
        counts.bytesOut = gate.bytesOut
        return counts
    }
}

/// A statement that waits for the plans of tables.
struct HeldStatement {
    var bytes: [UInt8]
    var meaning: SchemaBook.Meaning
    /// The sequence that it sets, with the text that names it.
    var sequence: (name: TableName, text: String)?
    var isHeld = false

    init(bytes: [UInt8], meaning: SchemaBook.Meaning) {
        self.bytes = bytes
        self.meaning = meaning
    }
}

/// Rows that are being read: whose, and what each lane does with them.
struct RowsInHand {
    var table: TableStream
    var works: [any RowWork]
    var isCopy: Bool
    /// `INSERT INTO … VALUES` as it is written, by which the next statement for the same table is known.
    var head: [UInt8] = []
    /// Whether rows pass without being looked into, or not at all.
    var isKept: Bool
    var isSkipped: Bool
    /// Whether each block is a statement of its own.
    var hasOwnStatements = false
}
