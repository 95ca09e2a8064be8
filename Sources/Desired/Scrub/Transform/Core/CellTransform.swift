/// What a transform wrote for a cell.
package enum CellResult: Sendable, Hashable {
    /// The value is what was appended to the output.
    case value
    /// NULL; nothing was appended.
    case null
}

/// A cell that a transform cannot take: the run stops, since neither the original nor a guess may stand there.
package struct TransformFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong with the cell, in words that hold nothing of its value.
    package var reason: String

    package init(_ reason: String) { self.reason = reason }

    package var description: String { reason }
}

/// One column's transform on one thread, bound to key, identity domain and type.
///
/// It may keep scratch memory and a cipher's context, so each thread has its own: see `TransformRecipe`.
package protocol CellTransform: AnyObject {
    /// Appends what takes a cell's place.
    ///
    /// - Parameters:
    ///   - cell: the decoded bytes of a cell that is not NULL; memory of the caller's, outside of `output`.
    ///   - row: other cells of the row, of which those that the plan's `contextColumns` name are decoded.
    /// - Throws: `TransformFailure` for a value that it cannot take; `output` may then hold half a value.
    func apply(
        _ cell: UnsafeBufferPointer<UInt8>, row: RowContext, into output: inout ByteBuffer
    ) throws(TransformFailure) -> CellResult

    /// What takes the place of NULL; asked only where the recipe says `replacesNull`.
    func applyToNull(row: RowContext, into output: inout ByteBuffer) throws(TransformFailure) -> CellResult
}

extension CellTransform {
    package func applyToNull(row: RowContext, into output: inout ByteBuffer) throws(TransformFailure) -> CellResult {
        .null
    }
}

/// How a column is transformed: a value that every thread makes its own transform from.
package protocol TransformRecipe: Sendable {
    /// What the compiler of policies may rely on.
    var traits: TransformTraits { get }

    /// A transform for the calling thread.
    func instance() -> any CellTransform
}

extension TransformRecipe {
    /// Whether NULL becomes something else.
    package var replacesNull: Bool { traits.replacesNull }
}

/// The cells of the row at hand, by the column's place in the table.
///
/// It points into memory of the engine's, and holds only while the row is at hand.
package struct RowContext {
    /// One cell: no address for NULL, and for cells that the plan did not ask for.
    package struct Cell {
        package var start: UnsafePointer<UInt8>?
        package var count: Int

        package init(start: UnsafePointer<UInt8>?, count: Int) {
            self.start = start
            self.count = count
        }

        package init(_ bytes: UnsafeBufferPointer<UInt8>) {
            start = bytes.baseAddress
            count = bytes.count
        }

        package static var null: Cell { Cell(start: nil, count: 0) }
    }

    private let cells: UnsafeBufferPointer<Cell>
    /// The row's number in its table's stream, from 0.
    package let number: UInt64

    package init(cells: UnsafeBufferPointer<Cell>, number: UInt64) {
        self.cells = cells
        self.number = number
    }

    /// No other cells: for values that stand alone.
    package static var none: RowContext { RowContext(cells: UnsafeBufferPointer(start: nil, count: 0), number: 0) }

    /// The cell of a column as the input has it, before any transform; nil for NULL. An empty text has an address too.
    @inline(__always) package func cell(_ column: Int) -> UnsafeBufferPointer<UInt8>? {
        guard column < cells.count, let start = cells[column].start else { return nil }
        return UnsafeBufferPointer(start: start, count: cells[column].count)
    }
}
