import CCrypto

/// The odd primes below a limit, which rule most numbers out without an exponentiation.
struct SmallPrimes: Sendable {
    let primes: [UInt32]

    /// Beyond these limits sieving takes longer than the exponentiations that it saves.
    private static let few = SmallPrimes(below: 1 << 18)
    private static let many = SmallPrimes(below: 1 << 20)

    /// Those that are worth their while for numbers of so many bits.
    static func `for`(bits: Int) -> SmallPrimes { bits > 1024 ? many : few }

    /// - Parameter limit: at most 2^21, so that the product of three leaves the highest bit of a word free.
    init(below limit: Int) {
        // One bit for each odd number.
        var composites = [UInt64](repeating: 0, count: limit / 128 + 1)
        var primes: [UInt32] = []
        for index in 1..<limit / 2 where composites[index >> 6] >> UInt64(index & 63) & 1 == 0 {
            let number = 2 * index + 1
            primes.append(UInt32(number))
            for multiple in stride(from: number * number / 2, to: limit / 2, by: number) {
                composites[multiple >> 6] |= 1 << UInt64(multiple & 63)
            }
        }
        self.primes = primes
    }

    /// What is left of a number, by each prime.
    func rests(of number: BigNumber) -> [UInt32] {
        let words = number.words
        var rests: [UInt32] = []
        rests.reserveCapacity(primes.count)
        // Several at once, as each step of one division waits for the one before.
        for first in stride(from: 0, to: primes.count, by: 4 * Self.group) {
            var divisions = (division(first, 0), division(first, 1), division(first, 2), division(first, 3))
            for word in words {
                divisions.0.take(word)
                divisions.1.take(word)
                divisions.2.take(word)
                divisions.3.take(word)
            }
            add(divisions.0, to: &rests)
            add(divisions.1, to: &rests)
            add(divisions.2, to: &rests)
            add(divisions.3, to: &rests)
        }
        return rests
    }

    /// Primes that one division of a long number serves.
    private static let group = 3

    /// The division by the product of one group behind others.
    private func division(_ first: Int, _ index: Int) -> Division {
        let start = min(first + index * Self.group, primes.count)
        let product = primes[start..<min(start + Self.group, primes.count)].reduce(1) { $0 * UInt($1) }
        // The last ones may be of no prime at all.
        return Division(by: max(product, 3))
    }

    private func add(_ division: Division, to rests: inout [UInt32]) {
        let rest = division.rest
        for prime in primes[rests.count..<min(rests.count + Self.group, primes.count)] {
            rests.append(UInt32(rest % UInt(prime)))
        }
    }
}

/// The division of a long number by an odd word of at most 63 bits, word by word (Montgomery, 1985).
private struct Division {
    private let divisor: UInt
    /// What times the divisor leaves -1 in a word.
    private let inverse: UInt
    /// The square of a word's range, modulo the divisor.
    private let square: UInt
    private var state: UInt = 0

    init(by divisor: UInt) {
        self.divisor = divisor
        // Right to five bits, and to twice as many after each step.
        var inverse = 3 &* divisor ^ 2
        for _ in 0..<4 { inverse = inverse &* (2 &- divisor &* inverse) }
        self.inverse = 0 &- inverse
        let range = 0 &- divisor
        let once = range % divisor
        square = divisor.dividingFullWidth((once, 0)).remainder
    }

    /// Goes on with the next word, the highest first.
    @inline(__always) mutating func take(_ word: UInt) {
        var (high, low) = state.multipliedFullWidth(by: square)
        let (sum, carries) = low.addingReportingOverflow(word)
        low = sum
        high &+= carries ? 1 : 0
        // What is added makes the low word zero, so that it can be left away.
        let added = (low &* inverse).multipliedFullWidth(by: divisor).high
        let result = high &+ added &+ (low == 0 ? 0 : 1)
        state = result >= divisor ? result &- divisor : result
    }

    /// What is left of the words that were taken.
    var rest: UInt {
        var last = self
        last.take(0)
        return last.state
    }
}
