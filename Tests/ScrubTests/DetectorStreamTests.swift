import TestSupport
import Testing

@testable import Scrub

/// Texts that are looked at in windows: what is found is what is found in the whole.
@Suite struct DetectorStreamTests {
    private func streamed(_ text: [UInt8], window: Int, around: Int, piece: Int) -> [DetectorStream.Found] {
        var stream = DetectorStream(window: window, around: around)
        var found: [DetectorStream.Found] = []
        var start = 0
        while start < text.count {
            let end = min(start + piece, text.count)
            stream.add(text[start..<end]) { found.append($0) }
            start = end
        }
        stream.finish { found.append($0) }
        return found
    }

    private static let people = ["Greta\tSharma", "Søren\tvan der Velde", "Hugo\tO'Neill", "Ana\tGarcía"]

    /// Texts by name, long enough for several windows.
    private static func text(_ name: String) -> [UInt8] {
        var generator = SplitMix(state: 7)
        func rows(_ count: Int, _ row: (Int) -> String) -> String { (1...count).map(row).joined() }
        let text: String
        switch name {
        case "copy":
            text =
                "x\nCOPY people (id, first_name, surname, password) FROM stdin;\n"
                + rows(900) { "\($0)\t\(people[$0 % 4])\tTr4verse-\($0)k\n" } + "\\.\nfirst_name: Greta\n"
        case "insert":
            text =
                "INSERT INTO people (id, first_name, password) VALUES "
                + rows(900) { "(\($0),'Greta','Tr4),(\($0)verse'),\n" } + "(0,'Hugo','');\n"
        case "long insert":
            text =
                "INSERT INTO people (id, first_name, password) VALUES "
                + rows(900) { "(\($0),'Greta','it''s),(\\'Tr4verse\($0)')," } + "(0,'Hugo','');\n"
        case "csv":
            text = "id,surname,mail,note\n" + rows(900) { "\($0),Sharma,greta\($0)@analytical.org,\"a, \"\"b\"\"\"\n" }
        case "secrets":
            text = rows(300) {
                $0 % 3 == 0
                    ? "kind: Secret\nmetadata:\n  name: a\($0)\ndata:\n  key: b3BlbiBzZXNhbWU=\n---\n"
                    : "data:\n  key: b3BlbiBzZXNhbWU=\nmetadata: {name: a}\nkind: \($0 % 3 == 1 ? "Secret" : "ConfigMap")\n---\n"
            }
        case "keys":
            text = rows(60) {
                "n: \($0)\n-----BEGIN EC PRIVATE KEY-----\n"
                    + String(repeating: "MHcCAQEEIIIRjjqfgyBlz3iPM\n", count: 12) + "-----END EC PRIVATE KEY-----\n"
            }
        case "one line": text = rows(2000) { "\($0) mail greta\($0)@analytical.org, card 4111 1111 1111 1111; " }
        default:
            text = rows(3000) { _ in
                let words = ["the", "rope", "password: Tr4verse-91k", "on +44 20 7946 0698", "\n", "kind: Secret\n"]
                return words[Int(generator.next() % 6)] + " "
            }
        }
        return Array(text.utf8)
    }

    @Test(arguments: ["copy", "insert", "long insert", "csv", "secrets", "keys", "one line", "words"])
    func `find in pieces what they find in the whole`(name: String) {
        let text = Self.text(name)
        var detector = Detector()
        let whole = detector.findings(in: text)
        #expect(whole.count > 50)
        for (window, around, piece) in [(6000, 2000, 1000), (8192, 3000, 70_000), (5000, 1500, 7)] {
            let found = streamed(text, window: window, around: around, piece: piece)
            #expect(found.map(\.finding) == whole, "\(name) in windows of \(window)")
        }
    }

    @Test func `tells the line and the column`() {
        let text = Self.text("copy")
        for found in streamed(text, window: 6000, around: 2000, piece: 500) {
            let start = found.finding.range.lowerBound
            #expect(text[..<start].count { $0 == 0x0A } + 1 == found.line)
            #expect(start - (text[..<start].lastIndex(of: 0x0A) ?? -1) == found.column)
        }
    }

    @Test func `takes nothing for something`() {
        #expect(streamed([], window: 100, around: 10, piece: 1).isEmpty)
    }

    @Test(arguments: [
        ("2024-05-06 10:11:12.123456+00", []), ("born 1985-04-12", ["date-of-birth"]),
        ("2024-05-06T10:11:12Z card 4111 1111 1111 1111", ["payment-card"]), ("2024-13-06", []),
        ("tel: 2059-10-1345", ["phone"]),
    ])
    func `steps over dates and times`(text: String, types: [String]) {
        var detector = Detector()
        #expect(detector.findings(in: Array(text.utf8)).map(\.type) == types)
    }

    @Test(arguments: [
        ("first_name: Jürgen", true), ("first_name: jürgen", false), ("surname: d'Angelo", false),
        ("surname: D'Angelo-Müller", true), ("surname: van der Velde", true), ("surname: Velde van", false),
        ("first_name: José María", true), ("first_name: Łukasz", true), ("first_name: 山田", true),
        ("first_name: Default", false), ("first_name: GRETA", true), ("first_name: Greta2", false),
        ("name: Søren Kjærgaard", true), ("name: Blue Whale", false), ("name: Chloé Dubois", true),
    ])
    func `judges names byte by byte as it does letter by letter`(text: String, isName: Bool) {
        var detector = Detector()
        #expect(!detector.findings(in: Array(text.utf8)).isEmpty == isName)
    }

    @Test(arguments: [
        "INSERT INTO t (id, note, mail) VALUES (1,'", "note: ", "COPY t (id, note) FROM stdin;\n1\t", "x,y\n1,\"",
    ])
    func `comes to an end where a row or a line is longer than windows`(start: String) {
        let text =
            start + String(repeating: "rope, ", count: 2000)
            + "','greta@analytical.org'\n;\nmail: hugo@analytical.org\n"
        for (window, around) in [(64, 32), (1000, 100), (5000, 5000)] {
            let found = streamed(Array(text.utf8), window: window, around: around, piece: 777)
            #expect(found.last?.finding.type == "email")
        }
    }
}
