/// Looks for bytes of some kind eight at a time: in most values there is none.
enum ByteTest {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highs: UInt64 = 0x8080_8080_8080_8080

    /// Not 0 when one of eight bytes is below a bound, which is 0x80 at most.
    @inline(__always)
    static func below(_ bound: UInt8, _ word: UInt64) -> UInt64 {
        (word &- ones &* UInt64(bound)) & ~word & highs
    }

    /// Not 0 when one of eight bytes is this one.
    @inline(__always)
    static func equal(_ byte: UInt8, _ word: UInt64) -> UInt64 {
        below(1, word ^ (ones &* UInt64(byte)))
    }

    /// Whether a test says so of some of the bytes from `start` on.
    ///
    /// - Parameter test: not 0 when one of eight bytes is looked for; 0x7F never is.
    @inline(__always)
    static func any(
        in bytes: UnsafeBufferPointer<UInt8>, from start: Int = 0, _ test: (_ word: UInt64) -> UInt64
    ) -> Bool {
        let memory = UnsafeRawBufferPointer(bytes)
        var place = start
        while place &+ 8 <= bytes.count {
            if test(memory.loadUnaligned(fromByteOffset: place, as: UInt64.self)) != 0 { return true }
            place &+= 8
        }
        if place == bytes.count { return false }
        // The last eight once more, or so few as there are.
        if bytes.count &- start >= 8 {
            return test(memory.loadUnaligned(fromByteOffset: bytes.count &- 8, as: UInt64.self)) != 0
        }
        var rest: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
        while place < bytes.count {
            rest = rest << 8 | UInt64(bytes[place])
            place &+= 1
        }
        return test(rest) != 0
    }
}
