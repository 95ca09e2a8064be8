import Document

extension DatasetRules {
    /// The formats that files of archives may be scrubbed as.
    static let formats = [
        "keep", "drop", "postgres", "mysql", "csv", "tsv", "json", "ndjson", "sqlite", "dotenv", "yaml",
    ]

    /// Reads the datasets of a policy.
    ///
    /// - Throws: `Problem` with file, line and column: an unknown field, transform or option, two rules for one column.
    static func all(_ items: [Value]) throws(Problem) -> [DatasetRules] {
        var all: [DatasetRules] = []
        for item in items {
            let rules = try DatasetRules(item)
            if let other = all.first(where: { $0.name == rules.name }) {
                throw Problem("two datasets are named \(rules.name); the other is at \(other.origin)", at: rules.origin)
            }
            all.append(rules)
        }
        return all
    }

    private init(_ value: Value) throws(Problem) {
        var reader = try FieldReader(value, "the dataset")
        self.init(name: try reader.requiredString("name"), origin: value.origin)
        schemaOrigin = reader.value("schema")?.origin ?? .none
        schema = try reader.string("schema")
        if let value = reader.value("identities") { try readIdentities(value) }
        if let value = reader.value("tables") { try readTables(value) }
        if let value = reader.value("types") { types = try Self.columns(value, "the types") }
        for item in try reader.items("references") { references.append(try Self.reference(item)) }
        for item in try reader.texts("unique") { unique.append(try Columns(item)) }
        for item in try reader.items("groups") { groups.append(try Self.group(item)) }
        for item in try reader.items("rows") { rows.append(try Rows(item)) }
        if let value = reader.value("subset") { subset = try Subset(value) }
        for (entry, fields) in try Self.entries(reader.value("documents"), "documents") {
            documents.append(
                Document(pattern: entry, paths: try DatasetRule.paths(fields), origin: fields.origin))
        }
        for (entry, kind) in try Self.entries(reader.value("files"), "files") {
            files.append(try Self.file(entry, kind))
        }
        canaries = try reader.texts("canaries").compactMap(\.string).map { SecretText($0) }
        try reader.finish()
        try checkUnique()
        if let subset, let row = rows.first {
            throw Problem(
                "\"rows\" and \"subset\" do not go together: a row that is left out may be one that others refer to",
                at: row.origin, hint: "say it among the roots of the subset at \(subset.origin)")
        }
    }

    /// Of what must stay unique, the rules that the policy alone tells are wrong; keys of the schema are judged with it.
    private func checkUnique() throws(Problem) {
        for declared in unique {
            for table in tables where table.pattern == declared.table {
                guard case .columns(let columns) = table.content else { continue }
                let found = columns.first { declared.columns.contains($0.pattern) && $0.rule.mayMerge }
                guard let found else { continue }
                throw Problem(
                    "\(declared.table).\(found.pattern) must stay unique, as \(declared.origin) says, and "
                        + "\(found.rule.name.rawValue) may make two values one", at: found.rule.origin,
                    hint: "use sequence, digits, alnum, uuid, email or token")
            }
        }
    }

    private init(name: String, origin: Origin) {
        self.name = name
        self.origin = origin
    }

    private static func entries(_ value: Value?, _ what: String) throws(Problem) -> [(String, Value)] {
        guard let value else { return [] }
        guard let fields = value.fields else { throw Problem("\"\(what)\" must be a mapping", at: value.origin) }
        return fields.entries.map { ($0.key.text, $0.value) }
    }

    private mutating func readIdentities(_ value: Value) throws(Problem) {
        for (name, item) in try Self.entries(value, "identities") {
            var reader = try FieldReader(item, "the identity \(name)")
            largest[name] = try reader.int("max")
            try reader.finish()
            guard let number = largest[name], number > 0 else {
                throw Problem("the identity \(name) needs \"max\", its largest number", at: item.origin)
            }
        }
    }

