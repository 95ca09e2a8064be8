import CZlib
import Document
import Scrub

/// A custom dump on its way. Its table of contents states all tables, keys and functions before the first row, so
/// everything is judged and planned before the first byte goes out.
final class CustomStream {
    private let reader: CustomReader
    private let pool: BlockPool
    private let lanes: Int
    private var planner: any DatasetPlanning
    private let gate: OutputGate
    private var toc: CustomTOC
    private var lexer = SQLLexer(.postgres)
    private var book = SchemaBook(.postgres)
    private var tables: [TableName: TableStream] = [:]
    private var order: [TableName] = []
    private var counts = DatasetCounts()
    private var places: [Int: Int] = [:]
    private var waiting: Set<Int> = []
    private var rows: (hand: RowsInHand, copy: CopyReader)?
    private var ready: [Piece] = []
    private var hasBegun = false
    private var isFinished = false
    /// How many bytes a row may have.
    var longestRow = 64 << 20
    /// Over the data that goes out, for the writer alone.
    private var sum: UInt = 1

    init(
        _ window: InputWindow, planner: any DatasetPlanning, lanes: Int, gate: OutputGate, pool: BlockPool
    ) throws {
        reader = CustomReader(window: window)
        self.planner = planner
        self.lanes = lanes
        self.gate = gate
        self.pool = pool
        toc = try CustomTOC(reader)
    }

    func next() throws -> Piece? {
        while true {
            if !ready.isEmpty { return ready.removeFirst() }
            if isFinished { return nil }
            if !hasBegun {
                try begin()
            } else if let (hand, copy) = rows {
                try readRows(hand, copy)
            } else {
                try nextBlock()
            }
        }
    }

    // MARK: Table of contents

    private func begin() throws {
        hasBegun = true
        var statements: [[(statement: SQLStatement, ending: [UInt8], meaning: SchemaBook.Meaning)]] = []
        for entry in toc.entries { statements.append(try read(entry)) }
        var schemas = book.tables.map(\.schema)
        for index in schemas.indices { schemas[index].hasAllConstraints = true }
        let plans = try planner.plan(for: schemas, isWhole: true)
        for (schema, plan) in zip(schemas, plans) {
            tables[schema.name] = TableStream(schema, plan, lanes: lanes)
            order.append(schema.name)
        }
        var kept: [CustomTOC.Entry] = []
        for (entry, parts) in zip(toc.entries, statements) {
            if let entry = try rewritten(entry, parts) { kept.append(entry) }
        }
        for (place, entry) in toc.entries.enumerated() where entry.hasData { places[entry.id] = place }
        waiting = Set(places.keys)
        var written = toc
        written.entries = kept
        let head = written.written()
        let gate = gate
        ready.append(
            .late {
                try gate.open()
                return Self.plain(head)
            })
    }

    /// Reads an entry's statements, and refuses what may not pass.
    private func read(
        _ entry: CustomTOC.Entry
    ) throws -> [(statement: SQLStatement, ending: [UInt8], meaning: SchemaBook.Meaning)] {
        guard !["BLOB", "BLOBS", "BLOB METADATA", "BLOB COMMENTS"].contains(entry.kind) else {
            throw Problem(
                "the dump holds large objects, whose content cannot be looked into", at: reader.window.origin(),
                hint: "dump with --no-large-objects")
        }
        if entry.kind == "STDSTRINGS", let text = entry[.definition] {
            lexer.hasBackslashes = String(decoding: text, as: UTF8.self).contains("'off'")
        }
        guard let text = entry[.definition], entry.kind != "STATISTICS DATA" else { return [] }
        var parts: [(SQLStatement, [UInt8], SchemaBook.Meaning)] = []
        text.withUnsafeBytes { bytes in
            var place = 0
            let isRoutine = ["FUNCTION", "PROCEDURE"].contains(entry.kind)
            while let start = TupleReader(lexer: lexer).skipBlanks(bytes, place), start < bytes.count {
                let end = lexer.endOfStatement(
                    UnsafeRawBufferPointer(rebasing: bytes[start...]), 0, isRoutine: isRoutine
                ).map { start + $0 }
                let stop = end ?? bytes.count
                let body = UnsafeRawBufferPointer(rebasing: bytes[start..<(end.map { $0 - 1 } ?? bytes.count)])
                let statement = SQLStatement(body, lexer: lexer)
                parts.append((statement, end == nil ? [] : [0x3B], book.read(statement)))
                place = stop
            }
        }
        return parts
    }

