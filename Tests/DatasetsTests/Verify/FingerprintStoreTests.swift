import Testing

@testable import Datasets

@Suite struct FingerprintStoreTests {
    private static func store(_ values: some Sequence<UInt64>) throws -> FingerprintStore {
        let store = FingerprintStore(in: "/tmp")
        let writer = FingerprintWriter(store)
        for value in values { try writer.append(value) }
        try writer.flush()
        return store
    }

    /// Numbers that are the same on each run, spread over all (SplitMix64).
    private static func number(_ index: Int) -> UInt64 {
        var mixed = UInt64(index) &* 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// In memory; in memory and a file; in a file of several writings.
    @Test(arguments: [10, 70_000, 300_000])
    func `fingerprints are judged alike, few or many`(count: Int) throws {
        // Number 0 is the fingerprint 0, and occurs three times.
        let values = (0..<count).map(Self.number)
        let store = try Self.store(values + [0, 0])
        let profile = try store.profile(rareBelow: 2)
        #expect(profile == .init(count: count + 2, distinct: count, most: 3, least: 1, rare: count - 1))
        let other = try Self.store(values.filter { $0 != values[5] })
        #expect(try store.compare(with: other) == (found: count + 1, missing: 1))
        #expect(try other.search(in: [store, other]) == count + 1 + count - 1)
    }

    @Test func `values of which there are few are counted, however often they occur`() throws {
        let profile = try Self.store((0..<500_000).map { Self.number(1 + $0 % 7) }).profile(rareBelow: 100)
        #expect(profile.count == 500_000 && profile.distinct == 7 && profile.rare == 0)
        #expect(profile.most == 71_429 && profile.least == 71_428)
    }

    @Test func `what was judged may grow, and is judged again`() throws {
        let store = FingerprintStore(in: "/tmp")
        let writer = FingerprintWriter(store)
        for round in 1...3 {
            for index in 1...40_000 { try writer.append(Self.number(index)) }
            try writer.flush()
            let profile = try store.profile()
            #expect(profile.count == 40_000 * round && profile.distinct == 40_000 && profile.least == round)
        }
    }

    @Test func `nothing is among nothing`() throws {
        let nothing = try Self.store([])
        #expect(try nothing.profile() == .init())
        #expect(try nothing.search(in: [try Self.store([1, 2])]) == 0)
        #expect(try nothing.compare(with: nothing) == (found: 0, missing: 0))
    }
}
