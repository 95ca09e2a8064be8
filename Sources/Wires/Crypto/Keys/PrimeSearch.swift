import CCrypto

/// Primes from a stream of bytes: the same bytes give the same primes, on every machine.
struct PrimeSearch {
    let bytes: (Int) -> [UInt8]

    /// Small primes, which rule most candidates out without an exponentiation, with products of them: one division of a
    /// long number by a word serves several.
    private struct Sieve: Sendable {
        var primes: [UInt] = []
        private var groups: [(product: UInt, range: Range<Int>)] = []

        init(below limit: Int) {
            var isComposite = [Bool](repeating: false, count: limit)
            for number in stride(from: 3, to: limit, by: 2) where !isComposite[number] {
                primes.append(UInt(number))
                for multiple in stride(from: number * number, to: limit, by: number) { isComposite[multiple] = true }
            }
            var (product, start): (UInt, Int) = (1, 0)
            for (index, prime) in primes.enumerated() {
                let (next, overflows) = product.multipliedReportingOverflow(by: prime)
                if overflows {
                    groups.append((product, start..<index))
                    start = index
                }
                product = overflows ? prime : next
            }
            groups.append((product, start..<primes.count))
        }

        /// What is left of a number, by each prime.
        func rests(of number: BigNumber) -> [UInt] {
            groups.flatMap { group in
                let rest = number.modulo(group.product)
                return primes[group.range].map { rest % $0 }
            }
        }

        func divides(_ number: BigNumber) -> Bool { rests(of: number).contains(0) }
    }

    private static let small = Sieve(below: 1 << 14)
    /// For numbers so long that an exponentiation takes longer than ten thousand divisions by a word.
    private static let large = Sieve(below: 1 << 19)
    private static func sieve(for bits: Int) -> Sieve { bits > 1024 ? large : small }

    /// Far less than the gap to where the highest bits would change.
    private static let mostSteps: UInt = 1 << 16
    /// Candidates that are sieved at once: a prime is nearly always among them.
    private static let window: UInt = 1 << 12

    /// A prime of so many bits, the two highest of which are set, so that the product of two has all its bits.
    func prime(bits: Int, accept: (BigNumber) -> Bool = { _ in true }) -> BigNumber {
        while true {
            var start = bytes(bits / 8)
            start[0] |= 0xC0
            start[start.count - 1] |= 1
            let base = BigNumber(start)
            let sieve = Self.sieve(for: bits)
            let rests = sieve.rests(of: base)
            for first in stride(from: 0, to: Self.mostSteps, by: Int(Self.window)) {
                let steps = Self.steps(sieve, rests, from: first)
                if let found = prime(from: base, steps, accept) { return found }
            }
        }
    }

    /// The distances from a number to those behind it that no small prime divides, within one window.
    ///
    /// - Parameter rests: of the number, by each small prime.
    private static func steps(_ sieve: Sieve, _ rests: [UInt], from first: UInt) -> [UInt] {
        // One flag for each odd number.
        var isRuledOut = [Bool](repeating: false, count: Int(window / 2))
        for (prime, rest) in zip(sieve.primes, rests) {
            // The least even distance from the window's begin at which the prime divides.
            var distance = (prime - (rest + first) % prime) % prime
            if distance % 2 == 1 { distance += prime }
            var index = Int(distance / 2)
            while index < isRuledOut.count {
                isRuledOut[index] = true
                index += Int(prime)
            }
        }
        return isRuledOut.indices.filter { !isRuledOut[$0] }.map { first + 2 * UInt($0) }
    }

    /// The first prime among candidates, two of which are tested at once.
    private func prime(from base: BigNumber, _ steps: [UInt], _ accept: (BigNumber) -> Bool) -> BigNumber? {
        var index = 0
        while index < steps.count {
            let candidates = steps[index...].prefix(2).map { Candidate(base.plus($0)) }
            for (candidate, passes) in zip(candidates, Candidate.passWithTwo(candidates)) where passes {
                if isPrime(candidate), accept(candidate.number) { return candidate.number }
            }
            index += candidates.count
        }
        return nil
    }