    private mutating func readTables(_ value: Value) throws(Problem) {
        guard let fields = value.fields else { throw Problem("\"tables\" must be a mapping", at: value.origin) }
        for entry in fields.entries {
            for pattern in try NameList.names(in: entry.key) {
                if let other = tables.first(where: { $0.pattern == pattern }) {
                    throw Problem(
                        "the table \(pattern) is named twice; the other is at \(other.origin)", at: entry.key.origin)
                }
                tables.append(
                    Table(
                        pattern: pattern, content: try Self.content(entry.value, pattern), origin: entry.key.origin))
            }
        }
    }

    private static func content(_ value: Value, _ pattern: String) throws(Problem) -> Table.Content {
        switch value.string {
        case "drop": return .drop
        case "empty": return .empty
        case let other?:
            throw Problem(
                "a table may be \"drop\", \"empty\" or a mapping of its columns, not \"\(other)\"", at: value.origin,
                hint: "a table that is kept whole is written {\"*\": keep}, which needs the schema to be pinned")
        case nil: return .columns(try columns(value, "the table \(pattern)"))
        }
    }

    private static func columns(_ value: Value, _ what: String) throws(Problem) -> [Column] {
        guard let fields = value.fields else {
            throw Problem("\(what) must be a mapping from columns to rules", at: value.origin)
        }
        var columns: [Column] = []
        for entry in fields.entries {
            let rule = try DatasetRule(entry.value)
            for pattern in try NameList.names(in: entry.key) {
                if let other = columns.first(where: { $0.pattern == pattern }) {
                    throw Problem(
                        "two rules for the column \(pattern) of \(what); the other is at \(other.origin)",
                        at: entry.key.origin, hint: "remove one of them")
                }
                columns.append(Column(pattern: pattern, rule: rule, origin: entry.key.origin))
            }
        }
        return columns
    }

    private static func reference(_ value: Value) throws(Problem) -> Reference {
        var reader = try FieldReader(value, "the reference")
        let from = try Columns(try reader.required("from"))
        let to = try Columns(try reader.required("to"))
        var column: String?
        var values: [String] = []
        if var condition = try reader.fields("when") {
            column = try condition.requiredString("column")
            values = try condition.plainValues("in")
            try condition.finish()
        }
        try reader.finish()
        guard from.columns.count == to.columns.count else {
            throw Problem("a reference needs as many columns at either end", at: value.origin)
        }
        return Reference(from: from, to: to, column: column, values: values)
    }

    private static func group(_ value: Value) throws(Problem) -> Group {
        var reader = try FieldReader(value, "the group")
        let columns = try Columns(try reader.required("columns"))
        let least = try reader.int("k") ?? 5
        try reader.finish()
        guard least >= 2 else { throw Problem("\"k\" must be at least 2", at: value.origin) }
        return Group(columns: columns, least: least)
    }

    private static func file(_ pattern: String, _ value: Value) throws(Problem) -> File {
        let kind = value.string ?? ""
        guard formats.contains(kind) else {
            throw Problem(
                "there is no kind of file \"\(kind)\"", at: value.origin,
                hint: Spelling.nearest(to: kind, among: formats).map { "did you mean \"\($0)\"?" }
                    ?? "there are: \(formats.joined(separator: ", "))")
        }
        return File(pattern: pattern, kind: kind, origin: value.origin)
    }
}

extension DatasetRules.Columns {
    /// Reads `table.column` and `table.(first, second)`.
    init(_ value: Value) throws(Problem) {
        let text = value.string ?? ""
        let isList = text.contains(".(") && text.hasSuffix(")")
        let names = NameList.names(in: isList ? String(text.dropLast()).replacing(".(", with: ".") : text)
        let parts = names.first?.split(separator: ".", omittingEmptySubsequences: false) ?? []
        guard parts.count >= 2, parts.allSatisfy({ !$0.isEmpty }), let last = parts.last,
            isList || names.count == 1, names.allSatisfy({ !$0.isEmpty && !$0.contains("(") && !$0.contains(")") })
        else {
            throw Problem(
                "\"\(text)\" is no column of a table", at: value.origin,
                hint: "write it as customer.email, or customer.(zip, birth_date)")
        }
        self.init(
            table: parts.dropLast().joined(separator: "."), columns: [String(last)] + names.dropFirst(),
            origin: value.origin)
    }
}
