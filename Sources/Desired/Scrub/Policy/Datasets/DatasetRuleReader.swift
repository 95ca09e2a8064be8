import Document

extension DatasetRule {
    /// Reads a rule: a transform's name, or a mapping with the name and its options.
    ///
    /// - Throws: `Problem` for a transform or an option that there is not, with the nearest.
    init(_ value: Value) throws(Problem) {
        if value.isNull {
            throw Problem(
                "there is no rule", at: value.origin,
                hint: "write \"null\" in quotes for the transform, or one of: "
                    + Name.allCases.map(\.rawValue).joined(separator: ", "))
        }
        if value.string != nil {
            self.init(try Self.name(value), at: value.origin)
            try check()
            return
        }
        var reader = try FieldReader(value, "the rule")
        self.init(try Self.name(try reader.required("transform")), at: value.origin)
        identity = try reader.string("identity")
        try readOptions(&reader)
        try reader.finish()
        try check()
    }

    private static func name(_ value: Value) throws(Problem) -> Name {
        guard let text = value.string else {
            throw Problem(
                "\"transform\" must be a transform's name", at: value.origin,
                hint: "what is written there is \(value.typeName)")
        }
        if let name = Name(rawValue: text) { return name }
        let names = Name.allCases.map(\.rawValue)
        throw Problem(
            "there is no transform \"\(text)\"", at: value.origin,
            hint: Spelling.nearest(to: text, among: names).map { "did you mean \"\($0)\"?" }
                ?? "there are: \(names.joined(separator: ", "))")
    }

    private mutating func readOptions(_ reader: inout FieldReader) throws(Problem) {
        switch name {
        case .keep, .drop, .null, .empty, .alnum, .card, .uuid, .ip, .text, .filler, .credential, .shuffle: break
        case .phone: isUnique = try reader.bool("unique") ?? false
        case .fixed:
            let value = try reader.required("value")
            guard let scalar = value.scalar, !value.isNull else {
                throw Problem("\"value\" must be one value", at: value.origin)
            }
            self.value = SecretText(scalar.text)
            replacesNull = try reader.bool("nulls") ?? false
        case .token:
            prefix = try reader.string("prefix") ?? ""
            count = try number(&reader, "length", 1...TokenRecipe.longest)
        case .digits: first = try number(&reader, "keep", 0...12) ?? 0
        case .sequence: most = try number(&reader, "max", 1...999_999_999_999_999_999)
        case .name, .givenName, .familyName, .email, .address, .city, .company: try readName(&reader)
        case .dateShift:
            by = try columns(&reader, "by")
            amount = try number(&reader, "days", 1...36_500)
        case .dateTruncate: try readUnit(&reader)
        case .noise:
            by = try columns(&reader, "by")
            amount = try number(&reader, "percent", 1...100)
            least = try reader.int("min")
            most = try reader.int("max")
            if let least, let most, least >= most {
                throw Problem("\"min\" must be below \"max\"", at: reader.value("min")?.origin ?? origin)
            }
        case .bucket: amount = try number(&reader, "size", 1...1_000_000_000)
        case .mask:
            first = try number(&reader, "first", 0...64) ?? 0
            count = try number(&reader, "last", 0...64)
        case .url: try readHosts(&reader)
        case .json: paths = try Self.paths(try reader.required("paths"))
        case .regex: try readPattern(&reader)
        case .copy: of = try reader.requiredString("of")
        case .when: try readCases(&reader)
        }
    }

    private mutating func readName(_ reader: inout FieldReader) throws(Problem) {
        by = try columns(&reader, "by")
        isUnique = try reader.bool("unique") ?? false
        avoided = try reader.texts("avoid").compactMap(\.string)
        if name == .email { domain = try reader.string("domain") }
    }

    private mutating func readUnit(_ reader: inout FieldReader) throws(Problem) {
        let value = try reader.required("to")
        guard let unit = DateTruncateRecipe.Unit(rawValue: value.string ?? "") else {
            throw Problem("dates are truncated to a year, a month or a day", at: value.origin)
        }
        self.unit = unit
    }

    private mutating func readHosts(_ reader: inout FieldReader) throws(Problem) {
        for pair in try reader.pairs("hosts") {
            guard let name = pair.value.string, !name.isEmpty, !pair.key.text.isEmpty else {
                throw Problem("\"hosts\" needs a name, and the one that takes its place", at: pair.key.origin)
            }
            hosts[pair.key.text] = name
        }
    }

    private mutating func readPattern(_ reader: inout FieldReader) throws(Problem) {
        let value = try reader.required("pattern")
        pattern = try reader.requiredString("pattern")
        replacement = try reader.string("replace")
        do {
            _ = try RegexRecipe(pattern: pattern, replacement: .text(replacement ?? ""), keepsOthers: false)
        } catch {
            throw Problem(error.reason, at: value.origin, hint: "patterns are as PCRE2 has them")
        }
        if let value = reader.value("with") { inner = [try DatasetRule(value)] }
        if (replacement == nil) == inner.isEmpty {
            throw Problem("a regex rule needs either \"replace\" or \"with\"", at: reader.origin)
        }
        if let others = reader.value("others") {
            guard others.string == "keep" else {
                throw Problem(
                    "\"others\" may only be keep", at: others.origin,
                    hint: "without it, a text that does not match stops the run")
            }
            keepsOthers = true
        }
    }

