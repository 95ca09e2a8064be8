/// `card`: another payment card's number of the same length, network and form. A number whose check digit is right
/// (ISO/IEC 7812-1) becomes one whose check digit is right.
final class CardTransform: CellTransform {
    private let key: DomainKey
    private let other: DigitsTransform
    private var permutations = [Permutation?](repeating: nil, count: 20)

    init(_ key: DomainKey) {
        self.key = key
        other = DigitsTransform(DigitsRecipe(key, identity: ""))
    }

    func apply(
        _ cell: UnsafeBufferPointer<UInt8>, row: RowContext, into output: inout ByteBuffer
    ) throws(TransformFailure) -> CellResult {
        var number: UInt64 = 0
        var count = 0
        for byte in cell where byte.isDigit {
            if count < 19 { number = number &* 10 &+ UInt64(byte &- 0x30) }
            count &+= 1
        }
        // What is no card's number by its length is a number all the same.
        guard (8...19).contains(count) else { return try other.apply(cell, row: row, into: &output) }
        let payload = number / 10
        let offset = (number % 10 &+ 10 &- Self.check(payload, count &- 1)) % 10
        var power: UInt64 = 1
        for _ in 0..<(count - 2) { power &*= 10 }
        let network = payload / power
        let image = network &* power &+ permutation(count, power).image(of: payload &- network &* power)
        let check = (Self.check(image, count &- 1) &+ offset) % 10
        write(image, check, count, over: cell, &output)
        return .value
    }

    private func permutation(_ count: Int, _ power: UInt64) -> Permutation {
        if let known = permutations[count] { return known }
        let made = Permutation(key, count: power, tweak: 0xCA << 24 | UInt64(count))
        permutations[count] = made
        return made
    }

    /// The check digit that belongs to a payload of `count` digits.
    private static func check(_ payload: UInt64, _ count: Int) -> UInt64 {
        var rest = payload
        var sum: UInt64 = 0
        for place in 0..<count {
            let next = rest / 10
            let digit = rest &- next &* 10
            rest = next
            let weighed = place & 1 == 0 ? 2 &* digit : digit
            sum &+= weighed > 9 ? weighed &- 9 : weighed
        }
        return (10 &- sum % 10) % 10
    }

    private func write(
        _ payload: UInt64, _ check: UInt64, _ count: Int, over cell: UnsafeBufferPointer<UInt8>,
        _ output: inout ByteBuffer
    ) {
        let start = output.count
        output.append(contentsOf: cell)
        let written = output.mutableBytes
        var rest = payload
        var isCheck = true
        for place in (0..<cell.count).reversed() where cell[place].isDigit {
            let next = isCheck ? rest : rest / 10
            written[start + place] = 0x30 &+ UInt8(truncatingIfNeeded: isCheck ? check : rest &- next &* 10)
            rest = next
            isCheck = false
        }
    }
}
