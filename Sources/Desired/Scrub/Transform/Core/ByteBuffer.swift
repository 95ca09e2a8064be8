/// Bytes that grow, in memory that is used again: what transforms and writers append to.
///
/// An array would check and count references at every append; a scrub of a gigabyte has a hundred million of them.
///
/// Sendable unchecked: the memory has one owner, since the buffer cannot be copied.
package struct ByteBuffer: ~Copyable, @unchecked Sendable {
    private var start: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    package private(set) var count = 0

    package init(capacity: Int = 256) {
        self.capacity = max(capacity, 16)
        start = .allocate(capacity: self.capacity)
    }

    deinit {
        start.deallocate()
    }

    /// The bytes, until the next change of the buffer.
    @inline(__always) package var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: start, count: count) }

    /// The bytes, to be changed in place, until the next change of the buffer's length.
    @inline(__always) package var mutableBytes: UnsafeMutableBufferPointer<UInt8> {
        mutating get { UnsafeMutableBufferPointer(start: start, count: count) }
    }

    /// A copy, for what is not in a hurry.
    package var array: [UInt8] { Array(bytes) }

    /// Forgets the bytes and keeps the memory.
    @inline(__always) package mutating func removeAll() { count = 0 }

    /// Forgets what follows the first `count` bytes.
    @inline(__always) package mutating func truncate(to count: Int) {
        precondition(count >= 0 && count <= self.count)
        self.count = count
    }

    /// Gives memory back that one long value took.
    package mutating func shrink(to limit: Int) {
        guard capacity > limit, count <= limit else { return }
        move(to: max(limit, 16))
    }

    @inline(__always) package mutating func append(_ byte: UInt8) {
        if count == capacity { grow(by: 1) }
        start[count] = byte
        count &+= 1
    }

    @inline(__always) package mutating func append(contentsOf bytes: UnsafeBufferPointer<UInt8>) {
        guard let source = bytes.baseAddress else { return }
        if capacity &- count < bytes.count { grow(by: bytes.count) }
        (start + count).update(from: source, count: bytes.count)
        count &+= bytes.count
    }

    package mutating func append(contentsOf bytes: UnsafeRawBufferPointer) {
        append(contentsOf: bytes.bindMemory(to: UInt8.self))
    }

    package mutating func append(contentsOf bytes: [UInt8]) {
        bytes.withUnsafeBufferPointer { append(contentsOf: $0) }
    }

    package mutating func append(contentsOf text: String) {
        var text = text
        text.withUTF8 { append(contentsOf: $0) }
    }

    package mutating func append(contentsOf literal: StaticString) {
        append(contentsOf: UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }

    /// Room for `count` more bytes, which the caller writes all; they hold anything until then.
    @inline(__always) package mutating func extend(by count: Int) -> UnsafeMutablePointer<UInt8> {
        if capacity &- self.count < count { grow(by: count) }
        defer { self.count &+= count }
        return start + self.count
    }

    /// A whole number in decimal.
    package mutating func append(decimal number: UInt64) {
        var rest = number
        var length = 1
        while rest >= 10 {
            rest /= 10
            length += 1
        }
        append(decimal: number, width: length)
    }

    /// The last `width` decimal digits of a number, zeros before it.
    @inline(__always) package mutating func append(decimal number: UInt64, width: Int) {
        let place = extend(by: width)
        var rest = number
        var index = width &- 1
        while index >= 0 {
            let next = rest / 10
            place[index] = 0x30 &+ UInt8(truncatingIfNeeded: rest &- next &* 10)
            rest = next
            index &-= 1
        }
    }

    @inline(never) private mutating func grow(by added: Int) {
        move(to: max(2 * capacity, count + added))
    }

    private mutating func move(to capacity: Int) {
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        larger.update(from: start, count: count)
        start.deallocate()
        start = larger
        self.capacity = capacity
    }
}