    private mutating func readCases(_ reader: inout FieldReader) throws(Problem) {
        for item in try reader.items("cases") {
            var entry = try FieldReader(item, "the case")
            let column = try entry.requiredString("column")
            let values = entry.value("in")
            let isNull = try entry.bool("null") ?? false
            let texts = try entry.plainValues("in")
            let rule = try DatasetRule(try entry.required("rule"))
            try entry.finish()
            if (values == nil) != isNull {
                throw Problem("a case needs either \"in\" or \"null: true\"", at: item.origin)
            }
            cases.append(Case(column: column, values: isNull ? nil : texts, rule: rule, origin: item.origin))
        }
        if cases.isEmpty { throw Problem("a when rule needs \"cases\"", at: reader.origin) }
        inner = [try DatasetRule(try reader.required("otherwise"))]
    }

    private func number(
        _ reader: inout FieldReader, _ key: String, _ range: ClosedRange<Int>
    ) throws(Problem) -> Int? {
        guard let number = try reader.int(key) else { return nil }
        if range.contains(number) { return number }
        throw Problem(
            "\"\(key)\" must be from \(range.lowerBound) to \(range.upperBound)",
            at: reader.value(key)?.origin ?? reader.origin)
    }

    /// One column's name, or a list of them.
    private func columns(_ reader: inout FieldReader, _ key: String) throws(Problem) -> [String] {
        if let one = reader.value(key)?.string { return [one] }
        return try reader.texts(key).compactMap(\.string)
    }

    /// What a name alone cannot say.
    private func check() throws(Problem) {
        let missing: String? =
            switch name {
            case .fixed where value == nil: "value"
            case .dateTruncate where unit == nil: "to"
            case .json where paths.isEmpty: "paths"
            case .regex where pattern.isEmpty: "pattern"
            case .copy where of == nil: "of"
            case .when where cases.isEmpty: "cases"
            case .bucket where amount == nil: "size"
            default: nil
            }
        if let missing {
            throw Problem(
                "the transform \(name.rawValue) needs \"\(missing)\"", at: origin,
                hint: "write it as {transform: \(name.rawValue), \(missing): …}")
        }
    }

    /// Reads a mapping from paths to rules: `customer.email`, `items[*].sku`, `labels.*`.
    static func paths(_ value: Value) throws(Problem) -> [Path] {
        guard let fields = value.fields else {
            throw Problem("paths are a mapping from path to rule", at: value.origin)
        }
        var paths: [Path] = []
        for entry in fields.entries {
            let rule = try DatasetRule(entry.value)
            for text in try NameList.names(in: entry.key) {
                let steps = try Self.steps(text, at: entry.key.origin)
                if let other = paths.first(where: { $0.steps == steps }) {
                    throw Problem(
                        "two rules for the path \(text); the other is at \(other.origin)", at: entry.key.origin)
                }
                paths.append(Path(steps: steps, text: text, rule: rule, origin: entry.key.origin))
            }
        }
        return paths
    }

    private static func steps(_ text: String, at origin: Origin) throws(Problem) -> [Path.Step] {
        var steps: [Path.Step] = []
        for part in text.split(separator: ".", omittingEmptySubsequences: false) {
            var name = part
            var items = 0
            while name.hasSuffix("[*]") {
                name = name.dropLast(3)
                items += 1
            }
            guard !name.isEmpty || items > 0 && steps.isEmpty, !name.contains("[") else {
                throw Problem(
                    "\"\(text)\" is no path", at: origin, hint: "write it as customer.email, items[*].sku or labels.*")
            }
            if name == "*" { steps.append(.anyKey) } else if !name.isEmpty { steps.append(.key(String(name))) }
            steps += [Path.Step](repeating: .anyItem, count: items)
        }
        return steps
    }
}

/// Names in one key, with commas between them.
enum NameList {
    /// - Throws: `Problem` for a key that names nothing, or nothing between two commas.
    static func names(in key: Mapping.Key) throws(Problem) -> [String] {
        let names = names(in: key.text)
        if names.contains("") { throw Problem("a name is missing in \"\(key.text)\"", at: key.origin) }
        return names
    }

    static func names(in text: some StringProtocol) -> [String] {
        text.split(separator: ",", omittingEmptySubsequences: false).map { part in
            String(part.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
        }
    }
}

extension FieldReader {
    /// A list of values without parts, as texts.
    mutating func plainValues(_ key: String) throws(Problem) -> [String] {
        var texts: [String] = []
        for item in try items(key) {
            guard let scalar = item.scalar, !item.isNull else {
                throw Problem(
                    "\(subject) needs \"\(key)\" to be a list of plain values", at: item.origin,
                    hint: "what is written there is \(item.typeName)")
            }
            texts.append(scalar.text)
        }
        return texts
    }
}
