/// Primes from a stream of bytes: the same bytes give the same primes, on every machine.
struct PrimeSearch {
    let bytes: (Int) -> [UInt8]

    /// Primes of so many bits, the two highest of which are set, so that the product of two has all its bits.
    ///
    /// - Parameter exponent: a prime that must not divide what is one less than the primes.
    func primes(_ count: Int, bits: Int, exponent: UInt? = nil) -> [BigNumber] {
        let hunts = (0..<count).map { _ in
            var start = bytes(bits / 8)
            start[0] |= 0xC0
            start[start.count - 1] |= 1
            return PrimeHunt(from: BigNumber(start), bits: bits, bases: bases(bits), exponent: exponent)
        }
        return found(hunts)
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
            return found([PrimeHunt(from: number, step: twice, bits: bits, bases: bases(bits))])[0]
        }
    }

    private func found(_ hunts: [PrimeHunt]) -> [BigNumber] {
        PrimeHunt.carryOut(hunts)
        return hunts.map { hunt in
            guard let prime = hunt.prime else { preconditionFailure("a search ends with a prime only") }
            return prime
        }
    }

    /// At least as many as FIPS 186-5, table B.1, asks for numbers that are drawn at random.
    private func bases(_ bits: Int) -> [UInt] {
        (0..<(bits >= 1536 ? 4 : bits >= 1024 ? 6 : 8)).map { _ in
            bytes(8).reduce(0) { $0 << 8 | UInt($1) } | 4
        }
    }
}
