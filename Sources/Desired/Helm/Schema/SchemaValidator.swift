import Document

/// Checks values against a JSON Schema of any draft from 4 to 2020-12 (json-schema.org; RFC drafts "core" and
/// "validation").
struct SchemaValidator {
    private let resources: SchemaResources
    private let patterns = Patterns()
    private let budget = Budget()

    /// What checking may cost, so that schemas which refer to themselves come to an end.
    private final class Budget {
        var steps = 5_000_000
    }

    /// Regular expressions that were compiled before.
    private final class Patterns {
        var byText: [String: Regex] = [:]
    }

    /// Where the checking is: the value's place, and the schemas that led here.
    struct Place {
        var path: [SchemaFinding.Step] = []
        var origin: Origin?
        var scope: [SchemaResource]
        var depth = 0
        private static let depthLimit = 300

        var isTooDeep: Bool { depth > Self.depthLimit }

        func deeper(_ resource: SchemaResource) -> Place {
            var place = self
            place.depth += 1
            if place.scope.last !== resource { place.scope.append(resource) }
            return place
        }

        func within(_ step: SchemaFinding.Step, _ origin: Origin?) -> Place {
            var place = self
            place.path.append(step)
            place.origin = origin ?? place.origin
            return place
        }

        func finding(_ message: String) -> SchemaFinding {
            SchemaFinding(path: path, message: message, origin: origin)
        }
    }

    /// - Parameter others: schemas that may be referred to by their addresses.
    /// - Throws: `Problem` for a schema of an unknown draft.
    init(_ schema: Value, beside others: [Value] = []) throws(Problem) {
        guard schema.fields != nil || schema.bool != nil else {
            throw Problem("a schema must be an object, or true or false", at: schema.origin)
        }
        resources = try SchemaResources(schema, beside: others)
    }

    /// What the schema does not allow in a value.
    ///
    /// - Throws: `Problem` in the schema: a reference that leads nowhere, a pattern or keyword that is none.
    func findings(in value: TemplateValue) throws(Problem) -> [SchemaFinding] {
        let root = resources.root
        return try check(value, root.root, root, Place(scope: [root])).findings
    }

    // MARK: One schema

    func check(
        _ value: TemplateValue, _ schema: Value, _ outer: SchemaResource, _ place: Place
    ) throws(Problem) -> SchemaOutcome {
        if let allows = schema.bool {
            return allows ? SchemaOutcome() : SchemaOutcome(findings: [place.finding("nothing is allowed here")])
        }
        guard let fields = schema.fields else {
            throw Problem("a schema must be an object, or true or false", at: schema.origin)
        }
        budget.steps -= 1
        guard budget.steps > 0, !place.isTooDeep else {
            throw Problem(
                "the schema refers to itself without end", at: schema.origin,
                hint: "a reference in a circle must lead into a part of the value each time")
        }
        let resource = resources.resource(of: schema, within: outer)
        let place = place.deeper(resource)
        var outcome = SchemaOutcome()
        for keyword in ["$ref", "$dynamicRef", "$recursiveRef"] {
            guard let reference = fields[keyword] else { continue }
            outcome.merge(try follow(reference, keyword, value, resource, place))
            if keyword == "$ref", resource.draft <= .draft7 { return outcome }
        }
        let rules = SchemaRules(fields: fields, draft: resource.draft)
        outcome.findings += try rules.findings(in: value, place) { (text) throws(Problem) in try pattern(text) }
        try combine(value, fields, resource, place, &outcome)
        switch value {
        case .map(let map): try checkFields(map, value, fields, resource, place, &outcome)
        case .list(let items): try checkItems(items, fields, resource, place, &outcome)
        default: break
        }
        return outcome
    }

