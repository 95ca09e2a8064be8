import System
import Testing

@Suite struct TimestampTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", Int64(0)), ("2026-11-20T12:31:28Z", 1_795_177_888),
        ("2000-02-29T23:59:59Z", 951_868_799), ("1969-12-31T23:59:59Z", -1),
        ("2026-11-20T13:31:28+01:00", 1_795_177_888),
    ])
    func `reads RFC 3339 and writes it in UTC`(text: String, seconds: Int64) throws {
        let instant = try #require(Timestamp(text))
        #expect(instant.seconds == seconds)
        #expect(Timestamp(instant.description) == instant)
    }

    @Test(arguments: ["", "2026-13-01T00:00:00Z", "2026-01-01", "2026-01-01T25:00:00Z", "2026-01-01T00:00:00"])
    func `refuses what is not RFC 3339`(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test func `keeps nine digits of a second`() throws {
        let instant = try #require(Timestamp("2026-11-20T12:31:28.000000123Z"))
        #expect(instant.nano == "2026-11-20T12:31:28.000000123Z")
        #expect(instant.micro == "2026-11-20T12:31:28.000000Z")
    }
}
