import Audit
import Crypto
import Database
import Manifest
import Plan
import System
import TestSupport
import Testing

@Suite struct JournalTests {
    private func record(_ number: Int, environment: String = "dev", kind: JournalRecord.Kind = .syncFinished)
        -> JournalRecord
    {
        JournalRecord(
            kind, at: Timestamp(nanoseconds: 1_795_177_888_000_000_000 + Int64(number)), project: "shop",
            environment: environment, application: "web", commit: String(repeating: "a", count: 40),
            author: "Ada <ada@example.com>", actor: "belay", planHash: "sha256:\(number)",
            changes: [
                JournalChange(
                    .update, object: ObjectKey(group: "apps", kind: "Deployment", namespace: "shop-dev", name: "web"),
                    field: "spec.replicas", before: "sha256:1", after: "sha256:2", error: "no \"quota\"\n\u{1}")
            ], result: .succeeded, message: "Über\u{2028}gang \u{1b}[31m", details: ["from": "dev", "to": "qa"])
    }

    /// Fills a journal, closes it, lets `change` at the file by other means, and verifies it.
    private func verdict(_ count: Int = 10, after change: String, anchor: JournalHead? = nil) async throws
        -> JournalVerdict
    {
        let folder = try TemporaryFolder()
        let path = folder.path + "/journal.db"
        try await fill(path, count)
        try await tamper(path, change)
        return try await Journal(path: path).verify(anchor: anchor)
    }

    /// What another writer can do with SQL.
    private func tamper(_ path: String, _ script: String) async throws {
        try Database(path: path, migrations: [""]).script(script)
    }

    private func fill(_ path: String, _ count: Int) async throws {
        let journal = try Journal(path: path)
        for number in 1...count { try await journal.append(record(number)) }
    }

    @Test func `keeps records as they were given, newest first`() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/journal.db"
        var journal: Journal? = try Journal(path: path)
        let records = [record(1), record(2, environment: "qa", kind: .promotion), record(3), record(4, kind: .error)]
        for (index, record) in records.enumerated() {
            #expect(try await journal?.append(record) == Int64(index + 1))
        }
        journal = nil
        let again = try Journal(path: path)
        #expect(try await again.history(project: "shop").map(\.record) == records.reversed())
        #expect(try await again.history(project: "shop", environment: "dev").map(\.number) == [4, 3, 1])
        #expect(try await again.history(project: "shop", environment: "dev", limit: 1).map(\.number) == [4])
        #expect(try await again.history(project: "shop", environment: "dev", before: 4).map(\.number) == [3, 1])
        #expect(try await again.history(project: "shop", kinds: [.promotion, .error]).map(\.number) == [4, 2])
        #expect(try await again.history(project: "other").isEmpty)
        #expect(try await again.entry(2)?.record == records[1])
        #expect(try await again.entry(9) == nil)
        #expect(try await again.append(record(5)) == 5)
        let head = await again.currentHead()
        #expect(try await again.verify(anchor: head) == .intact(head))
    }

    @Test func `is intact when it is empty`() async throws {
        let folder = try TemporaryFolder()
        #expect(try await Journal(path: folder.path + "/journal.db").verify() == .intact(.start))
    }

    @Test(arguments: [
        ("UPDATE entry SET record = replace(record, 'Ada', 'Bob') WHERE number = 4", Int64(4)),
        ("UPDATE entry SET record = record || ' ' WHERE number = 1", 1),
        ("UPDATE entry SET hash = zeroblob(32) WHERE number = 7", 7),
        ("DELETE FROM entry WHERE number = 3", 3),
        ("DELETE FROM entry WHERE number = 1", 1),
        ("DELETE FROM entry WHERE number > 8", 9),
        ("DELETE FROM entry", 1),
        (
            "UPDATE entry SET number = 99 WHERE number = 5; UPDATE entry SET number = 5 WHERE number = 6; UPDATE entry SET number = 6 WHERE number = 99",
            5
        ),
        ("UPDATE entry SET number = 0 WHERE number = 10", 10),
        ("DELETE FROM entry WHERE number = 10; UPDATE head SET number = 9", 9),
        ("UPDATE head SET hash = zeroblob(32)", 10),
        ("DELETE FROM head", 10),
        ("INSERT INTO entry SELECT 11, hash, record, project, environment, kind FROM entry WHERE number = 10", 11),
        ("UPDATE entry SET environment = 'qa' WHERE number = 2", 2),
        ("UPDATE entry SET kind = 'plan', project = '' WHERE number = 9", 9),
        ("DELETE FROM entry WHERE number < 6; UPDATE entry SET number = number - 5", 1),
    ])
    func `finds the first entry that is not as it was written`(change: String, number: Int64) async throws {
        guard case .broken(let found, let reason) = try await verdict(after: change) else {
            Issue.record("not found: \(change)")
            return
        }
        #expect(found == number)
        #expect(!reason.isEmpty)
    }

    @Test func `finds a cut-off end by a head that was noted elsewhere`() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/journal.db"
        try await fill(path, 5)
        var journal: Journal? = try Journal(path: path)
        let early = try #require(await journal?.currentHead())
        try await journal?.append(record(6))
        let noted = try #require(await journal?.currentHead())
        #expect(try await journal?.verify(anchor: early) == .intact(noted))
        journal = nil
        let cut = """
            DELETE FROM entry WHERE number > 4;
            UPDATE head SET number = 4, hash = (SELECT hash FROM entry WHERE number = 4);
            """
        try await tamper(path, cut)
        let again = try Journal(path: path)
        guard case .intact = try await again.verify() else { return }
        #expect(
            try await again.verify(anchor: noted)
                == .broken(number: 5, reason: "is missing: entry 6 was noted elsewhere"))
        try await again.append(record(7))
        try await again.append(record(8))
        guard case .broken(6, _) = try await again.verify(anchor: noted) else {
            Issue.record("a rewritten end was not found")
            return
        }
    }

    @Test func `finds every one of many random flips`() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/journal.db"
        try await fill(path, 50)
        for flip in 1...30 {
            let copy = folder.path + "/copy\(flip).db"
            try runProgram(["cp", path, copy])
            let flipped = Int64.random(in: 1...50)
            do {
                let database = try Database(path: copy, migrations: [""])
                let rows = try database.rows("SELECT record FROM entry WHERE number = ?", .init(flipped)) { $0.text(0) }
                var bytes = Array(try #require(rows.first).utf8)
                bytes[Int.random(in: bytes.indices)] ^= 1 << UInt8.random(in: 0...6)
                // SQLite ends a text at its first NUL, which is a change as well.
                let text = String(decoding: bytes, as: UTF8.self)
                try database.run("UPDATE entry SET record = ? WHERE number = ?", .init(text), .init(flipped))
            }
            guard case .broken(let number, _) = try await Journal(path: copy).verify() else {
                Issue.record("flip \(flip) was not found")
                continue
            }
            #expect(number == flipped)
        }
    }

    @Test func `bounds what a record may hold`() async throws {
        let folder = try TemporaryFolder()
        let journal = try Journal(path: folder.path + "/journal.db")
        var large = record(1)
        large.message = String(repeating: "x", count: 1 << 20)
        large.changes = Array(repeating: large.changes[0], count: 6000)
        try await journal.append(large)
        let kept = try #require(try await journal.entry(1)).record
        #expect(kept.message.utf8.count <= 4096)
        #expect(kept.changes.count == 5000)
        #expect(try await journal.verify() == .intact(journal.currentHead()))
    }
}
