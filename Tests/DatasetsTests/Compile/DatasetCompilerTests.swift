import Crypto
import Document
import Scrub
import Testing

@testable import Datasets

/// A shop's tables as a dump states them.
enum Shop {
    static let keys = ScrubKeys(environment: Array(0..<32))

    static func text(_ length: Int? = nil) -> ColumnType {
        ColumnType(length.map { "character varying(\($0))" } ?? "text", .text, length: length)
    }

    static var integer: ColumnType {
        var type = ColumnType("integer", .integer)
        type.range = Int64(Int32.min)...Int64(Int32.max)
        return type
    }

    static var small: ColumnType {
        var type = ColumnType("smallint", .integer)
        type.range = -32_768...32_767
        return type
    }

    static var mood: ColumnType {
        var type = ColumnType("mood", .text)
        type.values = ["fine", "bad"]
        return type
    }

    static let customer = TableSchema(
        TableName("customer", in: "public"),
        columns: [
            ColumnSchema("id", integer, isNullable: false, isNumbered: true),
            ColumnSchema("name", text(45), isNullable: false),
            ColumnSchema("email", text(60)), ColumnSchema("mood", mood), ColumnSchema("age", small),
        ],
        constraints: [
            .primaryKey(["id"]), .unique(["email"], expression: "lower((email)::text)"),
            .check("(age >= 0) AND (age <= 150)", ["age"]),
        ])

    static let order = TableSchema(
        TableName("order", in: "public"),
        columns: [
            ColumnSchema("id", integer, isNullable: false), ColumnSchema("customer_id", integer, isNullable: false),
            ColumnSchema("placed", ColumnType("date", .date)), ColumnSchema("total", ColumnType("numeric", .decimal)),
        ],
        constraints: [
            .primaryKey(["id"]), .foreignKey(["customer_id"], references: TableName("customer", in: "public"), ["id"]),
        ])

    static func rules(_ tables: String, _ more: String = "") throws -> DatasetRules {
        let indented = tables.split(separator: "\n").map { "        \($0)" }.joined(separator: "\n")
        let rest = more.split(separator: "\n").map { "      \($0)" }.joined(separator: "\n")
        let text = """
            apiVersion: belay/v1
            kind: ScrubPolicy
            spec:
              datasets:
                - name: shop
            \(rest)
                  tables:
            \(indented)
            """
        let document = try YAML.parseOne(Array(text.utf8), file: SourceFile("scrub.yaml"))
        return try #require(try ScrubPolicy(document).datasets.first)
    }

    static func compiler(_ tables: String, _ more: String = "") throws -> DatasetCompiler {
        DatasetCompiler(try rules(tables, more), keys: keys)
    }

    /// What is wrong with a policy for the shop, as one text; empty when nothing is.
    static func problems(_ tables: String, _ more: String = "", _ schemas: [TableSchema] = [customer, order]) -> String
    {
        do {
            var compiler = try compiler(tables, more)
            _ = try compiler.plan(for: schemas, isWhole: true)
            try compiler.finish()
            return ""
        } catch {
            return "\(error)"
        }
    }

    static let good = """
        customer:
          id: {transform: sequence, identity: customer}
          name: name
          email: email
          mood: keep
          age: {transform: noise, min: 0, max: 150}
        order:
          id: sequence
          customer_id: {transform: sequence, identity: customer}
          placed: {transform: date-shift, by: customer_id}
          "t*": keep
        """
}

@Suite struct DatasetCompilerTests {
    @Test func `a policy that decides every column is taken, and its plans stand in the schema's order`() throws {
        var compiler = try Shop.compiler(Shop.good)
        let plans = try compiler.plan(for: [Shop.customer, Shop.order], isWhole: true)
        try compiler.finish()
        #expect(plans.map(\.table.name) == ["customer", "order"])
        #expect(plans.map(\.columns.count) == [5, 4])
        // Noise reads the key, a shifted date its subject.
        #expect(plans.map(\.contextColumns) == [[0], [1]])
        #expect(plans[0].counter(after: 599, column: 0) == 999)
        #expect(plans[0].counter(after: 599, column: 3) == 599)
    }

