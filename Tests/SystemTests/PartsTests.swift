import Glibc
import Synchronization
import System
import Testing

@Suite struct PartsTests {
    @Test(arguments: [0, 1, 7, 8, 9, 63, 64, 65, 1_000, 12_345])
    func `parts cover the whole, in order and once`(count: Int) {
        let parts = inParts(of: count, atLeast: 8) { Array($0) }
        #expect(parts.flatMap { $0 } == Array(0..<count))
    }

    @Test func `a small whole is one part, done where it was asked for`() {
        let here = pthread_self()
        #expect(inParts(of: 15, atLeast: 8) { _ in pthread_self() } == [here])
    }

    @Test func `parts depend on the count alone`() {
        let sizes = inParts(of: 100, atLeast: 10) { $0.count }
        #expect(sizes == Array(repeating: 10, count: 10))
    }

    @Test func `what parts share may be counted`() {
        let sum = Atomic<Int>(0)
        for _ in 0..<200 {
            _ = inParts(of: 64, atLeast: 1) { range in
                for number in range { sum.wrappingAdd(number, ordering: .relaxed) }
            }
        }
        #expect(sum.load(ordering: .relaxed) == 200 * 2_016)
    }
}
