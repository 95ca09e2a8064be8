/// Remembers what short cells became: names and cities come again and again.
///
/// A cell lies where its bytes say, alone; the next one there takes its place. Where cells do not come again, nothing is
/// remembered any more. One thread at a time may use it.
final class CellMemo {
    /// In bytes: of a cell, and of what becomes of it.
    private static let longestCell = 24
    private static let longestValue = 38
    private static let count = 512

    private struct Slot {
        var cell: (UInt64, UInt64, UInt64) = (0, 0, 0)
        /// 0 where nothing lies.
        var cellCount: UInt8 = 0
        var valueCount: UInt8 = 0
        var value = InlineArray<38, UInt8>(repeating: 0)
    }

    private let slots = UnsafeMutablePointer<Slot>.allocate(capacity: count)
    private var asked = 0
    private var helped = 0
    private var isUseful = true

    init() { slots.initialize(repeating: Slot(), count: Self.count) }

    deinit { slots.deallocate() }

    /// Appends what a cell became, where that is remembered.
    ///
    /// - Returns: whether it is.
    func recall(_ cell: UnsafeBufferPointer<UInt8>, into output: inout ByteBuffer) -> Bool {
        guard isUseful, !cell.isEmpty, cell.count <= Self.longestCell else { return false }
        asked &+= 1
        let words = Self.words(cell)
        let slot = slots + Self.place(of: words, cell.count)
        guard Int(slot.pointee.cellCount) == cell.count, slot.pointee.cell == words else { return false }
        helped &+= 1
        let count = Int(slot.pointee.valueCount)
        let room = output.extend(by: count)
        for place in 0..<count { room[place] = slot.pointee.value[place] }
        return true
    }

    /// Remembers what a cell became, if both are short: what was appended to the output since it had `start` bytes.
    func remember(_ cell: UnsafeBufferPointer<UInt8>, since start: Int, _ output: borrowing ByteBuffer) {
        let count = output.count - start
        guard isUseful, cell.count <= Self.longestCell, count <= Self.longestValue, !cell.isEmpty else { return }
        if asked > 8 * Self.count, 4 * helped < asked { isUseful = false }
        let words = Self.words(cell)
        let slot = slots + Self.place(of: words, cell.count)
        slot.pointee.cell = words
        slot.pointee.cellCount = UInt8(cell.count)
        slot.pointee.valueCount = UInt8(count)
        let bytes = output.bytes
        for place in 0..<count { slot.pointee.value[place] = bytes[start + place] }
    }

    /// The bytes of a cell, and zeros.
    @inline(__always)
    private static func words(_ cell: UnsafeBufferPointer<UInt8>) -> (UInt64, UInt64, UInt64) {
        let memory = UnsafeRawBufferPointer(cell)
        func word(_ start: Int) -> UInt64 {
            if cell.count >= start + 8 { return memory.loadUnaligned(fromByteOffset: start, as: UInt64.self) }
            var word: UInt64 = 0
            var place = start
            while place < cell.count {
                word |= UInt64(cell[place]) << UInt64(8 * (place - start))
                place += 1
            }
            return word
        }
        return (word(0), word(8), word(16))
    }

    @inline(__always)
    private static func place(of words: (UInt64, UInt64, UInt64), _ count: Int) -> Int {
        var mixed = words.0 ^ UInt64(count)
        mixed = (mixed &* 0x9E37_79B9_7F4A_7C15) ^ words.1
        mixed = (mixed &* 0x9E37_79B9_7F4A_7C15) ^ words.2
        return Int(truncatingIfNeeded: (mixed &* 0x9E37_79B9_7F4A_7C15) >> 55)
    }
}
