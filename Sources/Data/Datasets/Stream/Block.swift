import Glibc
import Synchronization

/// Bytes of the input that one thread works on: copied out of the window, and used again when done with.
///
/// Sendable unchecked: a block has one holder at a time, who hands it on through the belt's locks.
package final class Block: @unchecked Sendable {
    private var memory: UnsafeMutableRawPointer
    private var capacity: Int
    package private(set) var count = 0
    /// The number of the first row in it, in its table's stream, from 0.
    package var firstRow: UInt64 = 0

    package init(capacity: Int = 64 << 10) {
        self.capacity = capacity
        memory = .allocate(byteCount: capacity, alignment: 64)
    }

    deinit { memory.deallocate() }

    package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: memory, count: count) }

    package func removeAll() { count = 0 }

    /// Adds bytes at the end.
    package func append(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress, !bytes.isEmpty else { return }
        if capacity - count < bytes.count { grow(to: count + bytes.count) }
        (memory + count).copyMemory(from: base, byteCount: bytes.count)
        count += bytes.count
    }

    package func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    package func append(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { append($0) }
    }

    private func grow(to wanted: Int) {
        let wider = max(wanted, min(capacity * 2, capacity + (8 << 20)))
        let moved = UnsafeMutableRawPointer.allocate(byteCount: wider, alignment: 64)
        moved.copyMemory(from: memory, byteCount: count)
        memory.deallocate()
        memory = moved
        capacity = wider
    }

    /// Whether the block grew so large that keeping it would cost more than making another.
    fileprivate var isOversized: Bool { capacity > 4 << 20 }
}

/// Blocks that wait to be used again.
package final class BlockPool: Sendable {
    private let idle = Mutex<[Block]>([])

    package init() {}

    package func take() -> Block {
        idle.withLock { $0.popLast() } ?? Block(capacity: 640 << 10)
    }

    package func giveBack(_ block: Block) {
        guard !block.isOversized else { return }
        block.removeAll()
        idle.withLock { if $0.count < 16 { $0.append(block) } }
    }
}
