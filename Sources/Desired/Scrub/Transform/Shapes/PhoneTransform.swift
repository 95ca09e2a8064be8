/// `phone`: a number of the same form that nobody has, since no country's and no area's code begins with a zero.
///
/// The first digit that is not zero becomes one, the rest is permuted. So it is a bijection of the numbers that share
/// their first digit, as those of one country do; where all numbers must stay apart, `DigitsRecipe` keeps the country.
final class PhoneTransform: CellTransform {
    private let key: DomainKey
    /// What takes the place of extensions, short numbers and texts.
    private let other: DigitsTransform
    private var permutations = [Permutation?](repeating: nil, count: NumberShape.longest + 1)
    /// How far each first digit moves the image.
    private let moves: [UInt64]
    private static let powers: [UInt64] = (0...18).map { power in (0..<power).reduce(1) { number, _ in number * 10 } }

    init(_ key: DomainKey) {
        self.key = key
        other = DigitsTransform(DigitsRecipe(key, identity: ""))
        var draws = Draws(key, tweak: 0, purpose: 0xD0)
        moves = (0..<10).map { _ in draws.next(below: 1 << 32) << 24 | draws.next(below: 1 << 24) }
    }

    func apply(
        _ cell: UnsafeBufferPointer<UInt8>, row: RowContext, into output: inout ByteBuffer
    ) throws(TransformFailure) -> CellResult {
        var number: UInt64 = 0
        var count = 0
        var first: UInt8 = 0
        var firstPlace = 0
        for place in 0..<cell.count where cell[place].isDigit {
            let digit = cell[place] &- 0x30
            if first == 0 {
                first = digit
                firstPlace = place
            } else {
                number = number &* 10 &+ UInt64(digit)
                count &+= 1
            }
        }
        guard (5...17).contains(count) else { return try other.apply(cell, row: row, into: &output) }
        let power = Self.powers[count]
        let sum = permutation(count).image(of: number) &+ moves[Int(first)] % power
        let start = output.count
        output.append(contentsOf: cell)
        let written = output.mutableBytes
        written[start + firstPlace] = 0x30
        var rest = sum >= power ? sum &- power : sum
        var place = cell.count
        while count > 0 {
            place &-= 1
            guard cell[place].isDigit else { continue }
            let next = rest / 10
            written[start + place] = 0x30 &+ UInt8(truncatingIfNeeded: rest &- next &* 10)
            rest = next
            count &-= 1
        }
        return .value
    }

    private func permutation(_ count: Int) -> Permutation {
        if let known = permutations[count] { return known }
        let made = Permutation(key, count: Self.powers[count], tweak: 0x50 << 24 | UInt64(count))
        permutations[count] = made
        return made
    }
}
