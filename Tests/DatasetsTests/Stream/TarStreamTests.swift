import Archive
import Datasets
import Document
import Scrub
import Testing

@Suite struct TarStreamTests {
    private func tar(_ files: [(String, String)], _ compression: Compression = .none) throws -> [UInt8] {
        var bytes: [UInt8] = []
        let writer = try TarWriter(compression) { bytes += $0 }
        for (path, text) in files {
            try writer.add(
                ArchiveEntry(path: Array(path.utf8), kind: .file, mode: 0o644), contents: Array(text.utf8))
        }
        try writer.finish()
        return bytes
    }

    private func files(_ bytes: [UInt8]) throws -> [String: String] {
        let reader = try TarReader(Bytes.source(bytes))
        var files: [String: String] = [:]
        while let entry = try reader.next() {
            files[entry.name] = String(decoding: try reader.contents(limit: 1 << 20), as: UTF8.self)
        }
        return files
    }

    private let planner = TestPlanner(
        rules: ["people.id": .keep, "people.name": .reverse],
        files: [
            "a/people.csv": .scrub(format: "csv"), "b.bin": .keep, "c.log": .drop, "x.json": .scrub(format: "json"),
        ])

    @Test(arguments: [Compression.none, .gzip, .zstd])
    func `files go by their paths`(compression: Compression) throws {
        let input = try tar(
            [("a/people.csv", "id,name\n1,Ada\n"), ("b.bin", "\0\u{1}"), ("c.log", "secret"), ("x.json", "[1]")],
            compression)
        let outcome = scrubBytes(input, as: .tar, planner, threads: 2)
        #expect(outcome.message == "")
        #expect(try files(outcome.bytes) == ["a/people.csv": "id,name\n1,adA\n", "b.bin": "\0\u{1}", "x.json": "[1]"])
    }

    @Test func `an unknown file, column or an archive that is cut stops, and nothing goes out`() throws {
        let unknown = scrubBytes(try tar([("b.bin", "x"), ("new.txt", "y")]), as: .tar, planner, threads: 1)
        #expect(unknown.message.contains("new.txt is undecided"))
        #expect(unknown.bytes.isEmpty)
        let drift = scrubBytes(try tar([("a/people.csv", "id,name,more\n1,2,3\n")]), as: .tar, planner, threads: 1)
        #expect(drift.message.contains("people.more is undecided"))
        #expect(drift.bytes.isEmpty)
        let whole = try tar([("b.bin", String(repeating: "x", count: 2000)), ("a/people.csv", "id,name\n1,Ada\n")])
        let end = whole.lastIndex { $0 != 0 } ?? 0
        for cut in stride(from: 1, to: end, by: 97) {
            let outcome = scrubBytes(Array(whole[..<cut]), as: .tar, planner, threads: 1)
            #expect(outcome.message.contains("truncated"), "cut at \(cut): \(outcome.message)")
            #expect(outcome.bytes.isEmpty)
        }
    }

    @Test(arguments: [1, 8, 511, 4096, Int.max])
    func `what follows an archive's end is not left out in silence`(piece: Int) throws {
        let one = try tar([("b.bin", "x")])
        let two = try tar([("a/people.csv", "id,name\n1,Ada\n")])
        let both = scrubBytes(one + two, as: .tar, planner, threads: 1, piece: piece)
        #expect(try files(both.bytes) == ["b.bin": "x", "a/people.csv": "id,name\n1,adA\n"], "\(both.message)")
        let packed = try tar([("b.bin", "x")], .gzip) + tar([("new.txt", "y")], .gzip)
        let drift = scrubBytes(packed, as: .tar, planner, threads: 1, piece: piece)
        #expect(drift.message.contains("new.txt is undecided"))
        for junk in [[1], Array("junk".utf8), Array(repeating: 7, count: 2_000)] as [[UInt8]] {
            let outcome = scrubBytes(one + junk, as: .tar, planner, threads: 1, piece: piece)
            #expect(!outcome.message.isEmpty && outcome.bytes.isEmpty)
        }
    }
}