    /// Changes of the good policy, and what the error must name.
    @Test(arguments: [
        (
            "  email: email\n", "",
            ["no rule for 1 column of public.customer", "public.customer.email (character varying(60)): perhaps email"]
        ),
        (
            "  name: name\n  email: email\n", "",
            ["no rule for 2 columns", "public.customer.name (character varying(45))"]
        ),
        (
            "email: email", "email: emal",
            ["scrub.yaml:11:18", "there is no transform \"emal\"", "did you mean \"email\"?"]
        ),
        (
            "email: email", "email: email\n  emall: keep",
            ["has no column emall", "did you mean \"email\"?", "scrub.yaml:12:"]
        ),
        ("order:", "orders:", ["no table orders", "did you mean \"order\"?", "no rule for 3 columns of public.order"]),
        (
            "email: email", "email: email\n  \"name, mood\": alnum",
            ["two rules for the column name", "scrub.yaml:12:", "scrub.yaml:10:"]
        ),
        (
            "email: email", "email: {transform: mask, first: 2}",
            ["unique index on lower((email)::text)", "rule mask may make two values one"]
        ),
        ("email: email", "email: alnum", ["unique index on lower", "use email, token, uuid or digits"]),
        (
            "id: {transform: sequence, identity: customer}\n  name", "id: {transform: bucket, size: 10}\n  name",
            ["public.customer.id is part of the primary key", "rule bucket"]
        ),
        ("name: name", "name: \"null\"", ["public.customer.name is NOT NULL"]),
        ("mood: keep", "mood: {transform: fixed, value: glad}", ["values of the enumeration mood"]),
        ("mood: keep", "mood: alnum", ["values of the enumeration mood"]),
        (
            "age: {transform: noise, min: 0, max: 150}", "age: {transform: noise, min: 0, max: 200}",
            ["CHECK ((age >= 0) AND (age <= 150))"]
        ),
        (
            "age: {transform: noise, min: 0, max: 150}", "age: sequence",
            ["is of the type smallint", "identities: {customer.age: {max: 32767}}"]
        ),
        (
            "age: {transform: noise, min: 0, max: 150}", "age: email",
            ["is of the type smallint, which email cannot take"]
        ),
        (
            "email: email", "email: {transform: token, prefix: \"01234567890123456789012345678901234567890123456789\"}",
            ["has 60 characters", "makes up to 66"]
        ),
        (
            "customer_id: {transform: sequence, identity: customer}",
            "customer_id: {transform: sequence, identity: buyer}",
            ["public.order.customer_id refers to public.customer.id", "different values"]
        ),
        (
            "customer_id: {transform: sequence, identity: customer}", "customer_id: keep",
            ["refers to public.customer.id"]
        ),
        (
            "by: customer_id", "by: custommer_id",
            ["public.order has no column custommer_id", "did you mean \"customer_id\"?"]
        ),
        ("\"t*\": keep", "\"*\": keep", ["\"*\": keep would let new columns pass unseen", "schema: sha256:"]),
        (
            "\"t*\": keep",
            "\"t*\": keep\n  \"to*\": {transform: bucket, size: 5}\n  \"?ot*\": {transform: bucket, size: 6}",
            ["two rules are for public.order.total"]
        ),
        (
            "email: email", "email: {transform: email, domian: x.test}",
            ["has no field \"domian\"", "did you mean \"domain\"?"]
        ),
        (
            "placed: {transform: date-shift, by: customer_id}", "placed: empty",
            ["of the type date, which has no empty value"]
        ),
        (
            "id: {transform: sequence, identity: customer}\n  name", "id: drop\n  name",
            ["part of the primary key, so it cannot be dropped"]
        ),
        ("email: email", "email: {transform: regex, pattern: \"(\", replace: x}", ["the pattern is wrong"]),
    ])
    func `what would break is refused with its place`(old: String, new: String, parts: [String]) throws {
        #expect(Shop.good.contains(old))
        let problems = Shop.problems(Shop.good.replacing(old, with: new, maxReplacements: 1))
        for part in parts { #expect(problems.contains(part), "\(problems)") }
    }

    @Test func `a reference's column needs no rule of its own, and takes its target's identity`() throws {
        let tables = Shop.good.replacing("  customer_id: {transform: sequence, identity: customer}\n", with: "")
        #expect(Shop.problems(tables) == "")
        let unnamed = tables.replacing("{transform: sequence, identity: customer}", with: "sequence")
        #expect(Shop.problems(unnamed) == "")
    }

    @Test func `a constraint that comes after the data is judged when it comes`() throws {
        var early = Shop.customer
        early.constraints = []
        early.hasAllConstraints = false
        var order = Shop.order
        order.constraints = []
        var compiler = try Shop.compiler(
            Shop.good.replacing("identity: customer}\n  placed", with: "identity: buyer}\n  placed")
                .replacing("{transform: noise, min: 0, max: 150}", with: "{transform: noise, by: id, min: 0, max: 150}")
        )
        _ = try compiler.plan(for: [early, order], isWhole: true)
        try compiler.add(.unique(["email"]), to: early.name)
        #expect(throws: Problem.self) { try compiler.add(.unique(["name"]), to: early.name) }
        #expect(throws: Problem.self) {
            try compiler.add(.foreignKey(["customer_id"], references: TableName("customer"), ["id"]), to: order.name)
        }
    }

