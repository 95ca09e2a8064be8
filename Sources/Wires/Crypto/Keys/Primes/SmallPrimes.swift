import CCrypto

/// The odd primes below a limit, which rule most numbers out without an exponentiation.
struct SmallPrimes: Sendable {
    let primes: [UInt32]
    /// Products of primes that follow one another, each so many: one division of a long number serves them all.
    private var products: [UInt] = []
    private var counts: [UInt8] = []

    /// Beyond these limits sieving takes longer than the exponentiations that it saves.
    private static let few = SmallPrimes(below: 1 << 18)
    private static let many = SmallPrimes(below: 1 << 21)

    /// Those that are worth their while for numbers of so many bits.
    static func `for`(bits: Int) -> SmallPrimes { bits > 1024 ? many : few }

    init(below limit: Int) {
        // One flag for each odd number.
        var isComposite = [Bool](repeating: false, count: limit / 2)
        var primes: [UInt32] = []
        for index in 1..<limit / 2 where !isComposite[index] {
            let number = 2 * index + 1
            primes.append(UInt32(number))
            for multiple in stride(from: number * number / 2, to: limit / 2, by: number) {
                isComposite[multiple] = true
            }
        }
        self.primes = primes
        var (product, count): (UInt, UInt8) = (1, 0)
        for prime in primes {
            let (next, overflows) = product.multipliedReportingOverflow(by: UInt(prime))
            // The highest bit stays free for the carry of a division.
            if overflows || next >> 63 == 1 {
                products.append(product)
                counts.append(count)
                (product, count) = (UInt(prime), 1)
            } else {
                (product, count) = (next, count + 1)
            }
        }
        products.append(product)
        counts.append(count)
    }

    /// What is left of a number, by each prime.
    func rests(of number: BigNumber) -> [UInt32] {
        let words = number.words
        var rests: [UInt32] = []
        rests.reserveCapacity(primes.count)
        // Several at once, as each step of one division waits for the one before.
        for first in stride(from: 0, to: products.count, by: 4) {
            var divisions = (division(first), division(first + 1), division(first + 2), division(first + 3))
            for word in words {
                divisions.0.take(word)
                divisions.1.take(word)
                divisions.2.take(word)
                divisions.3.take(word)
            }
            add(divisions.0, first, to: &rests)
            add(divisions.1, first + 1, to: &rests)
            add(divisions.2, first + 2, to: &rests)
            add(divisions.3, first + 3, to: &rests)
        }
        return rests
    }

    private func division(_ index: Int) -> Division { Division(by: products[min(index, products.count - 1)]) }

    private func add(_ division: Division, _ index: Int, to rests: inout [UInt32]) {
        guard index < products.count else { return }
        let rest = division.rest
        for _ in 0..<counts[index] { rests.append(UInt32(rest % UInt(primes[rests.count]))) }
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