    /// A prime that leaves 1 when divided by another prime.
    func prime(bits: Int, above factor: BigNumber) -> BigNumber {
        let twice = factor.times(BigNumber(2))
        while true {
            var start = bytes(bits / 8)
            start[0] |= 0x80
            let base = BigNumber(start)
            let number = base.minus(base.modulo(twice)).plus(1)
            if number.bitCount != bits { continue }
            if Self.sieve(for: bits).divides(number) { continue }
            let candidate = Candidate(number)
            if Candidate.passWithTwo([candidate])[0], isPrime(candidate) { return number }
        }
    }

    /// More rounds than FIPS 186-4, table C.3, asks for numbers that are drawn at random; the round with the base 2 is
    /// over already.
    private func isPrime(_ candidate: Candidate) -> Bool {
        for _ in 0..<4 {
            // All eight bases are drawn for a prime, and those up to the first witness for any other number.
            let first = BigNumber(bytes(8)).plus(3)
            let second = BigNumber(bytes(8)).plus(3)
            guard Candidate.pass([(candidate, first), (candidate, second)]).allSatisfy({ $0 }) else { return false }
        }
        return true
    }
}

/// An odd number under Miller and Rabin's test, with what several rounds of it have in common.
private final class Candidate {
    let number: BigNumber
    private let last: BigNumber
    private let odd: BigNumber
    private let twos: Int
    private let context: OpaquePointer

    init(_ number: BigNumber) {
        guard let context = BN_MONT_CTX_new() else { preconditionFailure("libcrypto has no memory for a number") }
        self.number = number
        self.context = context
        last = number.minus(1)
        (odd, twos) = last.oddPart()
        BigNumber.withContext { _ = BN_MONT_CTX_set(context, number.pointer, $0) }
    }

    deinit {
        BN_MONT_CTX_free(context)
    }

    static func passWithTwo(_ candidates: [Candidate]) -> [Bool] {
        pass(candidates.map { ($0, BigNumber(2)) })
    }

    /// Whether the bases, which are far smaller than the numbers, find nothing against these.
    static func pass(_ rounds: [(candidate: Candidate, base: BigNumber)]) -> [Bool] {
        guard rounds.count == 2, rounds.allSatisfy({ $0.candidate.number.bitCount == 1024 }) else {
            return rounds.map { $0.candidate.passes($0.candidate.power(of: $0.base)) }
        }
        // libcrypto has vector code that does two at once, for bases as long as the numbers. An odd power of what a number
        // has over a base passes when that of the base does.
        let bases = rounds.map { $0.candidate.number.minus($0.base) }
        let powers = rounds.map { _ in BigNumber() }
        let (first, second) = (rounds[0].candidate, rounds[1].candidate)
        BigNumber.withContext { context in
            BN_mod_exp_mont_consttime_x2(
                powers[0].pointer, bases[0].pointer, first.odd.pointer, first.number.pointer, first.context,
                powers[1].pointer, bases[1].pointer, second.odd.pointer, second.number.pointer, second.context, context)
        }
        return zip(rounds, powers).map { $0.candidate.passes($1) }
    }

    /// A short base to the power that the test begins with.
    private func power(of base: BigNumber) -> BigNumber {
        guard let word = base.word else { return base.power(odd, modulo: number) }
        let power = BigNumber()
        BigNumber.withContext {
            _ = BN_mod_exp_mont_word(power.pointer, word, odd.pointer, number.pointer, $0, context)
        }
        return power
    }

    private func passes(_ first: BigNumber) -> Bool {
        var power = first
        if power.isOne || power.isEqual(last) { return true }
        for _ in 1..<max(1, twos) {
            power = power.times(power).modulo(number)
            if power.isEqual(last) { return true }
        }
        return false
    }
}