    @Test func `a table may be left out or emptied, unless another refers to it`() throws {
        let tables = """
            customer: drop
            order: {id: sequence, customer_id: sequence, "placed, total": keep}
            """
        #expect(Shop.problems(tables).contains("refers to public.customer, which is left out"))
        var compiler = try Shop.compiler("\"*\": empty")
        let plans = try compiler.plan(for: [Shop.customer, Shop.order], isWhole: true)
        #expect(plans.map(\.isEmptied) == [true, true])
    }

    @Test func `a pinned schema that has changed stops the run and says what is new`() throws {
        let pinned = SchemaFingerprint.of([Shop.order, Shop.customer])
        #expect(Shop.problems(Shop.good, "schema: \(pinned)") == "")
        var grown = Shop.customer
        grown.columns.append(ColumnSchema("phone_number", Shop.text()))
        let problems = Shop.problems(Shop.good, "schema: \(pinned)", [grown, Shop.order])
        #expect(problems.contains("the schema is not the one that the policy pins"))
        #expect(problems.contains("public.customer.phone_number (text): perhaps phone"))
    }

    /// What a database may have become since its policy was written: one change at a time.
    @Test func `fifty drifts of a pinned schema are all stopped`() {
        let pinned = SchemaFingerprint.of([Shop.customer, Shop.order])
        var drifts: [[TableSchema]] = []
        for place in 0..<2 {
            func drift(_ change: (inout TableSchema) -> Void) {
                var tables = [Shop.customer, Shop.order]
                change(&tables[place])
                drifts.append(tables)
            }
            for name in ["phone", "note", "tax_id", "x", "emails", "total_net", "created_at"] {
                drift { $0.columns.append(ColumnSchema(name, Shop.text())) }
                drift { $0.columns.insert(ColumnSchema(name, Shop.integer), at: 0) }
            }
            for index in 0..<4 {
                drift { $0.columns[index].name += "2" }
                drift { $0.columns[index].type = ColumnType("bytea", .binary) }
                drift { $0.columns.remove(at: index) }
                drift { $0.columns[index].isNullable.toggle() }
            }
            drift { $0.constraints.append(.unique(["id"])) }
        }
        drifts.append([Shop.customer, Shop.order, TableSchema(TableName("audit"), columns: [ColumnSchema("id")])])
        drifts.append([Shop.customer])
        #expect(drifts.count >= 50)
        for tables in drifts {
            let problems = Shop.problems(Shop.good, "schema: \(pinned)", tables)
            #expect(problems.contains("the schema is not the one that the policy pins"), "\(tables)")
        }
        // Without a pin, what is new by name is stopped all the same.
        for tables in drifts.prefix(14) {
            #expect(Shop.problems(Shop.good, "", tables).contains("no rule for 1 column"))
        }
    }

    @Test func `references that no DDL states are held to, also those that only some rows have`() throws {
        let note = TableSchema(
            TableName("note"),
            columns: [
                ColumnSchema("kind", Shop.text()), ColumnSchema("subject", Shop.integer),
                ColumnSchema("body", Shop.text()),
            ])
        let rule = """
            {transform: when, cases: [{column: kind, in: [customer], rule: {transform: sequence, identity: NAME}}], otherwise: sequence}
            """
        let references = "references: [{from: note.subject, to: customer.id, when: {column: kind, in: [customer]}}]"
        func problems(_ name: String) -> String {
            Shop.problems(
                Shop.good + "\nnote: {kind: keep, body: filler, subject: \(rule.replacing("NAME", with: name))}",
                references,
                [Shop.customer, Shop.order, note])
        }
        #expect(problems("customer") == "")
        #expect(problems("other").contains("note.subject refers to public.customer.id"))
    }

