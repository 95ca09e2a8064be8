package import Document
import Glibc

/// Fills a buffer with the next bytes and answers how many; 0 at the end. May block.
package typealias InputSource = (UnsafeMutableRawBufferPointer) throws -> Int

/// An input seen through a window that slides over it: what is in memory is what was read and not yet consumed.
///
/// Pointers into the window are good until the next `more`. Not `Sendable`: one thread at a time.
package final class InputWindow {
    /// What messages call the input.
    package let name: String
    /// How many bytes of rows are taken at a time.
    let blockSize: Int
    private let source: InputSource
    private let step: Int
    private var memory: UnsafeMutableRawPointer
    private var capacity: Int
    private var start = 0
    private var end = 0
    /// Whether the source has no more bytes.
    package private(set) var isAtEnd = false
    /// Bytes consumed so far.
    package private(set) var offset = 0
    /// Lines consumed so far, counted by their ends.
    package private(set) var line = 1

    /// - Parameters:
    ///   - step: how many bytes to read at a time.
    ///   - blockSize: how many bytes of rows to take at a time.
    package init(
        named name: String, step: Int = 1 << 20, blockSize: Int = 512 << 10, _ source: @escaping InputSource
    ) {
        self.name = name
        self.blockSize = blockSize
        self.source = source
        self.step = step
        capacity = step
        memory = .allocate(byteCount: capacity, alignment: 64)
    }

    deinit { memory.deallocate() }

    /// How many bytes the window shows.
    package var count: Int { end - start }

    /// What the window shows.
    package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: memory + start, count: end - start) }

    /// Widens the window by what one reading gives.
    ///
    /// - Returns: false at the input's end.
    package func more() throws -> Bool {
        if isAtEnd { return false }
        makeRoom()
        let count = try source(UnsafeMutableRawBufferPointer(start: memory + end, count: capacity - end))
        if count == 0 { isAtEnd = true }
        end += count
        return count > 0
    }

    /// Widens the window until it shows so many bytes or the input ends.
    ///
    /// - Returns: whether it shows them.
    @discardableResult
    package func require(_ wanted: Int) throws -> Bool {
        while count < wanted { guard try more() else { return false } }
        return true
    }

    /// Widens the window to twice what it shows, so that looking through it anew costs no more than reading.
    ///
    /// - Returns: false at the input's end.
    package func widen() throws -> Bool {
        let shown = count
        try require(max(2 * shown, 1))
        return count > shown
    }

    /// Leaves bytes at the window's beginning behind.
    package func consume(_ count: Int) {
        line += ByteScan.lines(in: UnsafeRawBufferPointer(start: memory + start, count: count))
        start += count
        offset += count
    }

    /// Where a byte of the window stands in the input.
    package func origin(at index: Int = 0) -> Origin {
        let before = UnsafeRawBufferPointer(start: memory + start, count: min(index, count))
        return Origin(SourceFile(name), line: line + ByteScan.lines(in: before), column: 1)
    }

    private func makeRoom() {
        // What is left moves to the front when that costs less than what it makes room for.
        if start > 0, start == end || (capacity - end < step && start >= end - start) {
            memory.copyMemory(from: memory + start, byteCount: end - start)
            end -= start
            start = 0
        }
        guard capacity - end < step / 4 else { return }
        let wider = UnsafeMutableRawPointer.allocate(byteCount: max(capacity * 2, end - start + step), alignment: 64)
        wider.copyMemory(from: memory + start, byteCount: end - start)
        memory.deallocate()
        capacity = max(capacity * 2, end - start + step)
        memory = wider
        end -= start
        start = 0
    }
}
