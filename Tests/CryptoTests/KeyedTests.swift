import Crypto
import Testing

@Suite struct KeyedTests {
    /// Key, data and code of RFC 4231's cases 1, 2, 3 and 6.
    @Test(arguments: [
        (
            [UInt8](repeating: 0x0b, count: 20), Array("Hi There".utf8),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            [UInt8](repeating: 0xaa, count: 20), [UInt8](repeating: 0xdd, count: 50),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
        ),
        (
            [UInt8](repeating: 0xaa, count: 131), Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
    ])
    func `gives RFC 4231's codes`(key: [UInt8], data: [UInt8], code: String) {
        #expect(Hex.encode(HMAC.sha256(data, key: key)) == code)
    }

    @Test func `gives RFC 5869's keys`() throws {
        let info = String(decoding: [] as [UInt8], as: UTF8.self)
        let secret = [UInt8](repeating: 0x0b, count: 22)
        #expect(
            Hex.encode(try HKDF.derive(from: secret, info: info, count: 42))
                == "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8")
    }

    @Test func `refuses more key than RFC 5869 gives`() {
        #expect(throws: CryptoError.self) { try HKDF.derive(from: [1], info: "", count: 8161) }
    }

    @Test func `draws other bytes each time`() throws {
        let first = try Random.bytes(32)
        #expect(first.count == 32)
        #expect(try Random.bytes(32) != first)
        #expect(try Random.bytes(0).isEmpty)
    }

    @Test func `compares whole strings`() {
        #expect(ConstantTime.equal([1, 2], [1, 2]))
        #expect(!ConstantTime.equal([1, 2], [1, 3]))
        #expect(!ConstantTime.equal([1, 2], [1]))
        #expect(ConstantTime.equal([], []))
    }
}
