import Testing

@testable import Datasets

@Suite struct ByteTestTests {
    /// Texts of up to 20 bytes, with one byte of each value at each place.
    @Test func `a byte is found wherever it stands, and no other is taken for it`() {
        for length in 0...20 {
            for place in 0...length {
                for value in UInt8.min...UInt8.max {
                    var bytes = [UInt8](repeating: 0x61, count: length)
                    if place < length { bytes[place] = value }
                    bytes.withUnsafeBufferPointer { bytes in
                        let isBelow = ByteTest.any(in: bytes) { ByteTest.below(0x0E, $0) }
                        let isEqual = ByteTest.any(in: bytes) { ByteTest.equal(0xC3, $0) }
                        let isLater = ByteTest.any(in: bytes, from: min(3, length)) { ByteTest.equal(0x5C, $0) }
                        let isThere = place < length
                        if isBelow != (isThere && value < 0x0E) || isEqual != (isThere && value == 0xC3)
                            || isLater != (isThere && value == 0x5C && place >= 3)
                        {
                            Issue.record("\(value) at \(place) of \(length)")
                        }
                    }
                }
            }
        }
    }
}