    @Test func `documents are walked by their paths, and files told by their names`() throws {
        var compiler = try Shop.compiler(
            "{}",
            """
            documents:
              "*.json": {"people[*].email": email, "people[*].*": keep, "version": keep, "*.secret": drop}
            files: {"*.csv": csv, "logs/*": drop, "*": keep}
            """)
        let rules = try compiler.plan(forDocument: "a.json")
        let transform = JSONRecipe(rules).instance()
        func scrub(_ text: String) throws -> String {
            var output = ByteBuffer()
            let bytes = Array(text.utf8)
            let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
            defer { copy.deallocate() }
            _ = copy.initialize(from: bytes)
            _ = try transform.apply(UnsafeBufferPointer(copy), row: .none, into: &output)
            return String(decoding: output.bytes, as: UTF8.self)
        }
        let result = try scrub(
            #"{"version": 1, "people": [ {"email":"a@b.c", "n": {"x": [1]}}, {"email": null} ], "x": {"secret": 7}}"#)
        #expect(result.hasPrefix(#"{"version": 1, "people": [ {"email":""#))
        #expect(result.hasSuffix(#"@example.com", "n": {"x": [1]}}, {"email": null} ], "x": {}}"#))
        for (text, part) in [
            (
                #"{"people": [{"email": ["x"]}]}"#,
                "people[*].email holds a mapping or a list, and its rule is for plain values"
            ),
            (#"{"other": 1}"#, "other holds a plain value"),
            (#"{"people": 4}"#, "people holds a plain value"),
            (#"{"version": 1"#, "has no end"), ("[1]", "[*] is undecided"),
            (#"{"ann@shop.example": 1}"#, "(a key) holds a plain value"),
            (#"{"version": 1}x"#, "something follows"),
            (#"{"people": [{"email": "\ud8"}]}"#, "a false escape"),
        ] {
            let error = #expect(throws: TransformFailure.self) { try scrub(text) }
            #expect(error?.reason.contains(part) == true, "\(error?.reason ?? "")")
        }
        #expect(try compiler.plan(forFile: "a/b.csv") == .scrub(format: "csv"))
        #expect(try compiler.plan(forFile: "logs/x.csv") == .drop)
        #expect(throws: Problem.self) { try compiler.plan(forDocument: "a.xml") }
    }

    @Test func `rows are chosen by a column`() throws {
        var compiler = try Shop.compiler(Shop.good, "rows: [{table: order, column: total, in: [1, 2]}]")
        let plans = try compiler.plan(for: [Shop.customer, Shop.order], isWhole: true)
        #expect(plans[0].rows == nil)
        #expect(plans[1].rows?.reads == [3])
        #expect(plans[1].contextColumns == [1, 3])
    }

    /// Conditions as PostgreSQL and MySQL write them, and what they say of the column `n`.
    @Test(arguments: [
        ("(n >= 1901) AND (n <= 2155)", 1901...2155, [String]?.none), ("((n)::integer > 0)", 1...Int64.max, nil),
        ("n BETWEEN 1 AND 5", 1...5, nil), ("`n` in ('a','b')", Int64.min...Int64.max, ["a", "b"]),
        (
            "((n)::text = ANY ((ARRAY['x'::character varying, 'y'::character varying])::text[]))",
            Int64.min...Int64.max, ["x", "y"]
        ),
        ("(VALUE >= (1901)::numeric) AND (VALUE < 10)", 0...0, ["refused"]), ("length(n) > 3", 0...0, ["refused"]),
        ("n > m", 0...0, ["refused"]),
    ])
    func `simple conditions are understood`(text: String, range: ClosedRange<Int64>, values: [String]?) {
        let condition = CheckCondition(text, column: "n")
        if values == ["refused"] {
            #expect(condition == nil)
        } else {
            #expect(condition?.range == range)
            #expect(condition?.values == values)
        }
    }
}
