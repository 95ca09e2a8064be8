import CCrypto

/// An odd number under Miller and Rabin's test, with what several rounds of it have in common.
final class PrimeCandidate {
    /// The length of the numbers that libcrypto has vector code for, which tests two at once.
    static let pairedBits = 1024

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

    /// Whether the bases, which are far smaller than the numbers, find nothing against these.
    static func pass(_ rounds: [(candidate: PrimeCandidate, base: UInt)]) -> [Bool] {
        guard rounds.count == 2, rounds.allSatisfy({ $0.candidate.number.bitCount == pairedBits }) else {
            return rounds.map { $0.candidate.passes($0.candidate.power(of: $0.base)) }
        }
        // The vector code wants bases as long as the numbers. An odd power of what a number has over a base passes when
        // that of the base does.
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

    /// A base to the power that the test begins with.
    private func power(of base: UInt) -> BigNumber {
        let power = BigNumber()
        BigNumber.withContext {
            _ = BN_mod_exp_mont_word(power.pointer, base, odd.pointer, number.pointer, $0, context)
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
