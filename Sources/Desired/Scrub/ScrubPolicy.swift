package import Document

/// What is sensitive and what becomes of it in a scrubbed environment: a file of kind `ScrubPolicy`.
///
/// Without any rule it already holds that a Secret's value which production reads too is replaced. Rules come before
/// that, and the first that fits a field decides.
package struct ScrubPolicy: Sendable, Hashable {
    /// What becomes of a field.
    package enum Action: Sendable, Hashable {
        /// A placeholder of the same shape takes its place.
        case replace
        /// It stays as it is.
        case keep
        /// This value takes its place.
        case fixed(SecretText)
    }

    /// Which fields of which objects, and what becomes of them.
    package struct Rule: Sendable, Hashable {
        /// Empty for every kind.
        package var kinds: [String]
        /// Names with `*` and `?`; empty for every name.
        package var names: [String]
        /// Paths such as `data.password`, `stringData.*`, `spec.containers[*].env[*].value`.
        package var fields: [FieldPattern]
        package var action: Action
        package var origin: Origin
        /// Where the value of a fixed rule is written.
        package var valueOrigin = Origin.none
    }

    package var rules: [Rule]

    package init(rules: [Rule] = []) {
        self.rules = rules
    }

    package static let standard = ScrubPolicy()

    /// Reads a policy file's document, strictly.
    ///
    /// - Throws: `Problem` with file, line and column: an unknown field, kind or action, a rule without fields.
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
        rules = []
        if var specification = try top.fields("spec") {
            for item in try specification.items("rules") { rules.append(try Self.rule(item)) }
            try specification.finish()
        }
        try top.finish()
    }

    private static func rule(_ value: Value) throws(Problem) -> Rule {
        var reader = try FieldReader(value, "the rule")
        let kinds = try reader.texts("kinds").compactMap(\.string)
        let names = try reader.texts("names").compactMap(\.string)
        var fields: [FieldPattern] = []
        for field in try reader.texts("fields") {
            fields.append(try FieldPattern(field.string ?? "", at: field.origin))
        }
        let actionValue = try reader.required("action")
        let name = try reader.requiredString("action")
        let fixed = reader.value("value")
        let text = try reader.string("value")
        try reader.finish()
        guard !fields.isEmpty else { throw Problem("the rule names no fields", at: value.origin) }
        let action: Action
        switch (name, text) {
        case ("replace", nil): action = .replace
        case ("keep", nil): action = .keep
        case ("fixed", let text?): action = .fixed(SecretText(text))
        case ("fixed", nil): throw Problem("a fixed rule needs the field \"value\"", at: actionValue.origin)
        case ("replace", _), ("keep", _):
            throw Problem("\"value\" belongs to fixed rules alone", at: fixed?.origin ?? value.origin)
        default:
            let nearest = Spelling.nearest(to: name, among: ["replace", "keep", "fixed"])
            throw Problem(
                "there is no action \"\(name)\"", at: actionValue.origin,
                hint: nearest.map { "did you mean \"\($0)\"?" } ?? "it may be replace, keep or fixed")
        }
        return Rule(
            kinds: kinds, names: names, fields: fields, action: action, origin: value.origin,
            valueOrigin: fixed?.origin ?? .none)
    }
}
