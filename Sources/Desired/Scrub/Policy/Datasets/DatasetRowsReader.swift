import Document

extension DatasetRules.Rows {
    /// The ways to choose rows by a column.
    private static let ways = ["in", "not", "null", "from", "before", "share"]

    /// - Parameter isRoot: whether a share may be asked for.
    init(_ value: Value, isRoot: Bool = false) throws(Problem) {
        var reader = try FieldReader(value, isRoot ? "the root" : "the rows")
        table = try reader.requiredString("table")
        column = try reader.requiredString("column")
        origin = value.origin
        let used = Self.ways.filter { (isRoot || $0 != "share") && value.fields?[$0] != nil }
        guard used.count == 1 || used == ["from", "before"], let way = used.first else {
            throw Problem(
                "rows are chosen by one of \"in\", \"not\", \"null\"\(isRoot ? ", \"share\"" : ""), and \"from\" and \"before\"",
                at: value.origin)
        }
        switch way {
        case "in": test = .isOneOf(try reader.plainValues("in"))
        case "not": test = .isNoneOf(try reader.plainValues("not"))
        case "null": test = try reader.bool("null") == true ? .isNull : .isNotNull
        case "share":
            let share = try reader.int("share") ?? 0
            guard (1...99).contains(share) else {
                throw Problem("\"share\" is a percentage from 1 to 99", at: reader.value("share")?.origin ?? origin)
            }
            test = .share(percent: share)
        default: test = .isWithin(from: try reader.plainValue("from"), before: try reader.plainValue("before"))
        }
        try reader.finish()
    }
}

extension DatasetRules.Subset {
    init(_ value: Value) throws(Problem) {
        var reader = try FieldReader(value, "the subset")
        origin = value.origin
        for item in try reader.items("roots") { roots.append(try DatasetRules.Rows(item, isRoot: true)) }
        if let others = reader.value("others") {
            guard let text = others.string, ["keep", "empty"].contains(text) else {
                throw Problem("\"others\" is keep or empty", at: others.origin)
            }
            keepsOthers = text == "keep"
        }
        try reader.finish()
        guard !roots.isEmpty else {
            throw Problem(
                "a subset needs \"roots\": the rows that the others follow", at: origin,
                hint: "roots: [{table: customer, column: country, in: [PT]}]")
        }
    }
}

extension FieldReader {
    /// A value without parts, as text; nil where there is none.
    mutating func plainValue(_ key: String) throws(Problem) -> String? {
        guard let value = value(key) else { return nil }
        guard let scalar = value.scalar, !value.isNull else {
            throw Problem("\(subject) needs \"\(key)\" to be a plain value", at: value.origin)
        }
        return scalar.text
    }
}