    private func follow(
        _ reference: Value, _ keyword: String, _ value: TemplateValue, _ resource: SchemaResource, _ place: Place
    ) throws(Problem) -> SchemaOutcome {
        guard let text = reference.string else { throw Problem("\(keyword) must be a text", at: reference.origin) }
        guard var (target, found) = try resources.target(of: reference, from: resource) else { return SchemaOutcome() }
        if keyword == "$dynamicRef" {
            let anchor = SchemaAddress.split(text).fragment
            // The outermost schema with that anchor counts, if the first one found is of that kind.
            if found.dynamicAnchors[anchor] != nil,
                let outer = place.scope.first(where: { $0.dynamicAnchors[anchor] != nil }),
                let schema = outer.dynamicAnchors[anchor]
            {
                (target, found) = (schema, outer)
            }
        } else if keyword == "$recursiveRef", found.isRecursive,
            let outer = place.scope.first(where: \.isRecursive)
        {
            (target, found) = (outer.root, outer)
        }
        return try check(value, target, found, place)
    }

    func pattern(_ text: Value) throws(Problem) -> Regex {
        guard let source = text.string else { throw Problem("a pattern must be a text", at: text.origin) }
        if let known = patterns.byText[source] { return known }
        do {
            let made = try Regex(source)
            patterns.byText[source] = made
            return made
        } catch {
            throw Problem("the pattern \"\(source)\" is no regular expression", at: text.origin)
        }
    }

    func matches(_ regex: Regex, _ text: String, at origin: Origin) throws(Problem) -> Bool {
        do {
            return try regex.match(Array(text.utf8), from: 0) != nil
        } catch {
            throw Problem("the pattern \"\(regex.text)\" takes too long", at: origin, hint: "write it simpler")
        }
    }

    // MARK: Schemas put together

    private func combine(
        _ value: TemplateValue, _ fields: Mapping, _ resource: SchemaResource, _ place: Place,
        _ outcome: inout SchemaOutcome
    ) throws(Problem) {
        for schema in try Self.schemas(fields["allOf"]) {
            outcome.merge(try check(value, schema, resource, place))
        }
        if let any = fields["anyOf"] {
            let outcomes = try Self.schemas(any).map { (schema) throws(Problem) in
                try check(value, schema, resource, place)
            }
            for other in outcomes { outcome.note(other) }
            if !outcomes.contains(where: \.isFine) {
                outcome.findings += Self.nearest(outcomes, place.finding("none of the schemas of \"anyOf\" allows it"))
            }
        }
        if let one = fields["oneOf"] {
            let outcomes = try Self.schemas(one).map { (schema) throws(Problem) in
                try check(value, schema, resource, place)
            }
            let fine = outcomes.filter(\.isFine)
            for other in fine { outcome.note(other) }
            if fine.isEmpty {
                outcome.findings += Self.nearest(outcomes, place.finding("none of the schemas of \"oneOf\" allows it"))
            } else if fine.count > 1 {
                outcome.findings.append(place.finding("\(fine.count) of the schemas of \"oneOf\" allow it; one should"))
            }
        }
        if let not = fields["not"], try check(value, not, resource, place).isFine {
            outcome.findings.append(place.finding("the schema of \"not\" allows it, and must not"))
        }
        if resource.draft >= .draft7, let condition = fields["if"] {
            let found = try check(value, condition, resource, place)
            outcome.note(found)
            if let next = fields[found.isFine ? "then" : "else"] {
                outcome.merge(try check(value, next, resource, place))
            }
        }
    }

    static func schemas(_ list: Value?) throws(Problem) -> [Value] {
        guard let list else { return [] }
        guard let items = list.items else { throw Problem("a list of schemas is needed here", at: list.origin) }
        return items
    }

    /// What to say when none of several schemas allows a value: with one that came near, what it found.
    private static func nearest(_ outcomes: [SchemaOutcome], _ finding: SchemaFinding) -> [SchemaFinding] {
        // A schema that finds fault deeper inside is the one that was meant.
        let deeper = outcomes.filter { $0.findings.contains { $0.path.count > finding.path.count } }
        if deeper.count == 1 { return [finding] + deeper[0].findings }
        return outcomes.count == 1 ? [finding] + outcomes[0].findings : [finding]
    }
}
