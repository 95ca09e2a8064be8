import Document
import Scrub

/// A column's plan and the rule that it comes from.
struct BoundColumn {
    var schema: ColumnSchema
    var plan: TablePlan.Column
    /// Nil where no rule was needed: generated columns and text indexes.
    var rule: DatasetRule?

    /// The recipe; nil for what is kept, dropped or generated.
    var recipe: (any TransformRecipe)? {
        if case .transform(let recipe) = plan { recipe } else { nil }
    }

    var isDropped: Bool { if case .drop = plan { true } else { false } }
    var isKept: Bool { if case .keep = plan { true } else { false } }
    var isShuffled: Bool { rule?.name == .shuffle }
    var origin: Origin { rule?.origin ?? .none }

    /// `the rule email`, for messages.
    var label: String { rule.map { "the rule \($0.name.rawValue)" } ?? "no rule" }
}

/// Refuses rules that would make values which a column's type or its table's constraints do not allow.
struct ColumnChecks {
    let table: TableName

    private func problem(_ column: BoundColumn, _ what: String, hint: String) -> Problem {
        Problem("\(table).\(column.schema.name) \(what)", at: column.origin, hint: hint)
    }

    /// What the column's own type and its NOT NULL refuse.
    func judge(_ column: BoundColumn) throws(Problem) {
        guard let recipe = column.recipe, let rule = column.rule else { return }
        let traits = recipe.traits
        let type = column.schema.type
        if traits.output == .null, !column.schema.isNullable {
            throw problem(
                column, "is NOT NULL, and the rule null makes it NULL", hint: "use empty, fixed or a transform")
        }
        if rule.name == .empty { return try judgeEmpty(column) }
        if let kind = type.kind, !traits.takes.contains(kind) || type.isArray && !Self.forArrays.contains(rule.name) {
            throw problem(
                column, "is of the type \(type), which \(rule.name.rawValue) cannot take",
                hint: "it takes: \(traits.takes.map(\.rawValue).sorted().joined(separator: ", "))")
        }
        if let values = type.values { try judge(column, traits, among: values, "the enumeration \(type)") }
        try judgeLength(column, traits, rule)
        if type.kind == .integer { try judgeRange(column, recipe) }
        if case .values(let values) = traits.output { try judge(values, column) }
    }

    private static let forArrays: Set<DatasetRule.Name> = [.null, .fixed, .empty, .alnum, .when, .copy]

    private func judgeEmpty(_ column: BoundColumn) throws(Problem) {
        let kind = column.schema.type.kind
        guard kind == nil || kind == .text || kind == .binary || column.schema.type.isArray else {
            throw problem(
                column, "is of the type \(column.schema.type), which has no empty value", hint: "use null or fixed")
        }
        if let values = column.schema.type.values, !values.contains("") {
            throw problem(column, "is an enumeration without an empty value", hint: "use null or fixed")
        }
    }

    private func judge(_ values: [String], _ column: BoundColumn) throws(Problem) {
        for value in values {
            let fits: Bool =
                switch column.schema.type.kind {
                case .integer: Int64(value).map { column.schema.type.range?.contains($0) ?? true } ?? false
                case .decimal: Double(value) != nil
                case .boolean: ["t", "f", "true", "false", "0", "1"].contains(value)
                default: true
                }
            if !fits {
                throw problem(
                    column, "is of the type \(column.schema.type), and the value of the rule is none of it",
                    hint: "give a value of that type")
            }
        }
    }

    /// A list of values that are allowed, of an enumeration or a CHECK.
    func judge(
        _ column: BoundColumn, _ traits: TransformTraits, among allowed: [String], _ what: String
    ) throws(Problem) {
        if case .values(let values) = traits.output, values.allSatisfy(allowed.contains) { return }
        if traits.output == .null { return }
        throw problem(
            column, "may only be one of the values of \(what), which \(column.label) does not give",
            hint: "use keep, null, or fixed with one of them")
    }

    private func judgeLength(_ column: BoundColumn, _ traits: TransformTraits, _ rule: DatasetRule) throws(Problem) {
        guard let length = column.schema.type.length else { return }
        let most: Int
        switch traits.output {
        case .text(let count): most = count
        case .values(let values): most = values.map(\.unicodeScalars.count).max() ?? 0
        default: return
        }
        guard most > length else { return }
        throw problem(
            column,
            "has \(length) characters, and \(column.label) makes up to \(most == .max ? "any number" : "\(most)")",
            hint: rule.name == .token ? "give a length: {transform: token, length: \(length)}" : "use alnum or token")
    }

