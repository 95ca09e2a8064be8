import Document
import Scrub
import Testing

@testable import Datasets

/// A shop of customers, orders, products and countries; references are stated at the dump's end, as pg_dump does.
enum ShopDump {
    static let policy = """
        customer:
          id: {transform: sequence, identity: customer}
          email: email
          country: keep
          friend: {transform: sequence, identity: customer}
        country: {code: keep, name: keep}
        order: {id: sequence, customer_id: {transform: sequence, identity: customer}, product_id: keep, total: keep}
        product: {id: keep, name: keep}
        setting: {name: keep}
        """

    /// Customer n lives in country n mod 5, has the friend n + 1 (the last one the first) where n is even, and has orders
    /// n and n + customers for product n mod 10.
    static func text(customers: Int = 40) -> String {
        let people = (1...customers).map { n in
            "\(n)\tp\(n)@shop.example\tC\(n % 5)\t\(n % 2 == 0 ? "\(n % customers + 1)" : "\\N")"
        }
        let orders = (1...(2 * customers)).map { n in
            let customer = (n - 1) % customers + 1
            return "\(n)\t\(customer)\t\(customer % 10)\t\(n)"
        }
        func copy(_ table: String, _ columns: String, _ rows: [String]) -> String {
            "COPY public.\(table) (\(columns)) FROM stdin;\n\(rows.map { "\($0)\n" }.joined())\\.\n"
        }
        return """
            CREATE TABLE public.customer (
                id integer NOT NULL,
                email text,
                country text,
                friend integer
            );
            CREATE TABLE public.country (
                code text,
                name text
            );
            CREATE TABLE public."order" (
                id integer NOT NULL,
                customer_id integer NOT NULL,
                product_id integer,
                total integer
            );
            CREATE TABLE public.product (
                id integer NOT NULL,
                name text
            );
            CREATE TABLE public.setting (
                name text
            );

            """ + copy("customer", "id, email, country, friend", people)
                + copy("country", "code, name", (0..<5).map { "C\($0)\tCountry \($0)" })
                + copy("\"order\"", "id, customer_id, product_id, total", orders)
                + copy("product", "id, name", (0..<10).map { "\($0)\tthing \($0)" })
                + copy("setting", "name", ["a", "b"])
                    + """
                    ALTER TABLE ONLY public.customer ADD CONSTRAINT a PRIMARY KEY (id);
                    ALTER TABLE ONLY public.country ADD CONSTRAINT b PRIMARY KEY (code);
                    ALTER TABLE ONLY public.product ADD CONSTRAINT c PRIMARY KEY (id);
                    ALTER TABLE ONLY public.customer
                        ADD CONSTRAINT d FOREIGN KEY (country) REFERENCES public.country(code);
                    ALTER TABLE ONLY public.customer
                        ADD CONSTRAINT e FOREIGN KEY (friend) REFERENCES public.customer(id);
                    ALTER TABLE ONLY public."order"
                        ADD CONSTRAINT f FOREIGN KEY (customer_id) REFERENCES public.customer(id);
                    ALTER TABLE ONLY public."order"
                        ADD CONSTRAINT g FOREIGN KEY (product_id) REFERENCES public.product(id);
                    --
                    -- PostgreSQL database dump complete
                    --


                    """
    }

    static func compiler(_ more: String, policy: String = policy) throws -> DatasetCompiler {
        DatasetCompiler(try Shop.rules(policy, more), keys: Shop.keys)
    }

    /// Rows of a table's COPY, each as its cells.
    static func rows(_ table: String, in output: String) -> [[String]] {
        let lines = output.split(separator: "\n", omittingEmptySubsequences: false)
        guard let start = lines.firstIndex(where: { $0.hasPrefix("COPY public.\(table) ") }) else { return [] }
        return lines[(start + 1)...].prefix { $0 != "\\." }
            .map { $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init) }
    }
}

@Suite struct SubsetTests {
    private static func roots(_ list: String, others: String = "") -> String {
        "subset: {roots: [\(list)]\(others)}"
    }

