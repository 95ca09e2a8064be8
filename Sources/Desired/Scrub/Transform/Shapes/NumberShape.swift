/// Digits become others, as many as there were: a bijection of the numbers of one length.
///
/// A number keeps its first digit's being zero or not, so that the same number has the same pseudonym as text, as an
/// integer and in JSON.
final class NumberShape {
    private let key: DomainKey
    private let largest: UInt64?
    /// For each count of digits two: of numbers without and with a leading zero.
    private var permutations = [Permutation?](repeating: nil, count: 40)
    private static let powers: [UInt64] = (0..<19).map { power in (0..<power).reduce(1) { number, _ in number * 10 } }

    /// - Parameter largest: no number above it may come in or out.
    init(_ key: DomainKey, largest: UInt64? = nil) {
        self.key = key
        self.largest = largest
    }

    /// The most digits that one number may have.
    static let longest = 18

    /// What takes the place of a number of `length` digits, zeros before it included; nil above the largest.
    @inline(__always)
    func image(of number: UInt64, length: Int) -> UInt64? {
        let low = Self.powers[length - 1]
        let hasZero = number < low
        let base = hasZero || length == 1 ? 0 : low
        if let largest {
            if number > largest { return nil }
            // No id is 0, and databases number rows anew that say it is.
            if length == 1 { return number == 0 ? 0 : 1 &+ permutation(1, hasZero: false).image(of: number &- 1) }
        }
        return base &+ permutation(length, hasZero: hasZero && length > 1).image(of: number &- base)
    }

    @inline(__always)
    private func permutation(_ length: Int, hasZero: Bool) -> Permutation {
        permutations[2 * length + (hasZero ? 1 : 0)] ?? made(length, hasZero: hasZero)
    }

    @inline(never)
    private func made(_ length: Int, hasZero: Bool) -> Permutation {
        let low = Self.powers[length - 1]
        var count = hasZero ? low : length == 1 ? 10 : 9 * low
        if let largest { count = length == 1 ? min(9, largest) : min(count, largest - (hasZero ? 0 : low) + 1) }
        let permutation = Permutation(key, count: count, tweak: UInt64(length) << 1 | (hasZero ? 1 : 0))
        permutations[2 * length + (hasZero ? 1 : 0)] = permutation
        return permutation
    }

    /// The largest number that takes the place of one as long as `number`: what a sequence must count on from.
    static func ceiling(of number: UInt64, largest: UInt64?) -> UInt64 {
        var power: UInt64 = 10
        while power <= number, power < 1_000_000_000_000_000_000 { power *= 10 }
        return min(power - 1, largest ?? .max)
    }
}
