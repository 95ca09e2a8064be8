package import Document

extension ScrubPolicy {
    /// Reads a policy file's document, strictly.
    ///
    /// - Throws: `Problem` with file, line and column: an unknown field, kind, type, action, transform or option, a rule
    ///   without fields, two rules for one field or column.
    package init(_ document: Value) throws(Problem) {
        var top = try FieldReader(document, "the scrub policy")
        let version = try top.required("apiVersion")
        if version.string != "belay/v1" { throw Problem("apiVersion must be belay/v1", at: version.origin) }
        let kind = try top.required("kind")
        if kind.string != "ScrubPolicy" { throw Problem("kind must be ScrubPolicy", at: kind.origin) }
        if var metadata = try top.fields("metadata") {
            _ = try metadata.string("name")
            try metadata.finish()
        }
        self.init()
        if var specification = try top.fields("spec") {
            for item in try specification.items("rules") {
                var reader = try RuleReader(item)
                rules.append(try reader.rule())
            }
            if let reader = try specification.fields("detectors") { detectors = try Self.detectors(reader) }
            for item in try specification.items("substitutions") { substitutions.append(try Self.substitution(item)) }
            datasets = try DatasetRules.all(try specification.items("datasets"))
            try specification.finish()
        }
        try top.finish()
        try checkForDoubles()
    }

    /// Of two rules with one field for the same objects the second would never count.
    private func checkForDoubles() throws(Problem) {
        struct Subject: Hashable {
            var rule: Rule
            var field: String
        }
        var seen: [Subject: Origin] = [:]
        for rule in rules {
            var plain = rule
            plain.fields = []
            plain.action = .keep
            plain.dataClass = nil
            plain.origin = .none
            plain.valueOrigin = .none
            for field in rule.fields {
                if let other = seen.updateValue(rule.origin, forKey: Subject(rule: plain, field: field.text)) {
                    throw Problem(
                        "two rules are for the field \(field.text) of the same objects; the other is at \(other)",
                        at: field.origin, hint: "remove one: the first would always count")
                }
            }
        }
    }

    private static func detectors(_ reader: FieldReader) throws(Problem) -> Detectors {
        var reader = reader
        var detectors = Detectors()
        for value in try reader.texts("off") { detectors.off.insert(try type(value)) }
        for item in try reader.items("allow") {
            var entry = try FieldReader(item, "the allowance")
            var allowance = Allowance(types: [], fields: [], digests: [])
            for value in try entry.texts("types") { allowance.types.insert(try type(value)) }
            for value in try entry.texts("fields") {
                allowance.fields.append(try FieldPattern(value.string ?? "", at: value.origin))
            }
            for value in try entry.texts("values") { allowance.digests.insert(try digest(value)) }
            try entry.finish()
            guard !allowance.fields.isEmpty || !allowance.digests.isEmpty else {
                throw Problem(
                    "the allowance names neither fields nor values", at: item.origin,
                    hint: "to turn a detector off, name it under \"off\"")
            }
            detectors.allowed.append(allowance)
        }
        try reader.finish()
        return detectors
    }

    private static func type(_ value: Value) throws(Problem) -> String {
        let name = value.string ?? ""
        if FindingTypes.all.contains(name) { return name }
        let nearest = Spelling.nearest(to: name, among: FindingTypes.all)
        throw Problem(
            "there is no detector \"\(name)\"", at: value.origin,
            hint: nearest.map { "did you mean \"\($0)\"?" } ?? "belay scrub detect names the types that it finds")
    }

    private static func digest(_ value: Value) throws(Problem) -> String {
        let text = value.string ?? ""
        let digits = text.hasPrefix("sha256:") ? text.dropFirst(7) : ""
        guard digits.utf8.count == 64, digits.utf8.allSatisfy({ $0.isDigit || (0x61...0x66).contains($0) }) else {
            throw Problem(
                "an allowed value is named by its digest, sha256: and 64 hexadecimal digits", at: value.origin,
                hint: "printf %s VALUE | sha256sum prints it")
        }
        return String(digits)
    }

    private static func substitution(_ item: Value) throws(Problem) -> Substitution {
        var reader = try FieldReader(item, "the substitution")
        let environments = try reader.texts("environments").compactMap(\.string)
        var names: [String: String] = [:]
        for entry in try reader.pairs("names") {
            guard let text = entry.value.string, !text.isEmpty, !entry.key.text.isEmpty else {
                throw Problem("a substitution needs a name and what takes its place", at: entry.key.origin)
            }
            names[entry.key.text] = text
        }
        try reader.finish()
        if names.isEmpty { throw Problem("the substitution has no names", at: item.origin) }
        return Substitution(environments: environments, names: names)
    }
}

