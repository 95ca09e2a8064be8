import Document
import Scrub

/// Rewrites rows of CSV or TSV on one lane. A field that is empty and has no quotes is NULL.
final class CSVRows: RowEditor {
    let table: TableStream
    private let lane: Int
    let fields: [FieldWork]
    private let lexer: CSVLexer
    let needsContext: Bool
    let hasDrops: Bool
    private let found: UnsafeMutableBufferPointer<CSVField>
    private let scratch: RowScratch

    init(_ table: TableStream, lexer: CSVLexer, lane: Int) {
        self.table = table
        self.lexer = lexer
        self.lane = lane
        let columns = Array(table.schema.columns.indices)
        fields = FieldWork.fields(of: table, columns: columns, lane: lane)
        needsContext = fields.contains { $0.isContext } || table.plan.rows != nil
        hasDrops = fields.contains { $0.action == .drop }
        found = .allocate(capacity: columns.count)
        scratch = RowScratch(columns: columns.count)
    }

    deinit { found.deallocate() }

    func rewrite(_ block: Block, into output: inout ByteBuffer) throws {
        let bytes = block.bytes
        var place = 0
        var number = block.firstRow
        var written = 0
        while place < bytes.count {
            var count = 0
            let row = lexer.read(bytes, place, isAll: true) { field in
                if count < fields.count { found[count] = field }
                count += 1
            }
            guard case .row(let end, let lineEnd) = row else {
                throw problem("a quote stands within a field that has none around it", number)
            }
            guard count == fields.count else {
                // An empty line between rows is none of them.
                if count == 1, found[0].start == found[0].end, !found[0].isQuoted {
                    output.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[place..<end]))
                    number += 1
                    place = end
                    continue
                }
                let isCut = end == bytes.count && lineEnd == 0
                throw problem(
                    "\(isCut ? "the input is truncated: " : "")a row has \(count) fields, not \(fields.count)", number)
            }
            if let row = try admitted(bytes, number) {
                try write(bytes, place..<end - lineEnd, row, separator: lexer.separator, &output)
                copy(bytes, end - lineEnd..<end, &output)
                written += 1
            }
            number += 1
            place = end
        }
        table.count(written, lane: lane)
    }

    func extent(of index: Int) -> Range<Int> { found[index].start..<found[index].end }

    /// What a field's quotes hold.
    private func body(_ field: CSVField, _ bytes: UnsafeRawBufferPointer) -> UnsafeBufferPointer<UInt8> {
        let range = field.isQuoted ? field.start + 1..<field.end - 1 : field.start..<field.end
        return UnsafeRawBufferPointer(rebasing: bytes[range]).bindMemory(to: UInt8.self)
    }

    func decodeContext(_ bytes: UnsafeRawBufferPointer, _ number: UInt64) -> RowContext {
        scratch.begin()
        for index in fields.indices where fields[index].isContext {
            let field = found[index]
            if field.start == field.end { continue }
            let body = body(field, bytes)
            if field.hasQuotes {
                let offset = scratch.decoded.count
                Self.decode(body, into: &scratch.decoded)
                scratch.setDecoded(index, from: offset)
            } else {
                scratch.cells[index] = .init(body)
            }
        }
        return scratch.row(number: number)
    }

    static func decode(_ body: UnsafeBufferPointer<UInt8>, into output: inout ByteBuffer) {
        var place = 0
        while place < body.count {
            output.append(body[place])
            place += body[place] == 0x22 ? 2 : 1
        }
    }

    func transform(
        _ bytes: UnsafeRawBufferPointer, _ index: Int, _ row: RowContext, _ output: inout ByteBuffer
    ) throws {
        guard let transform = fields[index].transform else { return }
        let field = found[index]
        output.append(0x22)
        let start = output.count
        var result = CellResult.null
        do throws(TransformFailure) {
            if field.start == field.end {
                if fields[index].replacesNull { result = try transform.applyToNull(row: row, into: &output) }
            } else if field.hasQuotes {
                scratch.value.removeAll()
                Self.decode(body(field, bytes), into: &scratch.value)
                result = try transform.apply(scratch.value.bytes, row: row, into: &output)
            } else {
                result = try transform.apply(body(field, bytes), row: row, into: &output)
            }
        } catch {
            throw problem(error, index, row)
        }
        guard result == .value else { return output.truncate(to: start - 1) }
        CSVRows.quote(&output, from: start, lexer.separator, always: field.isQuoted, scratch: &scratch.value)
    }

    /// Quotes what was appended since `start`, where it must be; the opening quote stands before it.
    static func quote(
        _ output: inout ByteBuffer, from start: Int, _ separator: UInt8, always: Bool, scratch: inout ByteBuffer
    ) {
        var needsQuotes = always || output.count == start
        var hasQuotes = false
        for place in start..<output.count {
            let byte = output.bytes[place]
            if byte == 0x22 { hasQuotes = true }
            if byte == 0x22 || byte == separator || byte == 0x0A || byte == 0x0D { needsQuotes = true }
        }
        if needsQuotes, !hasQuotes { return output.append(0x22) }
        scratch.removeAll()
        scratch.append(contentsOf: UnsafeBufferPointer(rebasing: output.bytes[start...]))
        output.truncate(to: needsQuotes ? start : start - 1)
        for byte in scratch.bytes {
            if byte == 0x22 { output.append(byte) }
            output.append(byte)
        }
        if needsQuotes { output.append(0x22) }
    }

    func problem(_ message: String, _ number: UInt64) -> Problem {
        Problem("row \(number + 1) after the header of \(table.schema.name): \(message)")
    }
}
