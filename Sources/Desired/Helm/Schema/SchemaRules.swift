import Document

/// The keywords that look at a value by itself: type, size, form.
struct SchemaRules {
    let fields: Mapping
    let draft: SchemaDraft

    typealias Place = SchemaValidator.Place

    func findings(
        in value: TemplateValue, _ place: Place, pattern: (Value) throws(Problem) -> Regex
    ) throws(Problem) -> [SchemaFinding] {
        var findings: [SchemaFinding] = []
        if let type = fields["type"], try !allows(type, value) {
            let wanted = type.string.map { [$0] } ?? type.strings
            findings.append(
                place.finding(
                    "\(Self.name(of: value)) stands here, and \(wanted.map(Self.noun).joined(separator: " or ")) is wanted"
                ))
        }
        if let choices = fields["enum"]?.items, !choices.contains(where: { Self.equal(value, TemplateValue($0)) }) {
            let words = choices.map { JSON.text($0) }.joined(separator: ", ")
            findings.append(place.finding("it must be one of: \(words)"))
        }
        if draft >= .draft6, let only = fields["const"], !Self.equal(value, TemplateValue(only)) {
            findings.append(place.finding("it must be \(JSON.text(only))"))
        }
        switch value {
        case .int(let number), .long(let number): findings += try numberFindings(Double(number), place)
        case .float(let number): findings += try numberFindings(number, place)
        case .string(let text): findings += try textFindings(text, place, pattern)
        case .list(let items): findings += try listFindings(items, place)
        case .map(let map): findings += try mapFindings(map, place)
        case .none, .bool, .bytes, .host: break
        }
        return findings
    }

    // MARK: Types

    private func allows(_ type: Value, _ value: TemplateValue) throws(Problem) -> Bool {
        guard let wanted = type.string.map({ [$0] }) ?? type.items?.compactMap(\.string) else {
            throw Problem("\"type\" must be the name of a type, or a list of such", at: type.origin)
        }
        for name in wanted {
            guard Self.nouns[name] != nil else { throw Problem("there is no type \"\(name)\"", at: type.origin) }
            if Self.isOfType(value, name) { return true }
        }
        return false
    }

    private static func isOfType(_ value: TemplateValue, _ name: String) -> Bool {
        switch value {
        case .none: name == "null"
        case .bool: name == "boolean"
        case .int, .long: name == "integer" || name == "number"
        case .float(let number): name == "number" || name == "integer" && number == number.rounded()
        case .string, .bytes, .host: name == "string"
        case .list: name == "array"
        case .map: name == "object"
        }
    }

    private static let nouns = [
        "null": "null", "boolean": "true or false", "integer": "a whole number", "number": "a number",
        "string": "a text", "array": "a list", "object": "a mapping",
    ]

    private static func noun(_ type: String) -> String { nouns[type] ?? type }

    private static func name(of value: TemplateValue) -> String {
        switch value {
        case .none: "null"
        case .bool: "a truth value"
        case .int, .long: "a number"
        case .float(let number): number == number.rounded() ? "a number" : "a number with a fraction"
        case .string, .bytes, .host: "a text"
        case .list: "a list"
        case .map: "a mapping"
        }
    }

    /// Whether two values are one to JSON, where 1 and 1.0 are.
    static func equal(_ left: TemplateValue, _ right: TemplateValue) -> Bool {
        if let first = number(left), let second = number(right) { return first == second }
        switch (left, right) {
        case (.list(let left), .list(let right)):
            return left.count == right.count && zip(left, right).allSatisfy { equal($0, $1) }
        case (.map(let left), .map(let right)):
            return left.count == right.count
                && left.entries.allSatisfy { key, entry in right[key].map { equal(entry.value, $0) } ?? false }
        default: return left.equals(right)
        }
    }

    private static func number(_ value: TemplateValue) -> Double? {
        switch value {
        case .int(let number), .long(let number): Double(number)
        case .float(let number): number
        default: nil
        }
    }

    // MARK: Sizes and forms