    @Test(arguments: [1, 2]) func `references close after a subset, however the rows were scrubbed`(threads: Int) throws
    {
        let more = Self.roots("{table: customer, column: country, in: [C1]}")
        let outcome = scrub(ShopDump.text(), as: .postgres, try ShopDump.compiler(more), threads: threads)
        #expect(outcome.message == "")
        let customers = ShopDump.rows("customer", in: outcome.output)
        let orders = ShopDump.rows("\"order\"", in: outcome.output)
        let ids = Set(customers.map { $0[0] })
        #expect(customers.filter { $0[2] == "C1" }.count == 8)
        // Whoever has one of them for a friend follows, and their own followers do.
        #expect(customers.count > 8 && customers.count < 40)
        #expect(customers.allSatisfy { $0[3] == "\\N" || ids.contains($0[3]) })
        #expect(!orders.isEmpty && orders.allSatisfy { ids.contains($0[1]) })
        let products = Set(ShopDump.rows("product", in: outcome.output).map { $0[0] })
        #expect(Set(orders.map { $0[2] }) == products && products.count < 10)
        let countries = Set(ShopDump.rows("country", in: outcome.output).map { $0[0] })
        #expect(countries == Set(customers.map { $0[2] }))
        #expect(ShopDump.rows("setting", in: outcome.output).count == 2)
        #expect(!outcome.output.contains("shop.example"))
        let counts = try #require(outcome.counts)
        #expect(counts.tables.first { $0.name == "public.customer" }?.rowsIn == 40)
        #expect(counts.tables.first { $0.name == "public.customer" }?.rowsOut == customers.count)
        #expect(counts.bytesOut == outcome.output.utf8.count)
    }

    @Test func `only what was chosen has followers`() throws {
        let more = Self.roots("{table: order, column: total, in: [7]}", others: ", others: empty")
        let outcome = scrub(ShopDump.text(), as: .postgres, try ShopDump.compiler(more))
        #expect(outcome.message == "")
        #expect(ShopDump.rows("\"order\"", in: outcome.output).count == 1)
        #expect(ShopDump.rows("customer", in: outcome.output).count == 1)
        #expect(ShopDump.rows("product", in: outcome.output).map { $0[0] } == ["7"])
        #expect(ShopDump.rows("setting", in: outcome.output) == [])
    }

    /// Roots of orders, and how many of the 80 are chosen; customers none.
    @Test(arguments: [
        ("{table: order, column: total, from: 71}", 10), ("{table: order, column: total, from: 9, before: 12}", 3),
        ("{table: order, column: total, before: 3}", 2), ("{table: order, column: product_id, not: [1, 2, 3]}", 56),
        ("{table: order, column: total, from: 71}, {table: order, column: product_id, in: [3]}", 1),
    ])
    func `rows are chosen by values, lists and bounds`(list: String, count: Int) throws {
        let outcome = scrub(ShopDump.text(), as: .postgres, try ShopDump.compiler(Self.roots(list)))
        #expect(outcome.message == "")
        #expect(ShopDump.rows("\"order\"", in: outcome.output).count == count)
    }

    @Test func `a share is of the column's values, which the key chooses`() throws {
        let list = "{table: order, column: customer_id, share: 20}"
        func customers(_ key: UInt8) throws -> Set<String> {
            let compiler = DatasetCompiler(
                try Shop.rules(
                    ShopDump.policy.replacing("sequence", with: "keep").replacing(
                        "{transform: keep, identity: customer}", with: "keep"), Self.roots(list)),
                keys: ScrubKeys(environment: [key]))
            let outcome = scrub(ShopDump.text(customers: 400), as: .postgres, compiler)
            #expect(outcome.message == "")
            return Set(ShopDump.rows("\"order\"", in: outcome.output).map { $0[1] })
        }
        let first = try customers(1)
        #expect((50...110).contains(first.count))
        #expect(try customers(1) == first && customers(2) != first)
    }