    /// What becomes of an entry; nil when it is left out.
    private func rewritten(
        _ entry: CustomTOC.Entry, _ parts: [(statement: SQLStatement, ending: [UInt8], meaning: SchemaBook.Meaning)]
    ) throws -> CustomTOC.Entry? {
        var entry = entry
        if entry.kind == "STATISTICS DATA" { return leaveOut(entry) }
        let rewriter = StatementRewriter(book: book, tables: tables)
        if entry.kind == "TABLE DATA" { return try data(entry, rewriter) }
        guard entry[.definition] != nil, !parts.isEmpty else { return entry }
        var definition: [UInt8] = []
        for part in parts {
            let judge = StatementJudge(dialect: .postgres)
            switch judge.verdict(on: part.statement) {
            case .refuse(let reason):
                throw Problem("\(entry.kind) \(entry.tag) cannot pass: \(reason)", at: reader.window.origin())
            case .drop: return leaveOut(entry)
            case .sequence: definition += rewriter.sequence(part.statement, part.ending)
            case .keep, .inspect:
                let found = judge.findings(in: part.statement)
                guard found.isEmpty else {
                    throw Problem(
                        "\(entry.kind) \(entry.tag) holds what looks like \(found[0])", at: reader.window.origin(),
                        hint: "take it out of the schema")
                }
                definition += rewriter.rewritten(part.statement.bytes + part.ending, part.meaning)
            }
            if !definition.isEmpty, definition.last != 0x0A { definition.append(0x0A) }
        }
        if definition.isEmpty { return nil }
        entry[.definition] = definition
        return entry
    }

    private func leaveOut(_ entry: CustomTOC.Entry) -> CustomTOC.Entry? {
        counts.leftOut[entry.kind, default: 0] += 1
        return nil
    }

    /// The entry of a table's rows, with the columns that go out.
    private func data(_ entry: CustomTOC.Entry, _ rewriter: StatementRewriter) throws -> CustomTOC.Entry? {
        var entry = entry
        let (copy, statement) = try self.copy(of: entry)
        guard let table = table(copy.table) else {
            throw Problem("rows of table \(copy.table), which the dump does not define", at: reader.window.origin())
        }
        if table.hasNoRows { return nil }
        let columns = try self.columns(copy, table)
        entry[.copy] = rewriter.header(copy, statement, columns, table) + Array(";\n".utf8)
        return entry
    }

    private func copy(of entry: CustomTOC.Entry) throws -> (CopyStatement, SQLStatement) {
        var text = entry[.copy] ?? []
        while let last = text.last, SQLLexer.isSpace(last) || last == 0x3B { text.removeLast() }
        let statement = text.withUnsafeBytes { SQLStatement($0, lexer: lexer) }
        guard let copy = CopyStatement(statement) else {
            throw Problem(
                "the rows of \(entry.tag) are not in COPY's form", at: reader.window.origin(),
                hint: "dump without --inserts")
        }
        return (copy, statement)
    }

    private func table(_ name: TableName) -> TableStream? { book.resolve(name).flatMap { tables[$0] } }

    private func columns(_ copy: CopyStatement, _ table: TableStream) throws -> [Int] {
        guard let names = copy.columns else { return Array(table.schema.columns.indices) }
        return try names.map { name in
            guard let place = table.schema.index(of: name) else {
                throw Problem("column \(name) of \(table.schema.name) is not in the schema", at: reader.window.origin())
            }
            return place
        }
    }

    // MARK: Data

