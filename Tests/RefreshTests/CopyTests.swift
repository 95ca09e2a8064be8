import Foundation
import Plan
import Refresh
import System
import TestSupport
import Testing

/// Copies between two real PostgreSQL servers.
@Suite(.serialized, .enabled(if: Servers.areThere)) struct CopyTests {
    /// Queries whose every cell tells of a person in production.
    private static let classified = [
        "SELECT name FROM customers", "SELECT email FROM customers", "SELECT phone FROM customers",
        "SELECT profile->>'nickname' FROM customers", "SELECT note FROM customers WHERE note IS NOT NULL",
        "SELECT number FROM cards", "SELECT note FROM orders WHERE note IS NOT NULL",
    ]

    @Test func `a copy holds together, and holds nothing of production's`() async throws {
        try await Servers.with { servers in
            let fixture = try await Fixture(servers)
            let progress = ProgressCounter()
            let load = try await fixture.refresh(progress: progress)

            #expect(load.rows == ["public.customers": 400, "public.cards": 400, "public.orders": 1200])
            #expect(progress.snapshot.rows == 2000)
            #expect(progress.snapshot.bytesIn > 100_000 && progress.snapshot.bytesOut > 100_000)
            let shape = """
                SELECT count(*), count(paid_with), sum(cents), min(orders.id) FROM orders JOIN customers ON customer = customers.id
                LEFT JOIN cards ON paid_with = cards.id AND cards.customer = customers.id
                """
            #expect(try await servers.rows(.qa, shape) == servers.rows(.prod, shape))
            // One person's orders stay one person's.
            let groups =
                "SELECT n, count(*) FROM (SELECT count(*) n FROM orders GROUP BY customer) g GROUP BY n ORDER BY n"
            #expect(try await servers.rows(.qa, groups) == servers.rows(.prod, groups))
            // The next order gets a number that no order has.
            try await servers.sql(.qa, "INSERT INTO orders (customer, cents) SELECT id, 1 FROM customers LIMIT 1;")

            for query in Self.classified {
                let originals = Set(try await servers.rows(.prod, query))
                let copies = try await servers.rows(.qa, query)
                #expect(!copies.isEmpty && originals.isDisjoint(with: copies), "\(query)")
            }
        }
    }

    @Test func `no disk but production's sees what has not been scrubbed`() async throws {
        try await Servers.with { servers in
            let fixture = try await Fixture(servers)
            try await fixture.refresh()
            try await servers.sql(.qa, "CHECKPOINT;")
            var looked = 0
            for folder in [servers.path(.qa), fixture.folder.path] {
                let files = try #require(FileManager.default.enumerator(atPath: folder))
                for case let name as String in files {
                    guard let bytes = try? Data(contentsOf: URL(filePath: "\(folder)/\(name)")) else { continue }
                    looked += 1
                    for mark in ["Halvorsen", "fjellpost", "Fjellveien", "Lillevik", "453900000"] {
                        #expect(bytes.range(of: Data(mark.utf8)) == nil, "\(name) holds \(mark)")
                    }
                }
            }
            #expect(looked > 500)
        }
    }

    @Test func `the journal tells who copied what by which rules, and the report is signed`() async throws {
        try await Servers.with(people: 50) { servers in
            let fixture = try await Fixture(servers)
            let load = try await fixture.refresh()
            let (began, ended) = (fixture.journal.records[0], fixture.journal.records[1])
            #expect(began.kind == .refresh && began.result == nil && began.application == "shop")
            #expect(ended.result == .succeeded && ended.actor == "tester" && ended.environment == "qa")
            #expect(ended.details["report"] == load.report && ended.details["rows public.orders"] == "150")
            #expect(ended.details["policy"]?.hasPrefix("sha256:") == true && ended.details["from"] == "prod")
            let standing = try await fixture.standing()
            #expect(standing.state == .current && standing.isAccepted)
            // The same people again: with the same key, nobody changes.
            let before = try await servers.rows(.qa, "SELECT * FROM customers ORDER BY id")
            try await fixture.refresh()
            #expect(try await servers.rows(.qa, "SELECT * FROM customers ORDER BY id") == before)
            let reports = try Files.names(in: fixture.state).filter { $0.hasSuffix(".report") }
            #expect(reports.count == 1)
        }
    }

    @Test func `the custom format goes through pg_restore`() async throws {
        try await Servers.with(people: 60) { servers in
            let fixture = try await Fixture(servers)
            let made = try Fixture.project(
                source: "[pg_dump, -Fc]",
                sink: "[pg_restore, --single-transaction, --clean, --if-exists, --no-owner, -d, shop]")
            try await fixture.refresh(made)
            #expect(try await servers.rows(.qa, "SELECT count(*) FROM orders") == ["180"])
            #expect(
                try await servers.rows(.qa, "SELECT count(*) FROM customers WHERE name LIKE 'Ingeborg%-%'") == ["0"])
        }
    }
}
