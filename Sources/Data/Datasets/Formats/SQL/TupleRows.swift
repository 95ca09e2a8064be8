import Document
import Scrub

/// Rewrites tuples of an INSERT on one lane, with the blanks, commas and comments between values.
final class TupleRows: RowEditor {
    let table: TableStream
    private let lane: Int
    let fields: [FieldWork]
    private let reader: TupleReader
    private let gap: TupleGap
    private let literal: SQLLiteral
    let hasDrops: Bool
    let needsContext: Bool
    private let values: UnsafeMutableBufferPointer<SQLValue>
    private let scratch: RowScratch
    /// What every block begins with, where rows may be left out and each block is a statement of its own.
    private let head: [UInt8]?
    private let tail: [UInt8]

    /// - Parameters:
    ///   - columns: the places in the schema of the columns that a tuple holds.
    ///   - repeated: the head as the input has it, which stands between rows where each has a statement of its own.
    ///   - head: `INSERT INTO … VALUES` where each block becomes a statement of its own, which `tail` ends.
    init(
        _ table: TableStream, columns: [Int], lane: Int, lexer: SQLLexer, repeated: [UInt8], head: [UInt8]? = nil,
        tail: [UInt8] = []
    ) {
        gap = TupleGap(lexer: lexer, head: repeated)
        self.table = table
        self.lane = lane
        self.head = head
        self.tail = tail
        fields = FieldWork.fields(of: table, columns: columns, lane: lane)
        reader = TupleReader(lexer: lexer)
        literal = SQLLiteral(dialect: lexer.dialect, hasBackslashes: lexer.hasBackslashes)
        hasDrops = fields.contains { $0.action == .drop }
        needsContext = fields.contains { $0.isContext } || table.plan.rows != nil
        values = .allocate(capacity: columns.count)
        scratch = RowScratch(columns: table.schema.columns.count)
    }

    deinit { values.deallocate() }

    func rewrite(_ block: Block, into output: inout ByteBuffer) throws {
        let bytes = block.bytes
        var place = 0
        var number = block.firstRow
        var written = 0
        loop: while place < bytes.count {
            switch gap.find(bytes, place, isAll: true) {
            case .incomplete, .end: break loop
            case .malformed: throw problem("what stands before it is not a comma", number)
            case .row(let start):
                let end = try split(bytes, start, number)
                if head == nil { copy(bytes, place..<start, &output) }
                if let row = try admitted(bytes, number) {
                    if let head { output.append(contentsOf: written == 0 ? head : [0x2C, 0x0A]) }
                    if hasDrops { output.append(0x28) }
                    try write(bytes, start..<end, row, separator: 0x2C, &output)
                    if hasDrops { output.append(0x29) }
                    written += 1
                }
                number += 1
                place = end
            }
        }
        if head == nil { copy(bytes, place..<bytes.count, &output) }
        if head != nil, written > 0 { output.append(contentsOf: tail) }
        table.count(written, lane: lane)
    }

    /// Finds the values.
    @inline(__always)
    private func split(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ number: UInt64) throws -> Int {
        var count = 0
        let end = reader.read(bytes, start) { value in
            guard count < fields.count else { return false }
            values[count] = value
            count += 1
            return true
        }
        guard let end, count == fields.count else {
            throw problem("a row has not \(fields.count) values, or one that cannot be read", number)
        }
        return end
    }

    func extent(of index: Int) -> Range<Int> { values[index].start..<values[index].end }

    func decodeContext(_ bytes: UnsafeRawBufferPointer, _ number: UInt64) throws -> RowContext {
        scratch.begin()
        for index in fields.indices where fields[index].isContext {
            let value = values[index]
            let column = fields[index].column
            switch value.kind {
            case .null: continue
            case .expression:
                throw problem("column \(name(index)) holds an expression, whose value is not known", number)
            case .text, .word, .hex:
                if reader.isPlain(value, bytes) {
                    scratch.cells[column] = .init(body(value, bytes))
                } else {
                    let offset = scratch.decoded.count
                    reader.decode(value, bytes, into: &scratch.decoded)
                    scratch.setDecoded(column, from: offset)
                }
            }
        }
        return scratch.row(number: number)
    }

    private func body(_ value: SQLValue, _ bytes: UnsafeRawBufferPointer) -> UnsafeBufferPointer<UInt8> {
        UnsafeRawBufferPointer(rebasing: bytes[value.bodyStart..<value.bodyEnd]).bindMemory(to: UInt8.self)
    }

    /// Appends what becomes of a value, as SQL.
    func transform(
        _ bytes: UnsafeRawBufferPointer, _ index: Int, _ row: RowContext, _ output: inout ByteBuffer
    ) throws {
        guard let transform = fields[index].transform else { return }
        let value = values[index]
        if value.kind == .null, !fields[index].replacesNull {
            output.append(contentsOf: "NULL")
            return
        }
        // `_utf8mb4 'x'` stays one; a letter before the quote is written anew where it is needed.
        let hasIntroducer = value.kind == .text && bytes[value.start] == 0x5F
        if hasIntroducer { copy(bytes, value.start..<value.bodyStart - 1, &output) }
        let isBinary = value.kind == .hex
        if isBinary { output.append(contentsOf: "X") }
        output.append(0x20)
        let start = output.count
        let result = try apply(transform, value, bytes, index, row, &output)
        guard case .value = result else {
            output.truncate(to: start - 1 - (isBinary ? 1 : 0))
            if hasIntroducer { output.truncate(to: output.count - (value.bodyStart - 1 - value.start)) }
            output.append(contentsOf: "NULL")
            return
        }
        if isBinary { return hex(&output, from: start) }
        let isBare = value.kind == .word || (value.kind == .null && fields[index].isNumber)
        if isBare, SQLLiteral.isNumber(UnsafeBufferPointer(rebasing: output.bytes[start...])) {
            // No quotes: what was left for the first one goes.
            let count = output.count - start
            output.mutableBytes.baseAddress.map { ($0 + start - 1).update(from: $0 + start, count: count) }
            output.truncate(to: start - 1 + count)
        } else if !literal.quote(&output, from: start) {
            literal.escape(&output, from: start, scratch: &scratch.value)
        }
    }

    private func apply(
        _ transform: any CellTransform, _ value: SQLValue, _ bytes: UnsafeRawBufferPointer, _ index: Int,
        _ row: RowContext, _ output: inout ByteBuffer
    ) throws -> CellResult {
        do throws(TransformFailure) {
            switch value.kind {
            case .null: return try transform.applyToNull(row: row, into: &output)
            case .expression: throw TransformFailure("it holds an expression, whose value is not known")
            case .text, .word, .hex:
                if reader.isPlain(value, bytes) {
                    return try transform.apply(body(value, bytes), row: row, into: &output)
                }
                scratch.value.removeAll()
                reader.decode(value, bytes, into: &scratch.value)
                return try transform.apply(scratch.value.bytes, row: row, into: &output)
            }
        } catch {
            throw problem(error, index, row)
        }
    }

    /// Turns what was appended since `start` into digits between quotes; the first quote's room stands before it.
    private func hex(_ output: inout ByteBuffer, from start: Int) {
        scratch.value.removeAll()
        scratch.value.append(contentsOf: UnsafeBufferPointer(rebasing: output.bytes[start...]))
        output.truncate(to: start - 1)
        output.append(0x27)
        Hexadecimal.append(scratch.value.bytes, to: &output)
        output.append(0x27)
    }

    private func name(_ index: Int) -> String { table.schema.columns[fields[index].column].name }
}