    @Test func `a subset that is verified passes, and keeps what it says`() throws {
        let rules = try Shop.rules(
            ShopDump.policy, Self.roots("{table: customer, column: country, in: [C1]}") + "\ncanaries: [CANARY-7]")
        let verifier = DatasetVerifier(rules, keys: Shop.keys)
        let scrubbed = scrub(
            ShopDump.text(), as: .postgres, verifier.watching(DatasetCompiler(rules, keys: Shop.keys)), threads: 2)
        #expect(scrubbed.message == "")
        #expect(scrub(scrubbed.output, as: .postgres, verifier.probing()).message == "")
        let report = try verifier.report(VerificationReport(), counts: scrubbed.counts)
        #expect(report.failures == [])
        // A customer's first column in the output is the id that orders have.
        let lost = scrubbed.output.replacing(/\n[0-9]+\t[^\t\n]*\tC1\t[^\n]*/, with: "", maxReplacements: 1)
        #expect(lost != scrubbed.output)
        #expect(scrub(lost, as: .postgres, verifier.probing()).message == "")
        #expect(try !verifier.report(VerificationReport(), counts: scrubbed.counts).isPassed)
    }

    @Test func `a reference leads where the row's kind says`() throws {
        let sql = """
            CREATE TABLE `post` (`id` int NOT NULL, PRIMARY KEY (`id`));
            INSERT INTO `post` VALUES (1),(2),(3),(4);
            CREATE TABLE `user` (`id` int NOT NULL, PRIMARY KEY (`id`));
            INSERT INTO `user` VALUES (1),(2),(3),(4);
            CREATE TABLE `remark` (`id` int NOT NULL, `kind` varchar(4), `about` int, PRIMARY KEY (`id`));
            INSERT INTO `remark` VALUES (1,'post',1),(2,'user',2),(3,'user',3),(4,'post',4);
            -- Dump completed

            """
        let more = """
            references:
              - {from: remark.about, to: post.id, when: {column: kind, in: [post]}}
              - {from: remark.about, to: user.id, when: {column: kind, in: [user]}}
            """
        let policy = "post: {id: keep}\nuser: {id: keep}\nremark: {id: keep, kind: keep, about: keep}"
        let roots = Self.roots("{table: remark, column: id, in: [1, 3]}")
        let outcome = scrub(sql, as: .mysql, try ShopDump.compiler("\(more)\n\(roots)", policy: policy))
        #expect(outcome.message == "")
        #expect(outcome.output.contains("INSERT INTO `post` VALUES (1);"), "\(outcome.output)")
        #expect(outcome.output.contains("INSERT INTO `user` VALUES (3);"), "\(outcome.output)")
    }

    @Test(arguments: [
        ("{table: custommer, column: country, in: [C1]}", "did you mean \"customer\"?"),
        ("{table: customer, column: contry, in: [C1]}", "did you mean \"country\"?"),
    ])
    func `roots that there are not stop the run with nothing out`(list: String, hint: String) throws {
        let outcome = scrub(ShopDump.text(), as: .postgres, try ShopDump.compiler(Self.roots(list)))
        #expect(outcome.message.contains(hint) && outcome.message.contains("scrub.yaml:6:"), "\(outcome.message)")
        #expect(outcome.output == "")
        let document = scrub("{}", as: .json, try ShopDump.compiler(Self.roots(list)))
        #expect(document.message.contains("json has no rows") && document.output == "")
    }