    /// Whether an integer's digits may become a number that the type has no room for.
    private func judgeRange(_ column: BoundColumn, _ recipe: any TransformRecipe) throws(Problem) {
        guard let range = column.schema.type.range,
            let digits = recipe as? DigitsRecipe ?? (recipe as? CopyRecipe)?.digits
        else { return }
        if let largest = digits.largest {
            if range.contains(Int64(largest)) { return }
            throw problem(
                column, "is of the type \(column.schema.type), and its numbers may become as large as \(largest)",
                hint: "give the identity a largest number: identities: {\(digits.identity): {max: \(range.upperBound)}}"
            )
        }
        if range.upperBound < 999_999_999_999_999_999 {
            throw problem(
                column, "is of the type \(column.schema.type), and other digits may make too large a number",
                hint: "use sequence")
        }
    }

    /// What a key or a unique index refuses.
    func judge(unique names: [String], expression: String?, isPrimary: Bool, _ columns: [BoundColumn]) throws(Problem) {
        let what =
            isPrimary ? "the primary key" : expression.map { "the unique index on \($0)" } ?? "a unique constraint"
        for name in names {
            guard let column = columns.first(where: { $0.schema.name == name }) else { continue }
            if column.isDropped {
                throw problem(
                    column, "is part of \(what), so it cannot be dropped", hint: "drop the table, or transform it")
            }
            if column.isShuffled { throw ShuffleChecks(table: table).problem(column, "is part of \(what)") }
            guard let recipe = column.recipe else { continue }
            let traits = recipe.traits
            if traits.output == .null, !isPrimary { continue }
            guard traits.uniqueness != .lossy else {
                throw problem(
                    column, "is part of \(what), and \(column.label) may make two values one",
                    hint: Self.alternative(column))
            }
            if let expression, !Self.survives(expression, column.rule) {
                throw problem(
                    column, "is part of \(what), and \(column.label) may make two of its values one",
                    hint: "use email, token, uuid or digits")
            }
        }
    }

    private static func alternative(_ column: BoundColumn) -> String {
        switch column.rule?.name {
        case .name, .givenName, .familyName, .address, .city, .company, .phone:
            "say {transform: \(column.rule?.name.rawValue ?? ""), unique: true}, or use alnum or token"
        case .token: "tokens of 13 signs and more are told apart"
        default: "use sequence, digits, alnum, uuid, email or token"
        }
    }

    /// Whether values that differ under an expression such as `lower(email)` still do: transforms whose values have
    /// letters of one case only.
    private static func survives(_ expression: String, _ rule: DatasetRule?) -> Bool {
        let text = expression.lowercased()
        let isFolding = ["lower(", "upper(", "citext"].contains { text.contains($0) }
        guard isFolding, let rule else { return false }
        return [.email, .token, .uuid, .digits, .sequence, .phone, .card, .ip].contains(rule.name)
    }

    /// What a CHECK refuses.
    func judge(check text: String, over names: [String], _ columns: [BoundColumn]) throws(Problem) {
        for name in names {
            guard let column = columns.first(where: { $0.schema.name == name }) else { continue }
            if column.isDropped {
                throw problem(column, "is part of a CHECK, so it cannot be dropped", hint: "use null or fixed")
            }
            if column.isShuffled, names.count > 1 {
                throw problem(
                    column, "is part of CHECK (\(text)), which rows with others' values may not hold to",
                    hint: "use keep or null")
            }
            guard let recipe = column.recipe, recipe.traits.output != .null else { continue }
            let condition = names.count == 1 ? CheckCondition(text, column: name) : nil
            guard let condition else {
                throw problem(
                    column, "is part of CHECK (\(text)), and \(column.label) may not hold to it",
                    hint: "use keep or null")
            }
            try judge(column, recipe, condition, text)
        }
    }

    private func judge(
        _ column: BoundColumn, _ recipe: any TransformRecipe, _ condition: CheckCondition, _ text: String
    ) throws(Problem) {
        if let values = condition.values { return try judge(column, recipe.traits, among: values, "CHECK (\(text))") }
        let holds: Bool =
            switch recipe.traits.output {
            case .numbers(let range):
                condition.range.contains(range.lowerBound) && condition.range.contains(range.upperBound)
            case .values(let values): values.allSatisfy { Int64($0).map(condition.range.contains) ?? false }
            default: Self.staysPositive(recipe, in: condition.range)
            }
        if !holds {
            throw problem(
                column, "must hold to CHECK (\(text)), and \(column.label) may not",
                hint: "use keep, null, or noise with \"min\" and \"max\" within it")
        }
    }

    /// Transforms of digits keep a number's sign and its length, so they keep it above 0, 1, 10, 100…
    private static func staysPositive(_ recipe: any TransformRecipe, in range: ClosedRange<Int64>) -> Bool {
        guard let digits = recipe as? DigitsRecipe else { return false }
        guard [0, 10, 100, 1000, 10_000, 100_000, 1_000_000].contains(range.lowerBound) else { return false }
        return range.upperBound >= digits.largest.map { Int64($0) } ?? .max
    }
}
