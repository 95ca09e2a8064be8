import Manifest
import Testing

@Suite struct QuantityTests {
    @Test(arguments: [
        ("0", 0), ("1", 1000), ("500m", 500), ("0.5", 500), (".5", 500), ("1.", 1000), ("100u", 1), ("1e3", 1_000_000),
        ("2k", 2_000_000), ("-3", -3000), ("+3", 3000), ("1Ki", 1_024_000), ("0.1", 100), ("1E-2", 10),
    ])
    func `reads amounts in thousandths`(text: String, milli: Int) throws {
        #expect(try #require(Quantity(text)).milliUnits == milli)
    }

    @Test(arguments: [
        ("64Mi", 67_108_864), ("1Gi", 1_073_741_824), ("1.5Gi", 1_610_612_736), ("10M", 10_000_000), ("1m", 1),
    ])
    func `reads amounts in whole units, rounded up`(text: String, whole: Int) throws {
        #expect(try #require(Quantity(text)).wholeUnits == whole)
    }

    @Test(arguments: [
        "", ".", "m", "1mm", "1 Mi", "0x10", "1e", "1e99", "--1", "1.2.3", "١",
        "99999999999999999999999999999999999999999",
    ])
    func `refuses what is no amount`(text: String) {
        #expect(Quantity(text) == nil)
    }

    @Test(arguments: [("1000m", "1"), ("1Ki", "1024"), ("0.5", "500m"), ("1e3", "1k"), ("1024Mi", "1Gi")])
    func `equal amounts are equal, however they are written`(left: String, right: String) throws {
        #expect(try #require(Quantity(left)) == #require(Quantity(right)))
    }
}
