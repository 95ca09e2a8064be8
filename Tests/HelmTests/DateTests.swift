import Helm
import Testing

@Suite struct DateTests {
    /// 2024-03-09T05:06:07Z, a Saturday.
    private static let now = 1_709_960_767

    /// Template and result.
    @Test(arguments: [
        (#"{{ now | date "2006-01-02 15:04:05 -0700 MST" }}"#, "2024-03-09 05:06:07 +0000 UTC"),
        (#"{{ now | date "Monday, 2 January 2006; 3:4:5 PM" }}"#, "Saturday, 9 March 2024; 5:6:7 AM"),
        (#"{{ now | date "Mon Jan _2 06 002 __2 03 pm" }}"#, "Sat Mar  9 24 069  69 05 am"),
        (#"{{ now | date "January Month Janet 15h" }}"#, "March Month Janet 05h"),
        ("{{ now | htmlDate }}", "2024-03-09"),
        ("{{ now }}", "2024-03-09 05:06:07 +0000 UTC"), ("{{ now | toJson }}", #""2024-03-09T05:06:07Z""#),
        ("{{ now | unixEpoch }} {{ now.Unix }} {{ now.Year }} {{ now.YearDay }}", "1709960767 1709960767 2024 69"),
        (#"{{ now | dateModify "-1.5h" | date "15:04" }} {{ now | dateModify "x" | date "15:04" }}"#, "03:36 05:06"),
        (#"{{ now | mustDateModify "48h30m1s" | date "02 15:04:05" }}"#, "11 05:36:08"),
        (#"{{ toDate "2006-01-02" "2023-12-31" | date "02/01/2006" }}"#, "31/12/2023"),
        (#"{{ (toDate "2006-01-02T15:04:05Z07:00" "2023-12-31T23:00:00+02:00").Unix }}"#, "1704056400"),
        (#"{{ (toDate "2006" "x").IsZero }}"#, "true"), (#"{{ ago (toDate "2006-01-02" "2024-03-09") }}"#, "5h6m7s"),
        (#"{{ duration 95 }} {{ duration "3661" }} {{ duration 0 }}"#, "1m35s 1h1m1s 0s"),
        (#"{{ durationRound "2h10m5s" }} {{ durationRound "2400h10m5s" }} {{ durationRound "0s" }}"#, "2h 3mo 0s"),
        (#"{{ date "2006-01-02" 86400 }} {{ date "2006" "text" }}"#, "1970-01-02 2024"),
        (#"{{ dateInZone "15:04 MST" now "Test/East" }} {{ dateInZone "15:04" now "No/Such" }}"#, "07:06 EET 05:06"),
        (#"{{ htmlDateInZone now "Test/East" }} {{ date_in_zone "-07:00" now "../x" }}"#, "2024-03-09 +00:00"),
    ])
    func `dates give what Go gives`(template: String, expected: String) throws {
        var rendered = Rendered(template)
        rendered.now = Self.now
        rendered.zoneFile = { $0 == "Test/East" ? Self.zone : nil }
        #expect(try rendered.text() == expected)
    }

    /// A zone file that is two hours ahead from 1 January 2024 on.
    private static let zone: [UInt8] = {
        func header(_ counts: [UInt8]) -> [UInt8] {
            Array("TZif2".utf8) + [UInt8](repeating: 0, count: 15) + counts.flatMap { [0, 0, 0, $0] }
        }
        let kinds: [UInt8] = [0, 0, 0, 0, 0, 0] + [0, 0, 0x1C, 0x20, 0, 4] + Array("UTC\0EET\0".utf8)
        return header([0, 0, 0, 0, 1, 4]) + [0, 0, 0, 0, 0, 0] + Array("UTC\0".utf8) + header([0, 0, 0, 1, 2, 8])
            + [0, 0, 0, 0, 0x65, 0x91, 0xFF, 0x80] + [1] + kinds
    }()

    @Test func `a broken date is told strictly`() {
        for (template, message) in [
            (#"{{ mustToDate "2006-01-02" "2023-13-01" }}"#, #"parsing time "2023-13-01": month out of range"#),
            (
                #"{{ mustToDate "2006-01-02" "abc" }}"#,
                #"parsing time "abc" as "2006-01-02": cannot parse "abc" as "2006""#
            ),
            (#"{{ mustToDate "2006" "2023x" }}"#, #"parsing time "2023x": extra text: "x""#),
            (#"{{ mustDateModify "1y" now }}"#, #"time: invalid duration "1y""#),
        ] {
            let error = #expect(throws: TemplateError.self) { try Rendered(template).text() }
            #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
        }
    }
}