    @Test func `rows of CSV and of INSERT are chosen too`() throws {
        let more = Self.roots("{table: customer, column: country, in: [C1]}")
        let csv = "id,email,country,friend\n" + (1...10).map { "\($0),p\($0)@shop.example,C\($0 % 5),\n" }.joined()
        var options = DatasetScrub.Options()
        options.document = "customer"
        var output: [UInt8] = []
        let counts = try DatasetScrub(.csv, options).run(
            DatasetInput(Array(csv.utf8), named: "input"), into: OutputGate(spoolIn: "/tmp") { output += $0 },
            planner: DatasetCompiler(
                try Shop.rules("customer: {id: sequence, email: email, country: keep, friend: \"null\"}", more),
                keys: Shop.keys))
        #expect(counts.rowsOut == 2 && String(decoding: output, as: UTF8.self).split(separator: "\n").count == 3)
        let sql = """
            CREATE TABLE `customer` (`id` int NOT NULL, `country` varchar(2), PRIMARY KEY (`id`));
            INSERT INTO `customer` VALUES (1,'C1'),(2,'C2'),(3,'C1');
            CREATE TABLE `visit` (`c` int, CONSTRAINT `v` FOREIGN KEY (`c`) REFERENCES `customer` (`id`));
            INSERT INTO `visit` VALUES (1),(2),(3),(3),(NULL);
            -- Dump completed

            """
        let outcome = scrub(
            sql, as: .mysql,
            try ShopDump.compiler(more, policy: "customer: {id: sequence, country: keep}\nvisit: {c: sequence}"))
        #expect(outcome.message == "")
        #expect(outcome.counts?.tables.map(\.rowsOut) == [2, 3])
        #expect(!outcome.output.contains("C2") && !outcome.output.contains("NULL)"))
    }
}

