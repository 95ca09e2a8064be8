import Testing

@testable import Scrub

@Suite struct PermutationTests {
    private static func key(_ seed: UInt8) -> DomainKey {
        ScrubKeys(environment: [UInt8](repeating: seed, count: 32)).domain("people")
    }

    /// Domains on either side of where the form changes.
    @Test(arguments: [2, 3, 10, 90, 97, 4096, 65_535, 65_536, 65_537, 90_000, 100_003])
    func `every number has one image, none its own, and all are one circle`(count: Int) {
        let permutation = Permutation(Self.key(1), count: UInt64(count), tweak: 7)
        var seen = [Bool](repeating: false, count: count)
        var number: UInt64 = 0
        var steps = 0
        repeat {
            number = permutation.image(of: number)
            guard number < UInt64(count), !seen[Int(number)] else { break }
            seen[Int(number)] = true
            steps += 1
        } while number != 0
        #expect(steps == count)
    }

    @Test(arguments: [(1, 2), (7, 11), (11, 7), (256, 3), (100, 100)])
    func `pairs are one circle through rounds of AES as well`(width: UInt64, height: UInt64) {
        let feistel = Feistel(Self.key(2))
        var (left, right): (UInt64, UInt64) = (0, 0)
        var seen: Set<UInt64> = []
        repeat {
            feistel.next(&left, &right, width: width, height: height, tweak: 3)
            guard left < width, right < height, seen.insert(left * height + right).inserted else { break }
        } while (left, right) != (0, 0)
        #expect(seen.count == Int(width * height))
    }

    @Test(arguments: [UInt64(1) << 32 + 1, 10_000_000_000, 1_000_000_000_000_000, 1 << 62])
    func `large domains give images within them, all different`(count: UInt64) {
        let permutation = Permutation(Self.key(3), count: count, tweak: 1)
        var images: Set<UInt64> = []
        for step in 0..<2000 as Range<UInt64> {
            let number = step * (count / 2000)
            let image = permutation.image(of: number)
            #expect(image < count && image != number)
            images.insert(image)
        }
        #expect(images.count == 2000)
    }

    @Test func `another key, another domain's key and another tweak give other permutations`() {
        let count: UInt64 = 1_000_000_007
        let keys = ScrubKeys(environment: [UInt8](repeating: 9, count: 32))
        let first = Permutation(keys.domain("a"), count: count, tweak: 0)
        let others = [
            Permutation(keys.domain("b"), count: count, tweak: 0),
            Permutation(keys.domain("a"), count: count, tweak: 1),
            Permutation(Self.key(8), count: count, tweak: 0),
        ]
        for other in others {
            let equal = (0..<10_000 as Range<UInt64>).count { first.image(of: $0) == other.image(of: $0) }
            #expect(equal <= 1)
        }
    }

    /// A pseudonym is as likely to be anywhere: 100 equal parts of the domain get about as many images each.
    @Test func `images spread over the domain`() {
        let count: UInt64 = 100_000_000
        let permutation = Permutation(Self.key(4), count: count, tweak: 0)
        var parts = [Int](repeating: 0, count: 100)
        for number in 0..<100_000 as Range<UInt64> { parts[Int(permutation.image(of: number) / 1_000_000)] += 1 }
        let squares = parts.reduce(0.0) { $0 + (Double($1) - 1000) * (Double($1) - 1000) / 1000 }
        // Chi-squared with 99 degrees of freedom: above 180 once in a million keys, and this key is fixed.
        #expect(squares < 180)
    }

    /// RFC 4493, section 4.
    @Test(arguments: [
        ("", "bb1d6929e95937287fa37d129b756746"),
        ("6bc1bee22e409f96e93d7e117393172a", "070a16b46b4d4144f79bdd9dd04a287c"),
        (
            "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411",
            "dfa66747de9ae63030ca32611497c827"
        ),
    ])
    func `the keyed function is AES-CMAC`(message: String, code: String) {
        func bytes(_ hex: String) -> [UInt8] {
            stride(from: 0, to: hex.count, by: 2).compactMap { place in
                UInt8(hex.dropFirst(place).prefix(2), radix: 16)
            }
        }
        let key = bytes("2b7e151628aed2a6abf7158809cf4f3c")
        let function = KeyedFunction(DomainKey(bytes: key + key))
        let value = bytes(message).withUnsafeBufferPointer { function.value(of: $0) }
        let result = withUnsafeBytes(of: (value.high, value.low)) { Array($0) }
        #expect(result == bytes(code))
    }
}
