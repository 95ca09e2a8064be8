import Document
import Scrub

/// What the forms of rows have in common: what is kept is copied by range, neighbours in one go, and only cells that are
/// transformed or read are decoded. A form tells where its cells stand in the row at hand, and how one is written.
protocol RowEditor: RowWork {
    var table: TableStream { get }
    var fields: [FieldWork] { get }
    /// Whether any field is left out, and whether any is read besides its own transform.
    var hasDrops: Bool { get }
    var needsContext: Bool { get }

    /// Where the cell of a field stands in the row at hand, with its quotes.
    func extent(of index: Int) -> Range<Int>

    /// Decodes the cells that transforms and the rows' filter read.
    func decodeContext(_ bytes: UnsafeRawBufferPointer, _ number: UInt64) throws -> RowContext

    /// Appends what becomes of a cell, as the form writes it.
    func transform(
        _ bytes: UnsafeRawBufferPointer, _ index: Int, _ row: RowContext, _ output: inout ByteBuffer) throws

    /// - Parameter number: the row's, from 0.
    func problem(_ message: String, _ number: UInt64) -> Problem
}

extension RowEditor {
    /// The row at hand; nil when it is left out.
    @inline(__always)
    func admitted(_ bytes: UnsafeRawBufferPointer, _ number: UInt64) throws -> RowContext? {
        let row = needsContext ? try decodeContext(bytes, number) : RowContext.bare(number)
        if let filter = table.plan.rows, !filter.keeps(row) { return nil }
        return row
    }

    /// Appends what becomes of the row that stands at a range.
    @inline(__always)
    func write(
        _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, _ row: RowContext, separator: UInt8,
        _ output: inout ByteBuffer
    ) throws {
        if hasDrops { return try rebuild(bytes, row, separator, &output) }
        var copied = range.lowerBound
        for index in fields.indices where fields[index].action == .transform {
            let cell = extent(of: index)
            copy(bytes, copied..<cell.lowerBound, &output)
            try transform(bytes, index, row, &output)
            copied = cell.upperBound
        }
        copy(bytes, copied..<range.upperBound, &output)
    }

    /// Writes a row of which cells are left out.
    private func rebuild(
        _ bytes: UnsafeRawBufferPointer, _ row: RowContext, _ separator: UInt8, _ output: inout ByteBuffer
    ) throws {
        var isFirst = true
        for index in fields.indices where fields[index].action != .drop {
            if !isFirst { output.append(separator) }
            isFirst = false
            if fields[index].action == .keep {
                copy(bytes, extent(of: index), &output)
            } else {
                try transform(bytes, index, row, &output)
            }
        }
    }

    @inline(__always)
    func copy(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, _ output: inout ByteBuffer) {
        if !range.isEmpty { output.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[range])) }
    }

    /// What a cell's transform could not take.
    func problem(_ failure: TransformFailure, _ index: Int, _ row: RowContext) -> Problem {
        problem("column \(table.schema.columns[fields[index].column].name): \(failure.reason)", row.number)
    }

    func problem(_ message: String, _ number: UInt64) -> Problem {
        Problem("row \(number + 1) of \(table.schema.name): \(message)")
    }
}

extension RowContext {
    /// A row of which no other cell is wanted.
    @inline(__always)
    static func bare(_ number: UInt64) -> RowContext {
        RowContext(cells: UnsafeBufferPointer(start: nil, count: 0), number: number)
    }
}
