import Testing

@testable import Scrub

@Suite struct CellFingerprintTests {
    private static let key = DomainKey(bytes: Array(0..<32))

    private static func value(_ bytes: [UInt8], _ key: DomainKey = key) -> UInt64 {
        bytes.withUnsafeBufferPointer { CellFingerprint(key).value(of: $0) }
    }

    /// Values that the paper's authors give for the key 00 01 … 0F and texts 00 01 02 ….
    @Test(
        arguments: [
            (0, 0x726f_db47_dd0e_0e31), (1, 0x74f8_39c5_93dc_67fd), (8, 0x93f5_f579_9a93_2462),
            (15, 0xa129_ca61_49be_45e5),
        ] as [(Int, UInt64)])
    func `it is SipHash-2-4`(count: Int, expected: UInt64) {
        #expect(Self.value((0..<count).map(UInt8.init)) == expected)
    }

    @Test func `texts, lengths and keys differ`() {
        var seen: Set<UInt64> = []
        for length in 0...64 { seen.insert(Self.value([UInt8](repeating: 0, count: length))) }
        for length in 1...64 { seen.insert(Self.value([UInt8](repeating: 0, count: length - 1) + [1])) }
        seen.insert(Self.value([], DomainKey(bytes: Array(1..<33))))
        #expect(seen.count == 130)
    }
}
