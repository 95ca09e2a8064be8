package import Crypto
package import Document
package import Scrub

/// What verification found: counters and digests, never a value.
package struct VerificationReport: Sendable {
    package struct Column: Sendable {
        package var table: TableName
        package var name: String
        package var rule: String
        /// Cells without NULLs that went in, and that came out.
        package var cellsIn: Int
        package var cellsOut: Int
        package var nullsOut: Int
        /// Cells whose value came out as it went in.
        package var kept: Int
        package var distinct: Int
        /// The most frequent value's share of the cells, in thousandths.
        package var topShare: Int
    }

    package struct Group: Sendable {
        package var name: String
        package var asked: Int
        /// The fewest rows that share their values.
        package var least: Int
        /// Values that fewer rows share than was asked.
        package var small: Int
    }

    /// The program's version, as `belay version` says it.
    package var tool = ""
    package var dataset = ""
    package var environment = ""
    package var input = ""
    package var output = ""
    package var policy = ""
    package var rows: [TableName: Int] = [:]
    package var columns: [Column] = []
    package var groups: [Group] = []
    /// Values of the output that were looked at, NULLs included.
    package var checked = 0
    /// Files of an archive that the policy keeps as they are, and that were not looked into.
    package var filesKept = 0
    /// Cells of the output that are originals of some classified column.
    package var originals = 0
    package var canaries = 0
    package var findings: [String: Int] = [:]
    /// Why the output must not be used; empty when it may.
    package var failures: [String] = []

    package init() {}

    package var isPassed: Bool { failures.isEmpty }

    /// The report as a document, without its signature.
    private var body: Value {
        func text(_ value: String) -> Value { .string(value) }
        func fields(_ pairs: [(String, Value)]) -> Value {
            Value(.mapping(Mapping(pairs.map { .init(key: .init($0.0), value: $0.1) })))
        }
        let columns = columns.map { column in
            fields([
                ("table", text("\(column.table)")), ("column", text(column.name)), ("rule", text(column.rule)),
                ("cellsIn", .int(column.cellsIn)), ("cellsOut", .int(column.cellsOut)),
                ("nullsOut", .int(column.nullsOut)), ("kept", .int(column.kept)), ("distinct", .int(column.distinct)),
                ("topShareInThousandths", .int(column.topShare)),
            ])
        }
        let groups = groups.map { group in
            fields([
                ("columns", text(group.name)), ("k", .int(group.asked)), ("least", .int(group.least)),
                ("small", .int(group.small)),
            ])
        }
        return fields([
            ("apiVersion", "belay/v1"), ("kind", "VerificationReport"), ("tool", text(tool)),
            ("catalogue", .int(TransformCatalog.version)), ("dictionaries", text("\(Dictionaries.digest)")),
            ("dataset", text(dataset)), ("environment", text(environment)), ("policy", text(policy)),
            ("input", text(input)), ("output", text(output)), ("passed", Value(.scalar(Scalar("\(isPassed)", .bool)))),
            ("failures", .sequence(failures.map(text))),
            ("rows", fields(rows.sorted { $0.key < $1.key }.map { ("\($0.key)", .int($0.value)) })),
            ("valuesChecked", .int(checked)), ("filesNotLookedInto", .int(filesKept)),
            ("originalsFound", .int(originals)), ("canariesFound", .int(canaries)),
            ("findings", fields(findings.sorted { $0.key < $1.key }.map { ($0.key, .int($0.value)) })),
            ("groups", .sequence(groups)), ("columns", .sequence(columns)),
        ])
    }

    /// The report as JSON with the environment's signature (HMAC-SHA256 over the JSON without it).
    package func signed(by keys: ScrubKeys) -> [UInt8] {
        let plain = JSON.emit(body)
        let code = Hex.encode(HMAC.sha256(plain, key: keys.signing))
        guard var fields = body.fields else { return plain }
        fields.set(.init(key: .init("signature"), value: .string("hmac-sha256:\(code)")))
        return JSON.emit(Value(.mapping(fields)))
    }

    /// What a report says, once its signature has been found right.
    package struct Checked: Sendable {
        package var isPassed: Bool
        package var dataset: String
        package var environment: String
        package var policy: String
        package var input: String
        package var output: String
        /// Of the report's bytes.
        package var digest: Digest
    }

    /// Reads a report and checks its signature.
    ///
    /// - Throws: `Problem` for what is no report, or was signed by another environment or changed since.
    package static func check(_ bytes: [UInt8], file: SourceFile, by keys: ScrubKeys) throws(Problem) -> Checked {
        let value = try JSON.parse(bytes, file: file)
        guard var fields = value.fields, fields["kind"]?.string == "VerificationReport",
            let signature = fields["signature"]?.string
        else { throw Problem("this is no report of a verification", at: Origin(file)) }
        fields.remove("signature")
        let plain = JSON.emit(Value(.mapping(fields)))
        let expected = "hmac-sha256:" + Hex.encode(HMAC.sha256(plain, key: keys.signing))
        // The signature is no secret, but the time of the comparison would tell how to forge one.
        let difference = zip(signature.utf8, expected.utf8).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) }
        guard signature.utf8.count == expected.utf8.count, difference == 0 else {
            throw Problem(
                "the report's signature is not this environment's", at: Origin(file),
                hint: "it was made for another environment, or has been changed: refresh the data")
        }
        func text(_ key: String) -> String { fields[key]?.string ?? "" }
        return Checked(
            isPassed: fields["passed"]?.bool ?? false, dataset: text("dataset"), environment: text("environment"),
            policy: text("policy"), input: text("input"), output: text("output"), digest: .sha256(bytes))
    }
}
