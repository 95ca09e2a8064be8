import Glibc

/// Searches in bytes, by the C library's vector code where it has it.
package enum ByteScan {
    /// Where a byte next stands, from `start` on.
    @inline(__always)
    package static func index(of byte: UInt8, in bytes: UnsafeRawBufferPointer, from start: Int = 0) -> Int? {
        guard start < bytes.count, let base = bytes.baseAddress else { return nil }
        guard let found = memchr(base + start, Int32(byte), bytes.count - start) else { return nil }
        return UnsafeRawPointer(found) - base
    }

    /// Where a byte last stands.
    package static func lastIndex(of byte: UInt8, in bytes: UnsafeRawBufferPointer) -> Int? {
        bytes.lastIndex(of: byte)
    }

    /// Where a few bytes next stand, from `start` on.
    package static func index(of word: StaticString, in bytes: UnsafeRawBufferPointer, from start: Int = 0) -> Int? {
        let word = UnsafeRawBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        var place = start
        while let found = index(of: word[0], in: bytes, from: place) {
            guard found + word.count <= bytes.count else { return nil }
            if UnsafeRawBufferPointer(rebasing: bytes[found..<found + word.count]).elementsEqual(word) { return found }
            place = found + 1
        }
        return nil
    }

    /// How many lines end in the bytes.
    package static func lines(in bytes: UnsafeRawBufferPointer) -> Int {
        var total = 0
        var place = 0
        // Eight bytes at a time: a byte that is a newline becomes zero, and only zeros leave their highest bit clear.
        let low: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
        while place &+ 8 <= bytes.count {
            let word = bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self) ^ 0x0A0A_0A0A_0A0A_0A0A
            total &+= (~(((word & low) &+ low) | word | low)).nonzeroBitCount
            place &+= 8
        }
        while place < bytes.count {
            if bytes[place] == 0x0A { total += 1 }
            place += 1
        }
        return total
    }
}