/// Reads one rule.
private struct RuleReader {
    private static let actions = ["replace", "keep", "fixed", "regenerate", "map", "refuse", "drop"]
    private let value: Value
    private var reader: FieldReader

    init(_ value: Value) throws(Problem) {
        self.value = value
        reader = try FieldReader(value, "the rule")
    }

    mutating func rule() throws(Problem) -> ScrubPolicy.Rule {
        var rule = ScrubPolicy.Rule(kinds: [], names: [], fields: [], action: .keep, origin: value.origin)
        rule.environments = try reader.texts("environments").compactMap(\.string)
        rule.kinds = try reader.texts("kinds").compactMap(\.string)
        rule.names = try reader.texts("names").compactMap(\.string)
        rule.namespaces = try reader.texts("namespaces").compactMap(\.string)
        for entry in try reader.pairs("labels") { rule.labels[entry.key.text] = entry.value.string ?? "" }
        for field in try reader.texts("fields") {
            rule.fields.append(try FieldPattern(field.string ?? "", at: field.origin))
        }
        rule.dataClass = try choice("class", "class", ScrubPolicy.DataClass.allCases)
        rule.valueOrigin = reader.value("value")?.origin ?? .none
        rule.action = try action(rule.dataClass)
        try reader.finish()
        guard !rule.fields.isEmpty else { throw Problem("the rule names no fields", at: value.origin) }
        return rule
    }

    private mutating func action(_ dataClass: ScrubPolicy.DataClass?) throws(Problem) -> ScrubPolicy.Action {
        let type = reader.value("type")
        let secretType = try choice("type", "type of secret", ScrubPolicy.SecretType.allCases)
        let fixed = reader.value("value")
        let text = try reader.string("value")
        let table = reader.value("to")
        let pairs = try reader.pairs("to")
        guard let action = reader.value("action") else {
            guard let dataClass else {
                throw Problem("the rule needs the field \"action\", or \"class\"", at: value.origin)
            }
            try only("", type, fixed, table)
            return dataClass == .secret ? .regenerate(nil) : .replace
        }
        let name = try reader.requiredString("action")
        try only(name, type, fixed, table)
        switch name {
        case "replace": return .replace
        case "keep": return .keep
        case "refuse": return .refuse
        case "drop": return .drop
        case "regenerate": return .regenerate(secretType)
        case "fixed":
            guard let text else { throw Problem("a fixed rule needs the field \"value\"", at: action.origin) }
            return .fixed(SecretText(text))
        case "map":
            var map: [SecretText: SecretText] = [:]
            for pair in pairs { map[SecretText(pair.key.text)] = SecretText(pair.value.string ?? "") }
            if map.isEmpty { throw Problem("a map rule needs the field \"to\"", at: action.origin) }
            return .map(map)
        default:
            let nearest = Spelling.nearest(to: name, among: Self.actions)
            throw Problem(
                "there is no action \"\(name)\"", at: action.origin,
                hint: nearest.map { "did you mean \"\($0)\"?" }
                    ?? "it may be one of: \(Self.actions.joined(separator: ", "))")
        }
    }

    /// Refuses what belongs to another action.
    private func only(_ action: String, _ type: Value?, _ fixed: Value?, _ table: Value?) throws(Problem) {
        for (field, owner, value) in [("value", "fixed", fixed), ("type", "regenerate", type), ("to", "map", table)]
        where action != owner {
            if let value { throw Problem("\"\(field)\" belongs to \(owner) rules alone", at: value.origin) }
        }
    }

    private mutating func choice<Choice: RawRepresentable<String>>(
        _ key: String, _ what: String, _ all: [Choice]
    ) throws(Problem) -> Choice? {
        guard let value = reader.value(key) else { return nil }
        let name = try reader.requiredString(key)
        if let choice = Choice(rawValue: name) { return choice }
        let names = all.map(\.rawValue)
        throw Problem(
            "there is no \(what) \"\(name)\"", at: value.origin,
            hint: Spelling.nearest(to: name, among: names).map { "did you mean \"\($0)\"?" }
                ?? "it may be one of: \(names.joined(separator: ", "))")
    }
}
