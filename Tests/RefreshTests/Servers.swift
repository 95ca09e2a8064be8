import Foundation
import System
import TestSupport

/// Two PostgreSQL servers of a test's own: production's with people in it, and QA's with others. They listen on sockets
/// in their folders alone.
final class Servers: Sendable {
    enum Place: String, CaseIterable, Sendable {
        case prod, qa
    }

    private let folder: TemporaryFolder
    private static let programs = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql"))
        .flatMap { $0.max() }.map { "/usr/lib/postgresql/\($0)/bin" }

    /// Whether this machine has PostgreSQL, which `scripts/packages test` installs.
    static let areThere = programs != nil && getuid() == 0

    /// - Parameter people: how many production has.
    static func with(people: Int = 400, _ body: (Servers) async throws -> Void) async throws {
        let servers = try await Servers()
        do {
            try await servers.sql(.prod, Shop.schema + Shop.people(people))
            try await servers.sql(.qa, Shop.schema + Shop.madeUp)
            try await body(servers)
        } catch {
            await servers.stop()
            throw error
        }
        await servers.stop()
    }

    private init() async throws {
        folder = try TemporaryFolder()
        try Program.run(["chown", "postgres", folder.path])
        try Program.run(["chmod", "755", folder.path])
        for place in Place.allCases {
            let folder = path(place)
            try await run([
                "initdb", "-D", folder, "-U", "shop", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C.UTF-8",
            ])
            let options =
                "-k \(folder) -c listen_addresses='' -c fsync=off -c shared_buffers=16MB -c log_statement=none"
            try await run(["pg_ctl", "-D", folder, "-l", "\(folder).log", "-w", "-s", "-o", options, "start"])
            try await run(["createdb", "-h", folder, "-U", "shop", "shop"])
        }
    }

    private func stop() async {
        for place in Place.allCases {
            _ = try? await run(["pg_ctl", "-D", path(place), "-m", "immediate", "-s", "stop"])
        }
    }

    /// A server's folder: its data and its socket.
    func path(_ place: Place) -> String { "\(folder.path)/\(place.rawValue)" }

    /// How programs find a server.
    func variables(_ place: Place) -> [String: String] {
        [
            "PGHOST": path(place), "PGUSER": "shop", "PGDATABASE": "shop", "PGOPTIONS": "",
            "PATH": "\(Self.programs ?? ""):/usr/bin:/bin",
        ]
    }

    @discardableResult
    private func run(_ words: [String]) async throws -> String {
        let program = ["\(Self.programs ?? "")/\(words[0])"] + words.dropFirst()
        // Waiting for programs holds none of the few threads that all tests share.
        return try await Blocking.run(named: "postgres") {
            try Program.run(
                ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "env", "--chdir=/"] + program)
        }
    }

    /// Runs statements, and answers their rows with bars between columns.
    @discardableResult
    func sql(_ place: Place, _ text: String) async throws -> String {
        let file = "\(folder.path)/\(place.rawValue).sql"
        try Files.replace(file, with: Array(text.utf8), mode: 0o644)
        return try await run([
            "psql", "-h", path(place), "-U", "shop", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-f", file,
            "shop",
        ])
    }

    /// Loads a file into QA.
    func load(_ file: String, _ options: [String]) async throws {
        let variables = variables(.qa).map { "\($0)=\($1)" }
        _ = try await Blocking.run(named: "psql") {
            try Program.run(
                ["sh", "-c", "exec psql -X -q \(options.joined(separator: " ")) < \(file)"], environment: variables)
        }
    }

    func rows(_ place: Place, _ query: String) async throws -> [String] {
        try await sql(place, query + ";").split(separator: "\n").map(String.init)
    }
}

/// A shop's tables and who is in them.
enum Shop {
    static let schema = """
        CREATE TABLE customers (
            id integer PRIMARY KEY, name text NOT NULL, email varchar(120) NOT NULL UNIQUE, phone text, born date,
            profile jsonb, note text);
        CREATE TABLE cards (
            id integer PRIMARY KEY, customer integer NOT NULL REFERENCES customers, number text NOT NULL UNIQUE);
        CREATE TABLE orders (
            id serial PRIMARY KEY, customer integer NOT NULL REFERENCES customers, cents integer NOT NULL CHECK (cents > 0),
            paid_with integer REFERENCES cards, note text);

        """

    static func people(_ count: Int) -> String {
        """
        INSERT INTO customers SELECT i, 'Ingeborg Halvorsen-' || i, 'ingeborg.' || i || '@fjellpost.example',
            '+47 22 55 ' || lpad((i / 100)::text, 2, '0') || ' ' || lpad((i % 100)::text, 2, '0'), date '1960-01-01' + i * 7,
            jsonb_build_object('nickname', 'Inga of Fjellveien ' || i, 'height', 150 + i % 40),
            'Rang at ingeborg.' || i || '@fjellpost.example, wants the blue rope; second line' || E'\\n' || i
        FROM generate_series(1, \(count)) i;
        INSERT INTO cards SELECT i, i, '4539' || lpad((i * 7919)::text, 12, '0') FROM generate_series(1, \(count)) i;
        INSERT INTO orders (customer, cents, paid_with, note)
            SELECT 1 + (i * 13) % \(count), 100 + i, CASE WHEN i % 3 = 0 THEN 1 + (i * 13) % \(count) END,
            CASE WHEN i % 5 = 0 THEN 'leave it with Torbjørn Lillevik ' || i END
        FROM generate_series(1, \(count * 3)) i;

        """
    }

    static let madeUp = """
        INSERT INTO customers VALUES (1, 'Test Person', 'one@test.example', NULL, '1990-01-01', '{}', NULL);
        INSERT INTO orders (customer, cents) VALUES (1, 5), (1, 6);

        """

    static let policy = Fixture.policy(
        """
        identities: {customer: {max: 99999}, card: {max: 99999}}
        tables:
          customers:
            id: {transform: sequence, identity: customer}
            name: name
            email: email
            phone: phone
            born: {transform: date-shift, by: id, days: 90}
            profile: {transform: json, paths: {nickname: name, height: keep}}
            note: filler
          cards:
            id: {transform: sequence, identity: card}
            customer: {transform: sequence, identity: customer}
            number: digits
          orders:
            id: keep
            customer: {transform: sequence, identity: customer}
            cents: keep
            paid_with: {transform: sequence, identity: card}
            note: filler
        """)
}