    private func nextBlock() throws {
        guard try reader.window.require(1) else { return try finish() }
        let type = try reader.byte()
        let id = try reader.int()
        guard type == 1, let place = places[id] else {
            throw Problem("a block of data that no entry announces", at: reader.window.origin())
        }
        waiting.remove(id)
        let entry = toc.entries[place]
        guard entry.kind == "TABLE DATA" else {
            throw Problem("\(entry.kind) \(entry.tag) has data of a kind that is not known", at: reader.window.origin())
        }
        let (copy, _) = try self.copy(of: entry)
        guard let table = table(copy.table) else { return }
        let data = try CustomData(reader, isPacked: toc.compression == .zlib)
        let window = InputWindow(
            named: "\(reader.window.name) (\(copy.table))", blockSize: reader.window.blockSize, data.read)
        let columns = try self.columns(copy, table)
        var hand = RowsInHand(
            table: table, works: [], isCopy: true, isKept: table.isKept, isSkipped: table.hasNoRows)
        if !hand.isSkipped { hand.works = try works(table, columns, hand.isKept) }
        if !hand.isSkipped { beginData(id) }
        rows = (hand, CopyReader(window: window, pool: pool, longestRow: longestRow))
    }

    private func works(_ table: TableStream, _ columns: [Int], _ isKept: Bool) throws -> [any RowWork] {
        try (0..<lanes).map { lane in
            let inner = isKept ? nil : CopyRows(table, columns: columns, lane: lane)
            return try ChunkWork(inner, packs: toc.compression == .zlib)
        }
    }

    private func readRows(_ hand: RowsInHand, _ copy: CopyReader) throws {
        let (block, isLast) = try copy.next(hand)
        if let block { ready.append(.rows(block, works: hand.works)) }
        guard isLast else { return }
        rows = nil
        let window = copy.window
        // What ends the rows is read and written like them.
        while try window.more() {}
        guard window.count < 64 else { throw Problem("something follows the rows' end", at: window.origin()) }
        guard !hand.isSkipped else { return }
        let end = pool.take()
        end.append(window.bytes)
        let works = try (0..<lanes).map { _ in try ChunkWork(nil, packs: toc.compression == .zlib) }
        ready.append(.rows(end, works: works))
        endData()
    }

    private func finish() throws {
        let missing = toc.entries.filter { waiting.contains($0.id) }.map(\.tag)
        guard missing.isEmpty else {
            throw Problem(
                "the input is truncated: the rows of \(missing[0]) have not come", at: reader.window.origin(),
                hint: "dump again; nothing of this one can be trusted")
        }
        do { try planner.finish() } catch { throw error }
        isFinished = true
    }

    // MARK: Writing

    /// Bytes for the writer that go out as they are; a piece of data begins with another byte.
    private static func plain(_ bytes: [UInt8]) -> [UInt8] { [0] + bytes }

    private func beginData(_ id: Int) {
        let isPacked = toc.compression == .zlib
        ready.append(
            .late { [self] in
                sum = 1
                // zlib's head for its fastest level (RFC 1950).
                let head: [UInt8] = isPacked ? CustomWriter.int(2) + [0x78, 0x01] : []
                return Self.plain([1] + CustomWriter.int(id) + head)
            })
    }

    private func endData() {
        let isPacked = toc.compression == .zlib
        ready.append(
            .late { [self] in
                guard isPacked else { return Self.plain(CustomWriter.int(0)) }
                let sum = (0..<4).map { UInt8(truncatingIfNeeded: self.sum >> (24 - 8 * $0)) }
                // A last block without content, and the sum over all.
                return Self.plain(CustomWriter.int(6) + [0x03, 0x00] + sum + CustomWriter.int(0))
            })
    }

    /// Writes what comes off the belt: the table of contents and frames as they are, data in chunks.
    func write(_ bytes: UnsafeRawBufferPointer) throws {
        guard let first = bytes.first else { return }
        var data = UnsafeRawBufferPointer(rebasing: bytes[1...])
        if first == 0 { return try gate.write(data) }
        if toc.compression == .zlib {
            let count = data.loadUnaligned(as: UInt64.self)
            let piece = data.loadUnaligned(fromByteOffset: 8, as: UInt32.self)
            sum = adler32_combine(sum, UInt(piece), Int(count))
            data = UnsafeRawBufferPointer(rebasing: bytes[ChunkWork.head...])
        }
        guard !data.isEmpty else { return }
        try gate.write(CustomWriter.int(data.count))
        try gate.write(data)
    }

    func finalCounts() -> DatasetCounts {
        var counts = counts
        counts.tables = order.compactMap { name in
            tables[name].map { .init(name: "\(name)", rowsIn: Int($0.rows), rowsOut: $0.rowsWritten) }
        }
        counts.bytesIn = reader.window.offset
        counts.bytesOut = gate.bytesOut
        return counts
    }
}
