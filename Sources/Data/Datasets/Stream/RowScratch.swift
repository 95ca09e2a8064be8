package import Scrub

/// Memory for the cells of the row at hand: where they lie, and those that had to be decoded.
///
/// Decoded cells are remembered by offset until all are there, since their memory moves as it grows.
package final class RowScratch {
    package let cells: UnsafeMutableBufferPointer<RowContext.Cell>
    private let offsets: UnsafeMutableBufferPointer<Int>
    package var decoded = ByteBuffer(capacity: 4096)
    package var value = ByteBuffer(capacity: 1024)
    private let columns: Int

    package init(columns: Int) {
        self.columns = columns
        cells = .allocate(capacity: max(columns, 1))
        cells.initialize(repeating: .null)
        offsets = .allocate(capacity: max(columns, 1))
        offsets.initialize(repeating: -1)
    }

    deinit {
        cells.deallocate()
        offsets.deallocate()
    }

    /// Forgets the last row's cells.
    package func begin() {
        if decoded.count > 0 { decoded.removeAll() }
        for index in 0..<columns {
            cells[index] = .null
            offsets[index] = -1
        }
    }

    /// Remembers a cell that is what was added to `decoded` from `offset` on.
    package func setDecoded(_ column: Int, from offset: Int) {
        offsets[column] = offset
        cells[column].count = decoded.count - offset
    }

    /// The row, once all cells are remembered.
    package func row(number: UInt64) -> RowContext {
        let base = decoded.bytes.baseAddress
        for index in 0..<columns where offsets[index] >= 0 {
            cells[index].start = base.map { $0 + offsets[index] }
        }
        return RowContext(cells: UnsafeBufferPointer(cells), number: number)
    }
}
