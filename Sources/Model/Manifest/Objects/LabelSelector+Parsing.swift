package import Document

/// Reading selectors.
extension LabelSelector {
    /// Reads a `metav1.LabelSelector`: `matchLabels` and `matchExpressions`. An empty one selects everything.
    /// - Throws: a `Problem` at the expression that is malformed.
    package init(selector value: Value) throws(Problem) {
        self.init(labels: value["matchLabels"]?.dictionary ?? [:])
        for expression in value["matchExpressions"]?.items ?? [] {
            requirements.append(try Self.requirement(expression))
        }
    }

    private static func requirement(_ expression: Value) throws(Problem) -> Requirement {
        guard let key = expression["key"]?.string, !key.isEmpty else {
            throw Problem("the selector's expression has no key", at: expression.origin)
        }
        let values = expression["values"]?.strings ?? []
        let word = expression["operator"]?.string ?? ""
        switch word {
        case "In" where !values.isEmpty: return .isIn(key, values)
        case "NotIn" where !values.isEmpty: return .notIn(key, values)
        case "Exists" where values.isEmpty: return .exists(key)
        case "DoesNotExist" where values.isEmpty: return .doesNotExist(key)
        case "In", "NotIn": throw Problem("the selector's operator \(word) wants values", at: expression.origin)
        case "Exists", "DoesNotExist":
            throw Problem("the selector's operator \(word) takes no values", at: expression.origin)
        default:
            throw Problem(
                "the selector's operator \"\(word)\" is unknown",
                at: expression["operator"]?.origin ?? expression.origin,
                hint: "it is one of In, NotIn, Exists, DoesNotExist")
        }
    }

    /// Reads the form of queries and of `-l`: `app=web,tier in (a,b),!old`.
    /// - Throws: a `Problem` that quotes the requirement which is malformed.
    package init(query: String) throws(Problem) {
        self.init()
        var scanner = QueryScanner(rest: Substring(query))
        scanner.skipSpaces()
        guard !scanner.rest.isEmpty else { return }
        repeat { requirements.append(try scanner.requirement()) } while try scanner.comma()
    }
}

/// A cursor over a selector's text (apimachinery, `labels.Parse`).
private struct QueryScanner {
    var rest: Substring

    private func problem(_ message: String) -> Problem {
        Problem("the label selector cannot be read: \(message)", hint: "write it like app=web,tier in (a,b),!old")
    }

    mutating func skipSpaces() {
        rest = rest.drop { $0 == " " || $0 == "\t" }
    }

    /// Steps over a text if it comes next.
    mutating func skip(_ text: String) -> Bool {
        guard rest.hasPrefix(text) else { return false }
        rest = rest.dropFirst(text.count)
        skipSpaces()
        return true
    }

    /// Whether another requirement follows.
    mutating func comma() throws(Problem) -> Bool {
        if rest.isEmpty { return false }
        if skip(",") { return true }
        throw problem("\"\(rest)\" stands where a comma is expected")
    }

    private mutating func word() -> String {
        let word = rest.prefix { !" \t,()=!<>".contains($0) }
        rest = rest.dropFirst(word.count)
        skipSpaces()
        return String(word)
    }

    mutating func requirement() throws(Problem) -> LabelSelector.Requirement {
        let isNegated = skip("!")
        let key = word()
        guard LabelSyntax.isQualifiedName(key) else { throw problem("\"\(key)\" is no label key") }
        if isNegated { return .doesNotExist(key) }
        if rest.isEmpty || rest.first == "," { return .exists(key) }
        if skip("!=") { return .notEquals(key, try value()) }
        if skip("==") || skip("=") { return .equals(key, try value()) }
        switch word() {
        case "in": return .isIn(key, try values())
        case "notin": return .notIn(key, try values())
        case let other: throw problem("\"\(other)\" is no operator")
        }
    }

    private mutating func value() throws(Problem) -> String {
        let value = word()
        guard LabelSyntax.isValue(value) else { throw problem("\"\(value)\" is no label value") }
        return value
    }

    private mutating func values() throws(Problem) -> [String] {
        guard skip("(") else { throw problem("values in parentheses are expected") }
        var values: [String] = []
        repeat { values.append(try value()) } while skip(",")
        guard skip(")") else { throw problem("the values' closing parenthesis is missing") }
        return values
    }
}
