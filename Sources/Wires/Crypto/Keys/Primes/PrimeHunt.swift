import Glibc
import Synchronization

/// The search of the first prime in a row of numbers. Several threads may go on with one search: the lowest number that
/// passes is the prime, whoever tests it.
final class PrimeHunt: Sendable {
    /// Where the row begins, how far apart its numbers are, and how long they are; the highest byte first.
    private let start: [UInt8]
    private let step: [UInt8]
    private let bits: Int
    /// What numbers are tested with once they have passed with 2. They were drawn, so that nobody can prepare for them.
    private let bases: [UInt]
    /// A small prime that must not divide what is one less than the prime.
    private let exponent: UInt?

    private struct State {
        /// For each small prime, how far behind the begin of the next window it first divides.
        var distances: [UInt32] = []
        /// The numbers that no small prime divides, by their places in the row.
        var places: [Int] = []
        /// How many of them were taken.
        var taken = 0
        /// How much of the row was sieved.
        var sieved = 0
        var found: Int?
    }

    private let state = Mutex(State())

    /// Numbers that are sieved at once: a prime is nearly always among them.
    private static let window = 2048

    init(from start: BigNumber, step: BigNumber = BigNumber(2), bits: Int, bases: [UInt], exponent: UInt? = nil) {
        self.start = start.bytes()
        self.step = step.bytes()
        self.bits = bits
        self.bases = bases
        self.exponent = exponent
    }

    /// The prime, once no thread works any more.
    var prime: BigNumber? { state.withLock { $0.found }.map { number($0, BigNumber(start), BigNumber(step)) } }

    private func number(_ place: Int, _ start: BigNumber, _ step: BigNumber) -> BigNumber {
        step.word == 2 ? start.plus(2 * UInt(place)) : start.plus(step.times(BigNumber(UInt(place))))
    }

    /// Tests numbers until one passes, or until another thread has found one before all that are left.
    func work() {
        let (start, step) = (BigNumber(start), BigNumber(step))
        while true {
            let places = take(start, step)
            if places.isEmpty { return }
            let candidates = places.map { PrimeCandidate(number($0, start, step)) }
            let passes = PrimeCandidate.pass(candidates.map { ($0, 2) })
            for (index, place) in places.enumerated() where passes[index] && isPrime(candidates[index]) {
                state.withLock { $0.found = min(place, $0.found ?? place) }
            }
        }
    }

    /// The next numbers to test, as many as are tested at once; none when there is a prime already.
    private func take(_ start: BigNumber, _ step: BigNumber) -> [Int] {
        state.withLock { state in
            if state.found != nil { return [] }
            let count = bits == PrimeCandidate.pairedBits ? 2 : 1
            while state.places.count - state.taken < count { sieve(&state, start, step) }
            defer { state.taken += count }
            return Array(state.places[state.taken..<state.taken + count])
        }
    }

    private func sieve(_ state: inout State, _ start: BigNumber, _ step: BigNumber) {
        let small = SmallPrimes.for(bits: bits)
        if state.sieved == 0 { state.distances = Self.distances(small, start, step) }
        var isRuledOut = [Bool](repeating: false, count: Self.window)
        for (index, prime) in small.primes.enumerated() {
            var place = Int(state.distances[index])
            while place < Self.window {
                isRuledOut[place] = true
                place += Int(prime)
            }
            state.distances[index] = UInt32(place - Self.window)
        }
        for (place, isOut) in isRuledOut.enumerated() where !isOut { state.places.append(state.sieved + place) }
        state.sieved += Self.window
    }

    /// At which place in the row each small prime first divides.
    private static func distances(_ small: SmallPrimes, _ start: BigNumber, _ step: BigNumber) -> [UInt32] {
        var distances = small.rests(of: start)
        let steps = step.word == 2 ? nil : small.rests(of: step)
        for (index, prime) in small.primes.enumerated() {
            let missing = distances[index] == 0 ? 0 : prime - distances[index]
            if let steps {
                distances[index] = place(of: missing, step: steps[index], modulo: prime)
            } else {
                distances[index] = missing % 2 == 0 ? missing / 2 : (missing + prime) / 2
            }
        }
        return distances
    }

    /// How many steps come to a number, modulo a prime.
    private static func place(of number: UInt32, step: UInt32, modulo prime: UInt32) -> UInt32 {
        // A prime that divides each step divides all numbers of the row, or none.
        guard step != 0 else { return number == 0 ? 0 : UInt32.max / 2 }
        var (old, new) = ((Int64(prime), Int64(0)), (Int64(step), Int64(1)))
        while new.0 != 0 {
            let quotient = old.0 / new.0
            (old, new) = (new, (old.0 - quotient * new.0, old.1 - quotient * new.1))
        }
        let inverse = old.1 < 0 ? old.1 + Int64(prime) : old.1
        return UInt32(inverse * Int64(number) % Int64(prime))
    }

    private func isPrime(_ candidate: PrimeCandidate) -> Bool {
        if let exponent, candidate.number.modulo(exponent) == 1 { return false }
        return stride(from: 0, to: bases.count, by: 2).allSatisfy { index in
            PrimeCandidate.pass(bases[index...].prefix(2).map { (candidate, $0) }).allSatisfy { $0 }
        }
    }

    // MARK: Threads

    /// Carries searches out, with two threads where the numbers are so long that it is felt.
    static func carryOut(_ hunts: [PrimeHunt]) {
        let isLong = hunts.contains { $0.bits >= PrimeCandidate.pairedBits }
        guard isLong, sysconf(Int32(_SC_NPROCESSORS_ONLN)) > 1 else { return hunts.forEach { $0.work() } }
        // Each begins with a search of its own, and helps the other one where it ends first.
        let helper = Helper(hunts.reversed())
        let context = Unmanaged.passRetained(helper)
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                for hunt in Unmanaged<Helper>.fromOpaque(argument).takeUnretainedValue().hunts { hunt.work() }
                return nil
            }, context.toOpaque())
        for hunt in hunts { hunt.work() }
        if code == 0 { pthread_join(thread, nil) }
        context.release()
    }

    private final class Helper: Sendable {
        let hunts: [PrimeHunt]

        init(_ hunts: [PrimeHunt]) {
            self.hunts = hunts
        }
    }
}
