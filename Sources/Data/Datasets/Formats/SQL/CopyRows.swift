import Document
import Scrub

/// Rewrites rows of COPY's text form on one lane.
final class CopyRows: RowEditor {
    let table: TableStream
    private let lane: Int
    let fields: [FieldWork]
    let hasDrops: Bool
    let needsContext: Bool
    /// Where each cell begins, and one past the row's end.
    private let starts: UnsafeMutableBufferPointer<Int>
    /// Whether the row at hand has a backslash: most have none, and their cells are what they say.
    private var hasEscapes = false
    private let scratch: RowScratch

    /// - Parameter columns: the places in the schema of the columns that a row holds.
    init(_ table: TableStream, columns: [Int], lane: Int) {
        self.table = table
        self.lane = lane
        fields = FieldWork.fields(of: table, columns: columns, lane: lane)
        hasDrops = fields.contains { $0.action == .drop }
        needsContext = fields.contains { $0.isContext } || table.plan.rows != nil
        starts = .allocate(capacity: columns.count + 1)
        scratch = RowScratch(columns: table.schema.columns.count)
    }

    deinit { starts.deallocate() }

    func rewrite(_ block: Block, into output: inout ByteBuffer) throws {
        let bytes = block.bytes
        var place = 0
        var number = block.firstRow
        var written = 0
        while place < bytes.count {
            guard let newline = ByteScan.index(of: 0x0A, in: bytes, from: place) else {
                throw problem("a row has no end", number)
            }
            let isWindows = newline > place && bytes[newline - 1] == 0x0D
            let end = isWindows ? newline - 1 : newline
            try split(bytes, place, end, number)
            if let row = try admitted(bytes, number) {
                try write(bytes, place..<end, row, separator: 0x09, &output)
                output.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[end...newline]))
                written += 1
            }
            number += 1
            place = newline + 1
        }
        table.count(written, lane: lane)
    }

    /// Finds the cells.
    @inline(__always)
    private func split(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int, _ number: UInt64) throws {
        let row = UnsafeRawBufferPointer(rebasing: bytes[..<end])
        hasEscapes = ByteScan.index(of: 0x5C, in: row, from: start) != nil
        var place = start
        var count = 0
        while count < fields.count {
            starts[count] = place
            count += 1
            guard let tab = ByteScan.index(of: 0x09, in: row, from: place) else {
                place = end + 1
                break
            }
            place = tab + 1
        }
        guard count == fields.count, place == end + 1 else {
            // A table without columns has empty rows.
            if fields.isEmpty, start == end { return }
            throw problem("a row has \(place == end + 1 ? "\(count)" : "more") cells, not \(fields.count)", number)
        }
        starts[count] = place
    }

    @inline(__always)
    func extent(of index: Int) -> Range<Int> { starts[index]..<starts[index + 1] - 1 }

    @inline(__always)
    private func cell(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> UnsafeBufferPointer<UInt8> {
        UnsafeRawBufferPointer(rebasing: bytes[extent(of: index)]).bindMemory(to: UInt8.self)
    }

    /// Whether a cell is what it says.
    @inline(__always)
    private func isPlain(_ cell: UnsafeBufferPointer<UInt8>) -> Bool {
        !hasEscapes || ByteScan.index(of: 0x5C, in: UnsafeRawBufferPointer(cell)) == nil
    }

    func decodeContext(_ bytes: UnsafeRawBufferPointer, _ number: UInt64) -> RowContext {
        scratch.begin()
        for index in fields.indices where fields[index].isContext {
            let cell = cell(bytes, index)
            if CopyText.isNull(cell) { continue }
            let column = fields[index].column
            if isPlain(cell) {
                scratch.cells[column] = .init(cell)
            } else {
                let offset = scratch.decoded.count
                CopyText.decode(cell, into: &scratch.decoded)
                scratch.setDecoded(column, from: offset)
            }
        }
        return scratch.row(number: number)
    }

    /// Appends what becomes of a cell, escaped.
    func transform(
        _ bytes: UnsafeRawBufferPointer, _ index: Int, _ row: RowContext, _ output: inout ByteBuffer
    ) throws {
        guard let transform = fields[index].transform else { return }
        let cell = cell(bytes, index)
        let start = output.count
        var result = CellResult.null
        do throws(TransformFailure) {
            if CopyText.isNull(cell) {
                if fields[index].replacesNull { result = try transform.applyToNull(row: row, into: &output) }
            } else if isPlain(cell) {
                result = try transform.apply(cell, row: row, into: &output)
            } else {
                scratch.value.removeAll()
                CopyText.decode(cell, into: &scratch.value)
                result = try transform.apply(scratch.value.bytes, row: row, into: &output)
            }
        } catch {
            throw problem(error, index, row)
        }
        if case .null = result {
            output.append(contentsOf: "\\N")
        } else if CopyText.needsEscape(output, from: start) {
            CopyText.escape(&output, from: start, scratch: &scratch.value)
        }
    }
}