    /// A number that the schema gives; nil when it gives none.
    private func limit(_ keyword: String) throws(Problem) -> Double? {
        guard let value = fields[keyword] else { return nil }
        guard let number = value.double else { throw Problem("\"\(keyword)\" must be a number", at: value.origin) }
        return number
    }

    private func count(
        _ count: Int, _ least: String, _ most: String, _ what: String, _ place: Place
    ) throws(Problem) -> [SchemaFinding] {
        var findings: [SchemaFinding] = []
        if let limit = try limit(least), Double(count) < limit {
            findings.append(place.finding("it has \(count) \(what), and \(GoText.json(limit)) are the least"))
        }
        if let limit = try limit(most), Double(count) > limit {
            findings.append(place.finding("it has \(count) \(what), and \(GoText.json(limit)) are the most"))
        }
        return findings
    }

    private func numberFindings(_ number: Double, _ place: Place) throws(Problem) -> [SchemaFinding] {
        var findings: [SchemaFinding] = []
        func refuse(_ what: String, _ limit: Double) {
            findings.append(place.finding("the number must be \(what) \(GoText.json(limit))"))
        }
        // In draft 4 the exclusive limits are flags beside the others.
        let isOld = draft == .draft4
        if let limit = try limit("minimum") {
            let excludes = isOld && fields["exclusiveMinimum"]?.bool == true
            if number < limit || excludes && number == limit { refuse(excludes ? "above" : "at least", limit) }
        }
        if let limit = try limit("maximum") {
            let excludes = isOld && fields["exclusiveMaximum"]?.bool == true
            if number > limit || excludes && number == limit { refuse(excludes ? "below" : "at most", limit) }
        }
        if !isOld {
            if let limit = try limit("exclusiveMinimum"), number <= limit { refuse("above", limit) }
            if let limit = try limit("exclusiveMaximum"), number >= limit { refuse("below", limit) }
        }
        if let unit = try limit("multipleOf"), unit > 0 {
            let parts = number / unit
            if parts.isFinite, (parts - parts.rounded()).magnitude > 1e-9 * max(1, parts.magnitude) {
                refuse("a multiple of", unit)
            }
        }
        return findings
    }

    private func textFindings(
        _ text: String, _ place: Place, _ pattern: (Value) throws(Problem) -> Regex
    ) throws(Problem) -> [SchemaFinding] {
        var findings = try count(text.unicodeScalars.count, "minLength", "maxLength", "characters", place)
        if let source = fields["pattern"] {
            let regex = try pattern(source)
            let isMatch: Bool
            do {
                isMatch = try regex.match(Array(text.utf8), from: 0) != nil
            } catch {
                throw Problem(
                    "the pattern \"\(regex.text)\" takes too long", at: source.origin, hint: "write it simpler")
            }
            if !isMatch { findings.append(place.finding("the text does not match \(regex.text)")) }
        }
        if draft.checksFormats, let format = fields["format"]?.string, !SchemaFormat.allows(text, format) {
            findings.append(place.finding("the text is no \(format)"))
        }
        return findings
    }

    private func listFindings(_ items: [TemplateValue], _ place: Place) throws(Problem) -> [SchemaFinding] {
        var findings = try count(items.count, "minItems", "maxItems", "items", place)
        if fields["uniqueItems"]?.bool == true {
            for index in items.indices.dropFirst()
            where items[..<index].contains(where: { Self.equal($0, items[index]) }) {
                findings.append(place.within(.item(index), nil).finding("the item stands in the list already"))
                break
            }
        }
        return findings
    }

    private func mapFindings(_ map: TemplateMap, _ place: Place) throws(Problem) -> [SchemaFinding] {
        var findings = try count(map.count, "minProperties", "maxProperties", "fields", place)
        guard let required = fields["required"] else { return findings }
        guard let names = required.items else {
            // Draft 3's flag, which still stands in some schemas, is refused as it is by Helm.
            throw Problem("\"required\" must be a list of names", at: required.origin)
        }
        for name in names.compactMap(\.string) where map[name] == nil {
            findings.append(place.finding("the field \"\(name)\" is missing"))
        }
        return findings
    }
}
