import Document

/// The drafts of JSON Schema that differ (json-schema.org, "Specification Links").
enum SchemaDraft: Int, Comparable {
    case draft4 = 4
    case draft6 = 6
    case draft7 = 7
    case draft2019 = 2019
    case draft2020 = 2020

    static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    /// The draft that a `$schema` names; the newest for the address that names none.
    init?(address: String) {
        let plain = Search.trimmedSuffix(address, "#")
        let path = plain.drop { $0 != ":" }
        guard path.hasPrefix("://json-schema.org/") else { return nil }
        switch path.dropFirst("://json-schema.org/".count) {
        case "schema", "draft/2020-12/schema": self = .draft2020
        case "draft/2019-09/schema": self = .draft2019
        case "draft-07/schema": self = .draft7
        case "draft-06/schema": self = .draft6
        case "draft-04/schema": self = .draft4
        default: return nil
        }
    }

    /// The keyword by which a schema gets an address of its own.
    var idKeyword: String { self == .draft4 ? "id" : "$id" }

    /// Whether a format is checked, and not only noted: newer drafts ask for that in their vocabulary alone.
    var checksFormats: Bool { self < .draft2019 }

    /// Keywords whose value is a schema.
    static let single: Set<String> = [
        "additionalItems", "additionalProperties", "contains", "contentSchema", "else", "if", "items", "not",
        "propertyNames", "then", "unevaluatedItems", "unevaluatedProperties",
    ]
    /// Keywords whose value is a list of schemas.
    static let lists: Set<String> = ["allOf", "anyOf", "oneOf", "prefixItems", "items"]
    /// Keywords whose value is a mapping of schemas.
    static let mappings: Set<String> = [
        "$defs", "definitions", "dependencies", "dependentSchemas", "patternProperties", "properties",
    ]
}

extension Search {
    static func trimmedSuffix(_ text: String, _ suffix: String) -> String {
        text.hasSuffix(suffix) ? String(text.dropLast(suffix.count)) : text
    }
}
