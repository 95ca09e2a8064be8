import Scrub

/// Which rule a column may want, by its name, its type and its keys: a proposal for a person, never a decision.
package enum RuleSuggestion {
    /// Words of names, and the rules that they suggest, the first that occurs first.
    private static let words: [(word: String, rule: String)] = [
        ("email", "email"), ("e_mail", "email"), ("mail", "email"), ("iban", "alnum"), ("creditcard", "card"),
        ("card", "card"),
        ("phone", "phone"), ("mobile", "phone"), ("fax", "phone"), ("cell", "phone"), ("password", "credential"),
        ("passwd", "credential"),
        ("secret", "credential"), ("token", "credential"), ("api_key", "credential"), ("apikey", "credential"),
        ("hash", "credential"), ("salt", "credential"), ("first_name", "given-name"), ("firstname", "given-name"),
        ("given", "given-name"), ("forename", "given-name"), ("last_name", "family-name"), ("lastname", "family-name"),
        ("surname", "family-name"), ("family_name", "family-name"), ("full_name", "name"), ("fullname", "name"),
        ("contact", "name"), ("username", "alnum"), ("user_name", "alnum"), ("login", "alnum"), ("company", "company"),
        ("address", "address"), ("street", "address"), ("city", "city"), ("town", "city"), ("postal", "alnum"),
        ("postcode", "alnum"), ("zip", "alnum"), ("birth", "{transform: date-shift, by: …}"),
        ("dob", "{transform: date-shift, by: …}"),
        ("ssn", "digits"), ("tax", "alnum"), ("passport", "alnum"), ("licen", "alnum"), ("account", "alnum"),
        ("ip_addr", "ip"), ("ipaddr", "ip"), ("remote_addr", "ip"), ("url", "url"), ("website", "url"), ("host", "url"),
        ("salary", "{transform: noise, percent: 20}"), ("income", "{transform: noise, percent: 20}"),
        ("note", "filler"), ("comment", "filler"), ("message", "filler"), ("description", "text"), ("bio", "filler"),
        ("body", "filler"), ("photo", "empty"), ("picture", "empty"), ("image", "empty"), ("avatar", "empty"),
    ]

    /// A rule as a policy would have it, or nil where nothing can be said.
    package static func rule(for column: ColumnSchema) -> String? {
        let name = column.name.lowercased()
        let type = column.type
        if type.kind == .uuid { return "uuid" }
        if type.kind == .address { return "ip" }
        if type.kind == .json { return "{transform: json, paths: {…}}" }
        if type.kind == .binary { return column.isNullable ? "null" : "empty" }
        if let word = words.first(where: { name.contains($0.word) }), fits(word.rule, type) { return word.rule }
        if column.isNumbered || type.kind == .integer && (name == "id" || name.hasSuffix("_id") || name.hasSuffix("id"))
        {
            return "sequence"
        }
        if type.kind == .boolean || type.values != nil { return "keep" }
        if name.hasSuffix("_at") || name.hasPrefix("last_update") || name.hasPrefix("created") { return "keep" }
        return nil
    }

    private static func fits(_ rule: String, _ type: ColumnType) -> Bool {
        switch type.kind {
        case nil, .text: true
        case .date: rule.contains("date-shift")
        case .integer, .decimal: ["digits", "phone", "card"].contains(rule) || rule.contains("noise")
        default: false
        }
    }
}
