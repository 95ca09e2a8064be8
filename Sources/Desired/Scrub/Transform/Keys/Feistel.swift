import Crypto

/// A keyed permutation of pairs (l, r) with l below `width` and r below `height`, under which no pair stays.
///
/// It is Q⁻¹ ∘ next ∘ Q, where Q is a Feistel network of five rounds over AES whose halves are added to modulo their
/// bounds (as in FF1, NIST SP 800-38G, which works on strings), and `next` counts the pairs through in one circle. So
/// it is itself one circle through all pairs, in an order that only the key tells: a fixed point cannot be, and walking
/// on until a pair is inside a part of the domain leaves one circle through that part.
final class Feistel {
    /// The most that `width` and `height` may be.
    static let limit = UInt64(1) << 62

    private let cipher: AESBlock

    init(_ key: DomainKey) {
        cipher = AESBlock(key: key.permutation)
    }

    /// The pair after this one in the circle of `width` times `height` pairs.
    ///
    /// - Parameter tweak: different ones give unrelated permutations; 56 bits of it count.
    func next(_ left: inout UInt64, _ right: inout UInt64, width: UInt64, height: UInt64, tweak: UInt64) {
        var l = left
        var r = right
        add(&l, r, 0, tweak, width)
        add(&r, l, 1, tweak, height)
        add(&l, r, 2, tweak, width)
        add(&r, l, 3, tweak, height)
        add(&l, r, 4, tweak, width)
        r &+= 1
        if r == height {
            r = 0
            l = l &+ 1 == width ? 0 : l &+ 1
        }
        subtract(&l, r, 4, tweak, width)
        subtract(&r, l, 3, tweak, height)
        subtract(&l, r, 2, tweak, width)
        subtract(&r, l, 1, tweak, height)
        subtract(&l, r, 0, tweak, width)
        left = l
        right = r
    }

    @inline(__always)
    private func add(_ half: inout UInt64, _ other: UInt64, _ round: UInt64, _ tweak: UInt64, _ bound: UInt64) {
        let sum = half &+ number(other, round, tweak, below: bound)
        half = sum >= bound ? sum &- bound : sum
    }

    @inline(__always)
    private func subtract(_ half: inout UInt64, _ other: UInt64, _ round: UInt64, _ tweak: UInt64, _ bound: UInt64) {
        let number = number(other, round, tweak, below: bound)
        half = half >= number ? half &- number : half &+ bound &- number
    }

    /// The round's function: AES of the other half, the round and the tweak.
    @inline(__always)
    private func number(_ half: UInt64, _ round: UInt64, _ tweak: UInt64, below bound: UInt64) -> UInt64 {
        var block = (half, tweak << 8 | round)
        withUnsafeMutableBytes(of: &block) { memory in
            if let start = memory.baseAddress { cipher.encrypt(start) }
        }
        return Pseudorandom(high: block.0, low: block.1).below(bound)
    }
}
