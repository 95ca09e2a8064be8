import Document
import Scrub

/// Comma- or tab-separated values on their way: the header states the columns, and is planned before anything goes out.
final class CSVStream {
    private let window: InputWindow
    private let pool: BlockPool
    private let lanes: Int
    private var planner: any DatasetPlanning
    private let gate: OutputGate
    private let name: String
    private let lexer: CSVLexer
    private var table: TableStream?
    private var works: [any RowWork] = []
    private var ready: [Piece] = []

    private static let longestHeader = 1 << 20
    /// How many bytes a row may have.
    var longestRow = 64 << 20

    /// - Parameter name: what the policy calls the table.
    init(
        _ window: InputWindow, separator: UInt8, named name: String, planner: any DatasetPlanning, lanes: Int,
        gate: OutputGate, pool: BlockPool
    ) {
        self.window = window
        self.name = name
        self.planner = planner
        self.lanes = lanes
        self.gate = gate
        self.pool = pool
        lexer = CSVLexer(separator: separator)
    }

    func next() throws -> Piece? {
        if !ready.isEmpty { return ready.removeFirst() }
        guard let table else {
            try header()
            return ready.isEmpty ? nil : ready.removeFirst()
        }
        var outlook = try Outlook(window, longest: longestRow)
        if outlook.bytes.isEmpty {
            do { try planner.finish() } catch { throw error }
            return nil
        }
        var limit = window.blockSize
        while true {
            let ahead = lexer.rowsAhead(outlook.bytes, limit: limit)
            if ahead.end > 0 { return take(ahead.end, ahead.rows, table) }
            if outlook.isAll { return try takeLast(table) }
            guard try outlook.widen() else {
                throw Problem(
                    "a row is longer than \(longestRow >> 20) MB", at: window.origin(),
                    hint: "allow more: --longest-row")
            }
            // A row longer than a block is one of its own.
            limit = 1
        }
    }

    /// The last row may lack its line's end, never its closing quote.
    private func takeLast(_ table: TableStream) throws -> Piece {
        if case .incomplete = lexer.read(window.bytes, 0, isAll: true, { _ in }) {
            throw Problem("the input is truncated: a quote is never closed", at: window.origin())
        }
        return take(window.count, 1, table)
    }

    private func take(_ end: Int, _ rows: Int, _ table: TableStream) -> Piece {
        let block = pool.take()
        block.append(UnsafeRawBufferPointer(rebasing: window.bytes[..<end]))
        block.firstRow = table.rows
        table.rows += UInt64(rows)
        window.consume(end)
        if table.hasNoRows { block.removeAll() }
        return works.isEmpty ? .verbatim(block) : .rows(block, works: works)
    }

    private func header() throws {
        let start = try skipMark()
        var names: [String] = []
        var row = CSVLexer.Row.incomplete(isInQuotes: false)
        while true {
            names.removeAll()
            let bytes = window.bytes
            row = lexer.read(bytes, start, isAll: window.isAtEnd) { names.append(Self.name($0, bytes)) }
            guard case .incomplete = row else { break }
            let wasAtEnd = window.isAtEnd
            guard window.count <= Self.longestHeader, try window.more() || !wasAtEnd else {
                throw Problem("the input is truncated: its header has no end", at: window.origin())
            }
        }
        guard case .row(let end, let lineEnd) = row, names != [""], end <= Self.longestHeader else {
            throw Problem("the first line is no header", at: window.origin())
        }
        if let twice = Set(names.filter { name in names.count { $0 == name } > 1 }).min() {
            throw Problem("column \(twice) is named twice in the header", at: window.origin())
        }
        let schema = TableSchema(
            TableName(name), columns: names.map { ColumnSchema($0) }, hasAllConstraints: false)
        let plans = try planner.plan(for: [schema], isWhole: true)
        let table = TableStream(schema, plans[0], lanes: lanes)
        self.table = table
        if !table.plan.isDropped { writeHeader(table, start, end, lineEnd) }
        // Kept rows are looked at too: one with more fields than the header would carry what nobody decided on.
        if !table.hasNoRows { works = (0..<lanes).map { CSVRows(table, lexer: lexer, lane: $0) } }
        window.consume(end)
        let gate = gate
        ready.insert(
            .late {
                try gate.open()
                return []
            }, at: 0)
    }

    private func writeHeader(_ table: TableStream, _ start: Int, _ end: Int, _ lineEnd: Int) {
        let block = pool.take()
        let bytes = window.bytes
        let kept = table.schema.columns.indices.filter { !table.isDropped(table.schema.columns[$0].name) }
        if kept.count == table.schema.columns.count {
            block.append(UnsafeRawBufferPointer(rebasing: bytes[..<end]))
        } else {
            block.append(UnsafeRawBufferPointer(rebasing: bytes[..<start]))
            var fields: [CSVField] = []
            _ = lexer.read(bytes, start, isAll: true) { fields.append($0) }
            for (count, index) in kept.enumerated() {
                if count > 0 { block.append([lexer.separator]) }
                block.append(UnsafeRawBufferPointer(rebasing: bytes[fields[index].start..<fields[index].end]))
            }
            block.append(UnsafeRawBufferPointer(rebasing: bytes[(end - lineEnd)..<end]))
        }
        ready.append(.verbatim(block))
    }

    /// The place after a byte order mark.
    private func skipMark() throws -> Int {
        try window.require(3)
        return window.bytes.prefix(3).elementsEqual([0xEF, 0xBB, 0xBF]) ? 3 : 0
    }

    private static func name(_ field: CSVField, _ bytes: UnsafeRawBufferPointer) -> String {
        let range = field.isQuoted ? field.start + 1..<max(field.start + 1, field.end - 1) : field.start..<field.end
        let text = String(decoding: UnsafeRawBufferPointer(rebasing: bytes[range]), as: UTF8.self)
        return field.hasQuotes ? text.replacingAll("\"\"", with: "\"") : text
    }

    func finalCounts() -> DatasetCounts {
        var counts = DatasetCounts()
        if let table {
            counts.tables = [.init(name: name, rowsIn: Int(table.rows), rowsOut: table.rowsWritten)]
        }
        counts.bytesIn = window.offset
        counts.bytesOut = gate.bytesOut
        return counts
    }
}
