import Document
import FileTree
import Foundation
import Plan
import Refresh
import Render
import Scrub
import System
import TestSupport
import Testing

/// Copies that fail, at every place: what QA had it has afterwards.
@Suite(.serialized, .enabled(if: Servers.areThere)) struct FailureTests {
    /// What goes wrong, and what a person is told.
    private struct Case {
        var name: String
        var source = "[pg_dump, --clean, --if-exists, --no-owner]"
        var sink = "[psql, -X, -q]"
        var policy = Shop.policy
        var more = ""
        var says: String
    }

    private static let shell = "pg_dump --clean --if-exists --no-owner"

    private static let cases = [
        Case(
            name: "a source that is cut in the rows, and says nothing of it",
            source: "[sh, -c, '\(shell) | head -c 60000']", says: "truncated"),
        Case(
            name: "a source that is cut before its last line, and says nothing of it",
            source: "[sh, -c, '\(shell) | head -n -6']", says: "truncated"),
        Case(
            name: "a source that gives all and then fails", source: "[sh, -c, '\(shell); exit 3']",
            says: "ended with exit code 3"),
        Case(
            name: "a source that cannot begin", source: "[pg_dump, -d, nowhere]",
            says: "database \"nowhere\" does not exist"),
        Case(name: "a source that gives nothing", source: "['true']", says: "it has no statement"),
        Case(name: "a program that is not there", source: "[pg_damp]", says: "ended with exit code 127"),
        Case(
            name: "a loader that dies half-way", sink: "[sh, -c, 'head -c 20000 | psql -X -q; kill -9 $$']",
            says: "ended with exit code 137"),
        Case(
            name: "a loader that stops reading", sink: "[sh, -c, 'head -c 20000 >/dev/null; exit 4']",
            says: "ended with exit code 4"),
        Case(
            name: "a database that refuses a statement", source: "[pg_dump, --no-owner]", says: "already exists"),
        Case(
            name: "a canary in a column that is kept",
            policy: Shop.policy.replacing("note: filler", with: "note: {transform: fixed, value: a planted word}")
                + "      canaries: [planted word]\n", says: "canaries were found"),
        Case(
            name: "a column without a rule", policy: Shop.policy.replacing("          phone: phone\n", with: ""),
            says: "phone"),
        Case(
            name: "a rule that breaks a key", policy: Shop.policy.replacing("email: email", with: "email: empty"),
            says: "email"),
        Case(
            name: "a source that takes too long", source: "[sh, -c, '\(shell) | head -c 60000; exec sleep 60']",
            more: "  deadline: 1s", says: "took longer than 1 s"),
    ]

    @Test func `whatever fails leaves the target as it was`() async throws {
        try await Servers.with { servers in
            let fixture = try await Fixture(servers)
            let before = try await Self.content(of: servers)
            for item in Self.cases {
                let made = try Fixture.project(
                    source: item.source, sink: item.sink, policy: item.policy, more: item.more)
                let error = await #expect(throws: (any Error).self, "\(item.name)") {
                    try await fixture.refresh(made)
                }
                #expect("\(error ?? CancellationError())".contains(item.says), "\(item.name): \(error as Any)")
                #expect(!"\(error ?? CancellationError())".contains("fjellpost"), "\(item.name)")
                #expect(try await Self.content(of: servers) == before, "\(item.name)")
                let last = try #require(fixture.journal.records.last)
                #expect(last.kind == .refresh && last.result == .failed && last.message.contains(item.says))
                #expect(try await fixture.standing(made).state == .missing, "\(item.name)")
            }
            // Nothing of these is in the way of one that is right.
            try await fixture.refresh()
            #expect(try await servers.rows(.qa, "SELECT count(*) FROM customers") == ["400"])
        }
    }

    @Test func `whoever cancels a copy leaves the target as it was`() async throws {
        try await Servers.with { servers in
            let fixture = try await Fixture(servers)
            let before = try await Self.content(of: servers)
            let made = try Fixture.project(source: "[sh, -c, '\(Self.shell) | head -c 60000; exec sleep 60']")
            let progress = ProgressCounter()
            let copy = Task { try await fixture.refresh(made, progress: progress) }
            #expect(await eventually { progress.snapshot.bytesIn > 50_000 })
            await #expect(throws: Problem.self, "one at a time") { try await fixture.refresh() }
            copy.cancel()
            await #expect(throws: CancellationError.self) { try await copy.value }
            #expect(try await Self.content(of: servers) == before)
            #expect(fixture.journal.records.last?.message == "it was cancelled")
            try await fixture.refresh()
        }
    }

    /// A service that is killed closes the loader's input, which looks like the end of the data.
    @Test(arguments: [[], ["--single-transaction"]])
    func `input that ends anywhere changes nothing`(options: [String]) async throws {
        try await Servers.with(people: 30) { servers in
            let fixture = try await Fixture(servers)
            let before = try await Self.content(of: servers)
            let keep = "\(fixture.folder.path)/stream"
            try await fixture.refresh(try Fixture.project(sink: "[tee, \(keep)]"))
            let stream = try Files.read(keep)
            let lines = stream.indices.filter { stream[$0] == 0x0A }
            // Where the last lines begin: with a transaction of psql's own, what takes the guard away is what commits.
            let text = String(decoding: stream, as: UTF8.self)
            let word = options.isEmpty ? "COMMIT;" : "DELETE FROM pg_temp."
            let last = try #require(text.range(of: word, options: .backwards))
            let end = text[..<last.lowerBound].utf8.count
            let cuts = (lines.suffix(15) + [stream.count / 3, stream.count / 2, stream.count * 9 / 10, end]).filter {
                $0 <= end
            }
            #expect(cuts.count > 12)
            for cut in cuts {
                let part = "\(fixture.folder.path)/part"
                try Files.replace(part, with: stream[..<cut])
                _ = try? await servers.load(part, options)
                #expect(try await Self.content(of: servers) == before, "cut at \(cut) of \(stream.count)")
            }
            try await servers.load(keep, options)
            #expect(try await servers.rows(.qa, "SELECT count(*) FROM orders") == ["90"])
        }
    }

    @Test func `a full disk stops what has to wait, and nothing has been copied`() async throws {
        try await Servers.with(people: 4000) { servers in
            let fixture = try await Fixture(servers)
            try Program.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", fixture.spools])
            defer { _ = try? Program.run(["umount", fixture.spools]) }
            let before = try await Self.content(of: servers)
            // Without the schema, lossy rules wait for the keys, which come last.
            let made = try Fixture.project(source: "[sh, -c, '\(Self.shell)']")
            let error = await #expect(throws: (any Error).self) { try await fixture.refresh(made) }
            #expect("\(error ?? CancellationError())".contains("No space left"), "\(error as Any)")
            #expect(try await Self.content(of: servers) == before)
        }
    }

    @Test func `a loader that is killed while it takes the data leaves what nobody knows`() async throws {
        try await Servers.with(people: 20) { servers in
            let fixture = try await Fixture(servers)
            let made = try Fixture.project(sink: "[sh, -c, 'psql -X -q; kill -9 $$']")
            await #expect(throws: UncertainCommit.self) { try await fixture.refresh(made) }
            #expect(try await fixture.standing(made).state == .unknown)
            try await fixture.refresh()
            #expect(try await fixture.standing().state == .current)
        }
    }

    @Test func `a loader that waits for ever ends at the deadline`() async throws {
        try await Servers.with(people: 20) { servers in
            let fixture = try await Fixture(servers)
            let made = try Fixture.project(sink: "[sh, -c, 'cat >/dev/null; exec sleep 600']", more: "  deadline: 2s")
            let error = await #expect(throws: Problem.self) { try await fixture.refresh(made) }
            #expect(error?.message.contains("took longer than 2 s") == true)
            #expect(try await fixture.standing(made).state == .unknown)
        }
    }

    private static func content(of servers: Servers) async throws -> [String] {
        var all: [String] = []
        for table in ["customers", "cards", "orders"] {
            all += try await servers.rows(.qa, "SELECT * FROM \(table) ORDER BY id")
        }
        return all
    }
}
