import Crypto
import Testing

@Suite struct DigestTests {
    @Test(arguments: [
        (Digest.Algorithm.sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            .sha512,
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
        ),
    ])
    func `gives FIPS 180-4's results for abc`(algorithm: Digest.Algorithm, hex: String) {
        #expect(Digest.of(Array("abc".utf8), by: algorithm).hex == hex)
        #expect(Digest.of([], by: algorithm).bytes.count == algorithm.byteCount)
    }

    @Test func `is the same in pieces as at once`() {
        let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        for piece in [1, 63, 64, 65, 4096] {
            let stream = DigestStream(.sha256)
            for start in stride(from: 0, to: bytes.count, by: piece) {
                stream.update(bytes[start..<min(start + piece, bytes.count)])
            }
            #expect(stream.finish() == Digest.sha256(bytes))
        }
    }

    @Test func `goes two ways from a copy`() {
        let stream = DigestStream(.sha256)
        stream.update(Array("a".utf8))
        let other = stream.copy()
        stream.update(Array("b".utf8))
        other.update(Array("c".utf8))
        #expect(stream.finish() == Digest.sha256("ab"))
        #expect(other.finish() == Digest.sha256("ac"))
    }

    @Test func `reads what it writes`() throws {
        let digest = Digest.sha256("belay")
        #expect(Digest(digest.description) == digest)
        #expect(digest.description.hasPrefix("sha256:"))
    }

    @Test(arguments: [
        "", "sha256", "sha256:", "sha256:00", "md5:d41d8cd98f00b204e9800998ecf8427e",
        "sha256:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
        "sha256:../../../../../../../../../../../../../../../../../../../../../etc",
    ])
    func `refuses what is no digest`(text: String) {
        #expect(Digest(text) == nil)
    }
}
