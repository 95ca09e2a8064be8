import Document

/// The keywords that look into mappings and lists.
extension SchemaValidator {
    func checkFields(
        _ map: TemplateMap, _ value: TemplateValue, _ fields: Mapping, _ resource: SchemaResource, _ place: Place,
        _ outcome: inout SchemaOutcome
    ) throws(Problem) {
        var seen: Set<String> = []
        func check(_ key: String, _ schema: Value) throws(Problem) {
            guard let inner = map[key] else { return }
            let step = place.within(.key(key), map.origin(of: key))
            outcome.findings += try self.check(inner, schema, resource, step).findings
            seen.insert(key)
        }
        for entry in try Self.mapping(fields["properties"]) { try check(entry.key.text, entry.value) }
        for entry in try Self.mapping(fields["patternProperties"]) {
            let text = Value(.scalar(Scalar(entry.key.text)), origin: entry.key.origin)
            let regex = try pattern(text)
            for key in map.sortedKeys where try matches(regex, key, at: entry.key.origin) {
                try check(key, entry.value)
            }
        }
        if let rest = fields["additionalProperties"] {
            for key in map.sortedKeys where !seen.contains(key) {
                if rest.bool == false {
                    outcome.findings.append(unknown(key, map, fields, place))
                    seen.insert(key)
                } else {
                    try check(key, rest)
                }
            }
        }
        if resource.draft >= .draft6, let names = fields["propertyNames"] {
            for key in map.sortedKeys {
                let found = try self.check(.string(key), names, resource, place.within(.key(key), map.origin(of: key)))
                outcome.findings += found.findings.map { finding in
                    var finding = finding
                    finding.message = "the name: " + finding.message
                    return finding
                }
            }
        }
        try checkDependents(map, value, fields, resource, place, &outcome)
        outcome.keys.formUnion(seen)
        guard resource.draft >= .draft2019, let rest = fields["unevaluatedProperties"] else { return }
        for key in map.sortedKeys where !outcome.keys.contains(key) {
            if rest.bool == false {
                outcome.findings.append(unknown(key, map, fields, place))
            } else {
                try check(key, rest)
            }
            outcome.keys.insert(key)
        }
    }

    private func unknown(_ key: String, _ map: TemplateMap, _ fields: Mapping, _ place: Place) -> SchemaFinding {
        let known = fields["properties"]?.fields?.keys ?? []
        let near = Spelling.nearest(to: key, among: known).map { "; did you mean \"\($0)\"?" } ?? ""
        var finding = place.finding("the field \"\(key)\" is not known\(near)")
        finding.origin = map.origin(of: key) ?? finding.origin
        return finding
    }

    static func mapping(_ value: Value?) throws(Problem) -> [Mapping.Entry] {
        guard let value else { return [] }
        guard let fields = value.fields else { throw Problem("a mapping of schemas is needed here", at: value.origin) }
        return fields.entries
    }

    /// `dependentSchemas` and `dependentRequired`, which were one keyword before 2019-09.
    private func checkDependents(
        _ map: TemplateMap, _ value: TemplateValue, _ fields: Mapping, _ resource: SchemaResource, _ place: Place,
        _ outcome: inout SchemaOutcome
    ) throws(Problem) {
        let keywords = resource.draft >= .draft2019 ? ["dependentSchemas", "dependentRequired"] : ["dependencies"]
        for keyword in keywords {
            for entry in try Self.mapping(fields[keyword]) where map[entry.key.text] != nil {
                if let names = entry.value.items {
                    for name in names.compactMap(\.string) where map[name] == nil {
                        outcome.findings.append(
                            place.finding("the field \"\(name)\" is missing, which \"\(entry.key.text)\" needs"))
                    }
                } else {
                    outcome.merge(try check(value, entry.value, resource, place))
                }
            }
        }
    }

    func checkItems(
        _ items: [TemplateValue], _ fields: Mapping, _ resource: SchemaResource, _ place: Place,
        _ outcome: inout SchemaOutcome
    ) throws(Problem) {
        var seen: Set<Int> = []
        func check(_ index: Int, _ schema: Value) throws(Problem) {
            outcome.findings += try self.check(items[index], schema, resource, place.within(.item(index), nil)).findings
            seen.insert(index)
        }
        let isNew = resource.draft >= .draft2020
        var first: [Value] = []
        var rest: Value?
        if isNew {
            first = try Self.schemas(fields["prefixItems"])
            rest = fields["items"]
        } else if let list = fields["items"]?.items {
            first = list
            rest = fields["additionalItems"]
        } else {
            rest = fields["items"]
        }
        for (index, schema) in zip(items.indices, first) { try check(index, schema) }
        if let rest {
            for index in items.indices.dropFirst(first.count) {
                if rest.bool == false {
                    outcome.findings.append(place.within(.item(index), nil).finding("no item is allowed here"))
                    seen.insert(index)
                } else {
                    try check(index, rest)
                }
            }
        }
        try checkContained(items, fields, resource, place, &outcome)
        outcome.items.formUnion(seen)
        guard resource.draft >= .draft2019, let rest = fields["unevaluatedItems"] else { return }
        for index in items.indices where !outcome.items.contains(index) {
            try check(index, rest)
            outcome.items.insert(index)
        }
    }

    private func checkContained(
        _ items: [TemplateValue], _ fields: Mapping, _ resource: SchemaResource, _ place: Place,
        _ outcome: inout SchemaOutcome
    ) throws(Problem) {
        guard resource.draft >= .draft6, let schema = fields["contains"] else { return }
        var found: Set<Int> = []
        for index in items.indices
        where try check(items[index], schema, resource, place.within(.item(index), nil)).isFine {
            found.insert(index)
        }
        let isNew = resource.draft >= .draft2019
        let least = isNew ? fields["minContains"]?.double ?? 1 : 1
        if Double(found.count) < least {
            outcome.findings.append(place.finding("fewer than \(Int(least)) items are as \"contains\" wants them"))
        }
        if isNew, let most = fields["maxContains"]?.double, Double(found.count) > most {
            outcome.findings.append(place.finding("more than \(Int(most)) items are as \"contains\" has them"))
        }
        if resource.draft >= .draft2020 { outcome.items.formUnion(found) }
    }
}
