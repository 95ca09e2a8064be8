import Document

/// What `spec.datasets` may hold, as `DatasetRules` and `DatasetRule` read it.
extension DatasetRules {
    static let schema: [FileSchema.Field] = [
        .init("name", .string, "The dataset's name, by which commands call it.", isRequired: true),
        .init(
            "schema", .string, "The schema's fingerprint: a schema that has changed stops the run.",
            absent: "any schema", example: "sha256:…"),
        .init("identities", .map(.fields(identity)), "Identity domains.", example: ["customer": ["max": 65535]]),
        .init(
            "tables", .map(.either([.choice(["drop", "empty"]), .map(DatasetRule.shape)])),
            "Tables and their columns, or drop for no table, or empty for no rows; names take * and ?, and several "
                + "stand in one key with commas."),
        .init(
            "types", .map(DatasetRule.shape), "Rules by a column's type, for columns that no table names.",
            example: ["boolean": "keep"]),
        .init("references", .list(.fields(reference)), "References that the schema does not state."),
        .init(
            "unique", .list(.string), "Columns that must stay unique and that the schema does not say.",
            example: ["customer.email"]),
        .init("groups", .list(.fields(group)), "Columns that together may tell who somebody is."),
        .init("rows", .list(.fields(rows)), "Which rows of a table stay.", absent: "all"),
        .init(
            "subset", .fields(subset), "Some of the rows, with all that they refer to and all that refer to them.",
            absent: "all rows", example: ["roots": [["table": "customer", "column": "country", "in": ["PT"]]]]),
        .init(
            "documents", .map(.map(DatasetRule.shape)),
            "Rules by path for documents whose file's name matches; names take * and ?.",
            example: ["*.json": ["customers[*].email": "email"]]),
        .init(
            "files", .map(.choice(formats)), "What becomes of files of an archive; names take * and ?.",
            example: ["*.csv": "csv", "logs/*": "drop"]),
        .init("canaries", .list(.string), "Texts that were planted in the source and must not come out."),
    ]

    private static let identity: [FileSchema.Field] = [
        .init("max", .integer(1 ... .max), "Its largest number.", isRequired: true)
    ]

    private static let reference: [FileSchema.Field] = [
        .init("from", .string, "The columns that refer: note.author_id, note.(first, second).", isRequired: true),
        .init("to", .string, "The columns that they refer to.", isRequired: true),
        .init("when", .fields(condition), "The rows that it is for.", absent: "all"),
    ]

    private static let condition: [FileSchema.Field] = [
        .init("column", .string, "The column that tells them.", isRequired: true),
        .init("in", .list(.plain), "Its values in them."),
    ]

    private static let group: [FileSchema.Field] = [
        .init("columns", .string, "The columns: customer.(zip, birth).", isRequired: true),
        .init("k", .integer(2 ... .max), "How many rows must share each of their values.", absent: "5"),
    ]

    private static let rows: [FileSchema.Field] = [
        .init("table", .string, "The table's name.", isRequired: true),
        .init("column", .string, "The column by which they are chosen, by one of the following.", isRequired: true),
        .init("in", .list(.plain), "Its values in rows that stay."),
        .init("not", .list(.plain), "Its values in rows that go."),
        .init("null", .boolean, "Whether it is NULL in rows that stay."),
        .init("from", .plain, "Its lowest value in rows that stay; numbers and dates."),
        .init("before", .plain, "The value that it stays below."),
    ]

    private static let subset: [FileSchema.Field] = [
        .init(
            "roots", .list(.fields(rows + [share]), isEmptyAllowed: false),
            "The rows that others follow; those of one table must all hold.", isRequired: true),
        .init(
            "others", .choice(["keep", "empty"]), "What becomes of tables that no reference joins with a root's.",
            absent: "keep"),
    ]

    private static let share = FileSchema.Field(
        "share", .integer(1...99), "So many of a hundred of its values, which the environment's key chooses.")
}

extension DatasetRule {
    /// A rule, which may hold others.
    static let shape = FileSchema.Shape.named("transform") {
        .either([.choice(Name.allCases.map(\.rawValue)), .fields(options)])
    }

    private static let columns = FileSchema.Shape.either([.string, .list(.string)])

    /// What rules may say; each transform knows those that name it.
    private static let options: [FileSchema.Field] = [
        .init("transform", .choice(Name.allCases.map(\.rawValue)), "The transform's name.", isRequired: true),
        .init(
            "identity", .string, "The identity domain: equal originals in one have equal pseudonyms.",
            absent: "the transform's own, or the column's"),
        .init(
            "by", columns,
            "names, date-shift: the column that says who is meant; noise: the columns that name the row."),
        .init("value", .plain, "fixed: what is written."),
        .init("nulls", .boolean, "fixed: whether it stands for NULL too.", absent: "false"),
        .init("prefix", .string, "token: what stands before the digest."),
        .init("length", .integer(1...TokenRecipe.longest), "token: how many signs the digest has.", absent: "16"),
        .init("keep", .integer(0...12), "digits: how many at the start stay.", absent: "0"),
        .init("max", .integer(.min ... .max), "sequence: the largest id; noise: no number above it."),
        .init("min", .integer(.min ... .max), "noise: no number below it."),
        .init("percent", .integer(1...100), "noise: how far a number may move.", absent: "10"),
        .init(
            "unique", .boolean, "names and phone: a pseudonym is nobody else's.", absent: "false"),
        .init("avoid", .list(.string), "names: words that must not come out."),
        .init("domain", .string, "email: the domain of all addresses.", absent: "example.com"),
        .init("days", .integer(1...36_500), "date-shift: the most that a date moves.", absent: "180"),
        .init("to", .choice(DateTruncateRecipe.Unit.allCases.map(\.rawValue)), "date-truncate: what stays."),
        .init("size", .integer(1...1_000_000_000), "bucket: how wide each is."),
        .init("first", .integer(0...64), "mask: how many signs at the start stay.", absent: "0"),
        .init("last", .integer(0...64), "mask: how many signs at the end stay.", absent: "0"),
        .init("hosts", .map(.string), "url: from a host or a domain to the one that takes its place."),
        .init("paths", .map(shape), "json: rules by path: customer.email, items[*].sku, labels.*."),
        .init("pattern", .string, "regex: as PCRE2 has it."),
        .init("replace", .string, "regex: what takes a match's place; $0 is the match, $1 to $9 its groups."),
        .init("with", shape, "regex: what becomes of each match, in place of replace."),
        .init("others", .choice(["keep"]), "regex: what does not match stays.", absent: "it stops the run"),
        .init("of", .string, "copy: the other column."),
        .init("cases", .list(.fields(item), isEmptyAllowed: false), "when: the first that fits the row counts."),
        .init("otherwise", shape, "when: the rule of all other rows."),
    ]

    private static let item: [FileSchema.Field] = [
        .init("column", .string, "The column that is asked.", isRequired: true),
        .init("in", .list(.plain), "Its values."),
        .init("null", .boolean, "true: it is NULL; in place of values.", absent: "false"),
        .init("rule", shape, "The rule of these rows.", isRequired: true),
    ]
}

extension FileSchema.Shape {
    /// A value without parts.
    fileprivate static let plain = Self.either([.string, .boolean, .number])
}
