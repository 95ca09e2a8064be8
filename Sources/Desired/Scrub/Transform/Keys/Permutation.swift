import Crypto

/// A keyed permutation of the numbers below `count`, under which no number stays, unless it is the only one.
///
/// Up to 65,536 numbers it is a table, drawn from all circles alike (Sattolo's shuffle); up to 2^32 the rounds of the
/// Feistel network are tables; beyond, each round is a block of AES.
package final class Permutation {
    /// The most numbers that one can have.
    static let limit = UInt64(1) << 62

    package let count: UInt64
    private let form: Form

    private enum Form {
        case only
        case table([UInt16])
        case tables(RoundTables)
        case network(Feistel, width: UInt64, height: UInt64)
    }

    /// - Parameter tweak: different ones give unrelated permutations; 56 bits of it count.
    package init(_ key: DomainKey, count: UInt64, tweak: UInt64) {
        precondition(count > 0 && count <= Self.limit)
        self.count = count
        self.tweak = tweak
        if count == 1 {
            form = .only
        } else if count <= 1 << 16 {
            form = .table(Self.circle(key, count: Int(count), tweak: tweak))
        } else {
            let height = Self.rootAbove(count)
            let width = (count - 1) / height + 1
            form =
                height <= 1 << 16
                ? .tables(RoundTables(key, width: width, height: height, tweak: tweak))
                : .network(Feistel(key), width: width, height: height)
        }
    }

    private let tweak: UInt64

    /// Another number below `count`.
    @inline(__always)
    package func image(of number: UInt64) -> UInt64 {
        switch form {
        case .only: return number
        case .table(let table): return UInt64(table[Int(number)])
        case .tables(let tables):
            var l = number / tables.height
            var r = number &- l &* tables.height
            repeat { tables.next(&l, &r) } while l &* tables.height &+ r >= count
            return l &* tables.height &+ r
        case .network(let network, let width, let height):
            var l = number / height
            var r = number &- l &* height
            repeat {
                network.next(&l, &r, width: width, height: height, tweak: tweak)
            } while l &* height &+ r >= count
            return l &* height &+ r
        }
    }

    /// The smallest number whose square is not below `count`.
    private static func rootAbove(_ count: UInt64) -> UInt64 {
        var root = UInt64(Double(count).squareRoot())
        while root > 1, (root - 1) * (root - 1) >= count { root -= 1 }
        while root * root < count { root += 1 }
        return root
    }

    private static func circle(_ key: DomainKey, count: Int, tweak: UInt64) -> [UInt16] {
        var draws = Draws(key, tweak: tweak, purpose: 0xF0)
        var table = (0..<count).map { UInt16($0) }
        for last in stride(from: count - 1, to: 0, by: -1) {
            table.swapAt(last, Int(draws.next(below: UInt64(last))))
        }
        return table
    }
}

/// The same circle as `Feistel` walks, its rounds' functions drawn ahead.
final class RoundTables {
    let width: UInt64
    let height: UInt64
    /// Five tables, one after the other, each `height` long or, of the second and the fourth, `width`.
    private let rounds: [[UInt16]]

    init(_ key: DomainKey, width: UInt64, height: UInt64, tweak: UInt64) {
        self.width = width
        self.height = height
        rounds = (0..<5).map { round in
            var draws = Draws(key, tweak: tweak, purpose: 0xE0 + UInt64(round))
            let (length, bound) = round % 2 == 0 ? (height, width) : (width, height)
            return (0..<length).map { _ in UInt16(draws.next(below: bound)) }
        }
    }

    @inline(__always)
    func next(_ left: inout UInt64, _ right: inout UInt64) {
        var l = left
        var r = right
        add(&l, r, 0, width)
        add(&r, l, 1, height)
        add(&l, r, 2, width)
        add(&r, l, 3, height)
        add(&l, r, 4, width)
        r &+= 1
        if r == height {
            r = 0
            l = l &+ 1 == width ? 0 : l &+ 1
        }
        subtract(&l, r, 4, width)
        subtract(&r, l, 3, height)
        subtract(&l, r, 2, width)
        subtract(&r, l, 1, height)
        subtract(&l, r, 0, width)
        left = l
        right = r
    }

    @inline(__always)
    private func add(_ half: inout UInt64, _ other: UInt64, _ round: Int, _ bound: UInt64) {
        let sum = half &+ UInt64(rounds[round][Int(other)])
        half = sum >= bound ? sum &- bound : sum
    }

    @inline(__always)
    private func subtract(_ half: inout UInt64, _ other: UInt64, _ round: Int, _ bound: UInt64) {
        let number = UInt64(rounds[round][Int(other)])
        half = half >= number ? half &- number : half &+ bound &- number
    }
}

/// Numbers that a key, a tweak and a purpose determine, drawn from AES in counter mode, 256 blocks at a time.
struct Draws: ~Copyable {
    private let cipher: AESBlock
    private let label: UInt64
    private var block: [UInt64]
    private var place: Int
    private var counter: UInt64 = 0
    private static let blocks = 256

    /// - Parameter purpose: not below 8, which are the rounds of `Feistel`.
    init(_ key: DomainKey, tweak: UInt64, purpose: UInt64) {
        cipher = AESBlock(key: key.permutation)
        label = tweak << 8 | purpose
        block = [UInt64](repeating: 0, count: 2 * Self.blocks)
        place = block.count
    }

    /// A number below `bound`, of at most 2^32; every one is as likely as the others but for 2^-32.
    mutating func next(below bound: UInt64) -> UInt64 {
        if place == block.count { refill() }
        defer { place += 1 }
        return block[place].multipliedFullWidth(by: bound).high
    }

    private mutating func refill() {
        for index in 0..<Self.blocks {
            block[2 * index] = counter
            block[2 * index + 1] = label
            counter += 1
        }
        block.withUnsafeMutableBytes { memory in
            if let start = memory.baseAddress { cipher.encrypt(start, blocks: Self.blocks) }
        }
        place = 0
    }
}