/// A subset of a real dump with circles, partitions and composite keys: whether all foreign keys close is for the server
/// to say.
@Suite(.enabled(if: RealPostgres.isInstalled, "needs Debian's package postgresql")) struct RealSubsetTests {
    private static let schema = #"""
        CREATE TABLE region (id integer PRIMARY KEY, label text);
        CREATE TABLE dept (id integer PRIMARY KEY, region integer REFERENCES region, head integer);
        CREATE TABLE staff (
            id integer PRIMARY KEY, dept integer NOT NULL REFERENCES dept, boss integer REFERENCES staff, email text UNIQUE,
            pay integer
        );
        ALTER TABLE dept ADD FOREIGN KEY (head) REFERENCES staff DEFERRABLE INITIALLY DEFERRED;
        CREATE TABLE task (staff integer REFERENCES staff, number integer, label text, PRIMARY KEY (staff, number));
        CREATE TABLE step (staff integer, number integer, place integer, PRIMARY KEY (staff, number, place),
            FOREIGN KEY (staff, number) REFERENCES task);
        CREATE TABLE visit (staff integer REFERENCES staff, day date NOT NULL) PARTITION BY RANGE (day);
        CREATE TABLE visit_old PARTITION OF visit FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
        CREATE TABLE visit_new PARTITION OF visit FOR VALUES FROM ('2021-01-01') TO ('2030-01-01');
        CREATE TABLE motd (text text);
        INSERT INTO region SELECT i, 'region ' || i FROM generate_series(1, 20) i;
        INSERT INTO dept SELECT i, 1 + i % 20, NULL FROM generate_series(1, 100) i;
        INSERT INTO staff SELECT i, 1 + i % 100, CASE WHEN i > 100 THEN i - 100 END, 'p' || i || '@shop.example', 1000 + i
            FROM generate_series(1, 3000) i;
        UPDATE dept SET head = CASE id WHEN 3 THEN 49 WHEN 60 THEN 102 ELSE id + 99 END;
        INSERT INTO task SELECT i, n, 'task' FROM generate_series(1, 3000) i, generate_series(1, 2) n;
        INSERT INTO step SELECT i, n, 1 FROM generate_series(1, 3000) i, generate_series(1, 2) n WHERE i % 2 = 0;
        INSERT INTO visit SELECT i, '2020-06-01'::date + i % 500 FROM generate_series(1, 3000) i;
        INSERT INTO motd VALUES ('hello');
        """#

    private static let policy = """
        region: {id: sequence, label: keep}
        dept: {id: {transform: sequence, identity: dept}, region: sequence, head: {transform: sequence, identity: staff}}
        staff:
          id: {transform: sequence, identity: staff}
          boss: {transform: sequence, identity: staff}
          dept: {transform: sequence, identity: dept}
          email: email
          pay: shuffle
        task: {staff: {transform: sequence, identity: staff}, "number, label": keep}
        step: {staff: {transform: sequence, identity: staff}, "number, place": keep}
        "visit*": {staff: {transform: sequence, identity: staff}, day: keep}
        motd: {text: keep}
        """

    @Test(arguments: ["plain", "inserts", "custom"])
    func `all foreign keys close, circles among them`(name: String) throws {
        let server = try RealPostgres()
        defer { server.stop() }
        try server.query(Self.schema, in: "postgres")
        let forms = ["plain": ["-Fp"], "inserts": ["-Fp", "--inserts"], "custom": ["-Fc"]]
        let dump = try server.dump("postgres", forms[name] ?? [])
        let more = "subset: {roots: [{table: dept, column: id, in: [3, 4]}]}"
        let compiler = DatasetCompiler(
            try Shop.rules(
                Self.policy.replacing(
                    "region: sequence", with: "region: {transform: sequence, identity: region}"
                ).replacing("region: {id: sequence", with: "region: {id: {transform: sequence, identity: region}"), more
            ),
            keys: Shop.keys)
        var output: [UInt8] = []
        var options = DatasetScrub.Options()
        options.threads = 2
        _ = try DatasetScrub(.postgres, options).run(
            DatasetInput(dump, named: "input"), into: OutputGate(spoolIn: "/tmp") { output += $0 }, planner: compiler)
        try server.query("CREATE DATABASE copy", in: "postgres")
        try server.load(output, into: "copy", isCustom: name == "custom")
        let whole = try server.query(Self.counts, in: "postgres")
        let kept = try server.query(Self.counts, in: "copy")
        // What the server itself says belongs to the subset: a recursive query over the same references.
        #expect(try server.query(Self.expected, in: "postgres") == kept)
        #expect(kept != whole)
        #expect(try server.query("SELECT count(*) FROM motd", in: "copy") == "1")
        #expect(try server.query("SELECT count(*) FROM staff WHERE email LIKE '%shop.example'", in: "copy") == "0")
        // Pay has changed hands among those that stay.
        #expect(try server.query("SELECT count(*) = count(DISTINCT pay) FROM staff", in: "copy") == "t")
    }

    private static let counts = """
        SELECT (SELECT count(*) FROM region), (SELECT count(*) FROM dept), (SELECT count(*) FROM staff),
            (SELECT count(*) FROM task), (SELECT count(*) FROM step), (SELECT count(*) FROM visit)
        """

    /// Chosen: departments 3 and 4, their staff, whom those lead, whom their staff leads and so on, and the departments
    /// that one of them heads with their staff. Needed: bosses, departments and heads of all of them, and theirs.
    private static let expected = """
        WITH RECURSIVE chosen(kind, id) AS (
            VALUES ('d', 3), ('d', 4)
            UNION
            SELECT n.kind, n.id FROM chosen c, LATERAL (
                SELECT 's', s.id FROM staff s WHERE (c.kind = 'd' AND s.dept = c.id) OR (c.kind = 's' AND s.boss = c.id)
                UNION ALL SELECT 'd', d.id FROM dept d WHERE c.kind = 's' AND d.head = c.id
            ) n(kind, id)
        ), kept(kind, id) AS (
            SELECT * FROM chosen
            UNION
            SELECT n.kind, n.id FROM kept k, LATERAL (
                SELECT 's', s.boss FROM staff s WHERE k.kind = 's' AND s.id = k.id AND s.boss IS NOT NULL
                UNION ALL SELECT 'd', s.dept FROM staff s WHERE k.kind = 's' AND s.id = k.id
                UNION ALL SELECT 's', d.head FROM dept d WHERE k.kind = 'd' AND d.id = k.id AND d.head IS NOT NULL
                UNION ALL SELECT 'r', d.region FROM dept d WHERE k.kind = 'd' AND d.id = k.id
            ) n(kind, id)
        )
        SELECT (SELECT count(*) FROM kept WHERE kind = 'r'), (SELECT count(*) FROM kept WHERE kind = 'd'),
            (SELECT count(*) FROM kept WHERE kind = 's'),
            (SELECT count(*) FROM task t JOIN chosen c ON c.kind = 's' AND c.id = t.staff),
            (SELECT count(*) FROM step t JOIN chosen c ON c.kind = 's' AND c.id = t.staff),
            (SELECT count(*) FROM visit t JOIN chosen c ON c.kind = 's' AND c.id = t.staff)
        """
}
