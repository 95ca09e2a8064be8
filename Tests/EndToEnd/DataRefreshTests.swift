import Foundation
import System
import TestSupport
import Testing

/// Live data from production's pod into QA's, between two real PostgreSQL servers.
@Suite(.enabled(if: DatabaseRoot.server != nil && getuid() == 0)) struct DataRefreshTests {
    private static let client = "-h, /data/db, -U, shop"

    private static func dataset(_ name: String, source: String) -> String {
        """
        apiVersion: belay/v1
        kind: Dataset
        metadata: {name: \(name)}
        spec:
          from: prod
          to: [qa]
          rules: shop
          source: {exec: {in: deploy/database, command: \(source)}}
          sink: {exec: {in: deploy/database, command: [psql, -X, -q, \(client), postgres]}}

        """
    }

    private static let files = [
        "belay.yaml": """
        apiVersion: belay/v1
        kind: Project
        metadata: {name: shop}
        spec:
          scrub: scrub.yaml
          datasets: [data/shop.yaml, data/slow.yaml]
          environments:
            - {name: qa, namespace: shop-qa, apps: [{path: app}]}
            - {name: prod, namespace: shop, data: production, apps: [{path: app}]}
        """,
        "scrub.yaml": """
        apiVersion: belay/v1
        kind: ScrubPolicy
        metadata: {name: shop}
        spec:
          datasets:
            - name: shop
              tables:
                people: {id: keep, name: name, email: email, note: filler}
        """,
        "app/database.yaml": DatabaseRoot.deployment(),
        "data/shop.yaml": dataset("shop", source: "[pg_dump, --clean, --if-exists, \(client), postgres]"),
        // All of the data, and no end for a long time.
        "data/slow.yaml": dataset(
            "slow", source: "[sh, -c, 'pg_dump --clean --if-exists -h /data/db -U shop postgres; sleep 600']"),
    ]

    @Test func `QA gets other people, no file has production's, and a killed service changes nothing`() async throws {
        try await Machine.run(Self.files, starting: false) { machine in
            let tar = try await DatabaseRoot.make(in: machine.folder.path)
            try await machine.run("image", "import", tar, "localhost/database:1")
            try Files.remove(tar)
            try await machine.start()
            for namespace in ["shop", "shop-qa"] { try await machine.readyPods(1, "database", in: namespace) }
            try await Self.sql(
                machine, "shop",
                """
                CREATE TABLE people (id integer PRIMARY KEY, name text, email text UNIQUE, note text);
                INSERT INTO people SELECT i, 'Ingeborg Halvorsen-' || i, 'inge.' || i || '@fjellpost.example',
                    repeat('Lillevik knows it. ', 5) || i FROM generate_series(1, 5000) i;
                """)
            try await Self.sql(machine, "shop-qa", "CREATE TABLE people (id integer); INSERT INTO people VALUES (7);")
            #expect(try await machine.belay("data", "status", "qa").code == 1)
            #expect(try await machine.belay("status").output.contains("the data is refused"))

            let client = try Program(
                machine.enter + [Binary.path, "data", "refresh", "qa", "--from", "prod", "--dataset", "slow"]
                    + ["--state", "\(machine.folder.path)/state", "--run", "\(machine.folder.path)/run"])
            try await eventually("the copy is under way") {
                try await machine.belay("data", "status", "qa").output.contains("Refreshing")
            }
            kill(client.pid, SIGINT)
            try await machine.says("it was cancelled", "history", "qa")

            let copy = Task { try await machine.belay("data", "refresh", "qa", "--from", "prod", "--dataset", "slow") }
            try await eventually("the copy is under way") {
                try await machine.belay("data", "status", "qa").output.contains("Refreshing")
            }
            try await Task.sleep(for: .seconds(2))
            try await machine.end()
            #expect(try await copy.value.code != 0)
            try await Self.lookThrough(machine)
            try await machine.start()
            let kept = try await Self.sql(machine, "shop-qa", "SELECT count(*), min(id) FROM people;")
            #expect(kept == "1|7\n")
            try await machine.says("the service ended while it was under way", "history", "qa")

            let outcome = try await machine.belay("data", "refresh", "qa", "--from", "prod", "--dataset", "shop")
            #expect(outcome.code == 0 && outcome.output.contains("public.people   5000"), "\(outcome)")
            let query =
                "SELECT count(*), count(DISTINCT email), count(*) FILTER (WHERE name LIKE 'Ingeborg%') FROM people;"
            #expect(try await Self.sql(machine, "shop-qa", query) == "5000|5000|0\n")
            try await Self.lookThrough(machine)
            #expect(try await machine.belay("data", "status", "qa").output.contains("Current"))
            try await machine.says("5000 rows in 1 tables from prod", "history", "qa")
            #expect(try await machine.run("audit", "verify").contains("as they were written"))
            let wrong = try await machine.belay("data", "refresh", "qa", "--from", "prod", "--dataset", "shp")
            #expect(wrong.code == 1 && wrong.errors.contains("did you mean \"shop\"?"), "\(wrong)")
        }
    }

    @discardableResult
    private static func sql(_ machine: Machine, _ namespace: String, _ text: String) async throws -> String {
        try await machine.run(
            "exec", "deploy/database", "-n", namespace, "-i",
            after: [
                "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "/data/db", "-U", "shop", "postgres",
            ],
            input: text)
    }

    /// No file of the service's, of QA's or of the log holds what production's do.
    private static func lookThrough(_ machine: Machine) async throws {
        var looked = 0
        var seen = 0
        let names = try #require(FileManager.default.enumerator(atPath: machine.folder.path))
        for case let name as String in names {
            let path = "\(machine.folder.path)/\(name)"
            guard !Files.isFolder(path), let bytes = try? Data(contentsOf: URL(filePath: path)) else { continue }
            let isProduction = name.contains("/volumes/shop_database_")
            looked += 1
            for mark in ["Halvorsen", "fjellpost", "Lillevik"] where bytes.range(of: Data(mark.utf8)) != nil {
                if isProduction { seen += 1 } else { Issue.record("\(name) holds \(mark)") }
            }
        }
        // Where it belongs it is found: the search finds.
        #expect(looked > 500 && seen > 0)
    }
}
