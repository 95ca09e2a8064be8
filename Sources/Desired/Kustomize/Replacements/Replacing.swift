import Document

/// `replacements`: values copied from objects into objects.
extension Accumulator {
    mutating func replace(_ replacement: Replacement) throws(Problem) {
        let value = try source(of: replacement)
        for target in replacement.targets {
            for resource in resources {
                guard target.choice.matchesMetadata(resource), try target.choice.matches(resource),
                    try !Self.isRejected(resource, by: target.rejected)
                else { continue }
                for path in target.paths {
                    let writer = FieldWriter(
                        path: path, value: value, options: target.options, object: resource.id,
                        growth: growth)
                    try resource.update { (object) throws(Problem) in try writer.write(into: &object) }
                }
            }
        }
        identitiesChanged()
    }

    private static func isRejected(_ resource: Resource, by choices: [Replacement.Choice]) throws(Problem) -> Bool {
        for choice in choices {
            if choice.hasSelectors, choice.matchesMetadata(resource) { return true }
            if !choice.isEmpty, try choice.matches(resource) { return true }
        }
        return false
    }

    private func source(of replacement: Replacement) throws(Problem) -> Value {
        var matches: [Resource] = []
        for resource in resources where try replacement.source.matches(resource) { matches.append(resource) }
        guard let resource = matches.first else {
            throw Problem(
                "nothing is selected as the replacement's source: there is no \(replacement.source)",
                at: replacement.origin,
                hint: "check group, kind, name and namespace, and that the object is among the resources")
        }
        if matches.count > 1 {
            let all = matches.map { "\($0.id) at \($0.origin)" }.joined(separator: ", ")
            throw Problem(
                "several objects could be the source of the replacement: \(all)", at: replacement.origin,
                hint: "add name or namespace to the source, so that one is left")
        }
        var value: Value? = resource.value
        for part in replacement.sourcePath { value = value.flatMap { Self.step(part, into: $0) } }
        guard let value, !value.isNull, value.items?.isEmpty != true, value.fields?.isEmpty != true else {
            throw Problem(
                "\(resource.id) at \(resource.origin) has no field \(replacement.sourceText)", at: replacement.origin,
                hint: "check the source's fieldPath")
        }
        let options = replacement.sourceOptions
        if options.delimiter.isEmpty { return value }
        guard var scalar = value.scalar else {
            throw Problem(
                "\(replacement.sourceText) of \(resource.id) is \(value.typeName), and only a text can be split by a delimiter",
                at: replacement.origin, hint: "let fieldPath lead to a text, or remove the delimiter")
        }
        let parts = scalar.text.split(by: options.delimiter)
        guard parts.indices.contains(options.index) else {
            throw Problem(
                "the field \(replacement.sourceText) of \(resource.id) has \(parts.count) parts, and so none with the index \(options.index)",
                at: replacement.origin, hint: "indexes count from 0")
        }
        scalar.text = parts[options.index]
        return Value(.scalar(scalar), origin: value.origin, trivia: value.trivia)
    }

    /// A key, an index, `-` for the last item, or `[key=value]`.
    private static func step(_ part: String, into value: Value) -> Value? {
        if let items = value.items {
            if part == "-" { return items.last }
            if let index = Int(part) { return items.indices.contains(index) ? items[index] : nil }
            guard let (key, wanted) = FieldWriter.condition(part) else { return nil }
            return items.first { (key.isEmpty ? $0 : $0[key])?.scalar?.text == wanted }
        }
        return value[part]
    }
}

extension String {
    /// The parts between a text's occurrences of a delimiter.
    func split(by delimiter: String) -> [String] {
        var parts: [String] = []
        var rest = self[...]
        while let range = rest.firstRange(of: delimiter) {
            parts.append(String(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        return parts + [String(rest)]
    }
}

/// Writes a value into every field that a path of `fieldPaths` leads to.
struct FieldWriter {
    let path: Value
    let value: Value
    let options: Replacement.Options
    let object: ResourceID
    let growth: Growth
    private static let depthLimit = 200
    /// Bytes of a text that is put together; a cluster takes no longer objects.
    private static let longest = 2 << 20

    func write(into object: inout Value) throws(Problem) {
        var written = 0
        let parts = Replacement.split(path.string ?? "")
        guard parts.count <= Self.depthLimit else {
            throw Problem("a field's path has more than \(Self.depthLimit) parts", at: path.origin)
        }
        try walk(&object, parts[...], &written)
        if written == 0 {
            throw Problem(
                "\(self.object) has no field \(path.string ?? "") to write into", at: path.origin,
                hint: options.creates ? "check the path" : "check the path; options.create makes what is missing")
        }
    }

    /// `[name=web]` as key and value.
    static func condition(_ part: String) -> (key: String, value: String)? {
        guard part.hasPrefix("["), part.hasSuffix("]"), let sign = part.firstIndex(of: "=") else { return nil }
        let key = part[part.index(after: part.startIndex)..<sign]
        return (String(key), String(part[part.index(after: sign)...].dropLast()))
    }

    private func walk(_ target: inout Value, _ path: ArraySlice<String>, _ written: inout Int) throws(Problem) {
        guard let part = path.first else {
            try set(&target)
            try growth.count(target, at: Self.depthLimit, for: self.path.origin)
            written += 1
            return
        }
        if part == "*" || Int(part) != nil || Self.condition(part) != nil {
            return try walkItems(&target, part, path.dropFirst(), &written)
        }
        guard var mapping = target.fields else {
            if target.isNull { return }
            throw Problem(
                "the path \(self.path.string ?? "") leads through \(target.typeName) of \(object), where a mapping must be",
                at: self.path.origin, hint: Self.hint(target))
        }
        if mapping[part] == nil {
            guard options.creates else { return }
            mapping.set(.init(key: .init(part), value: made(for: path.dropFirst().first)))
        }
        guard let position = mapping.position(of: part) else { return }
        target.content = .sequence([])
        try mapping.change(at: position) { (inner) throws(Problem) in try walk(&inner, path.dropFirst(), &written) }
        target.content = .mapping(mapping)
    }

    private func walkItems(
        _ target: inout Value, _ part: String, _ rest: ArraySlice<String>, _ written: inout Int
    ) throws(Problem) {
        guard var items = target.items else {
            throw Problem(
                "the path \(path.string ?? "") leads through \(target.typeName) of \(object), where a list must be",
                at: path.origin, hint: Self.hint(target))
        }
        var chosen: [Int] = []
        if part == "*" {
            chosen = Array(items.indices)
        } else if let index = Int(part) {
            if index == items.count, options.creates { items.append(made(for: rest.first)) }
            guard items.indices.contains(index) else {
                throw Problem("the list has \(items.count) items, and so none at \(index)", at: path.origin)
            }
            chosen = [index]
        } else if let (key, wanted) = Self.condition(part) {
            // Not anchored: kustomize looks for the expression anywhere in the text.
            let pattern = try Pattern("(?s:.*)(?:\(wanted))(?s:.*)", at: path.origin)
            for index in items.indices {
                guard let text = (key.isEmpty ? items[index] : items[index][key])?.scalar?.text else { continue }
                if try pattern.matches(text) { chosen.append(index) }
            }
            if chosen.isEmpty, options.creates {
                let text = Value(.scalar(Scalar(wanted, Resolver.kind(of: wanted))), origin: path.origin)
                items.append(key.isEmpty ? text : .mapping(Mapping([.init(key: .init(key), value: text)])))
                chosen = [items.count - 1]
            }
        }
        for index in chosen { try walk(&items[index], rest, &written) }
        target.content = .sequence(items)
    }

    private static func hint(_ target: Value) -> String {
        target.origin.isKnown ? "what is there is written at \(target.origin)" : ""
    }

    /// What is made so that the next part has something to go into.
    private func made(for next: String?) -> Value {
        guard let next else { return Value(.scalar(Scalar("", .null)), origin: path.origin) }
        let isList = next == "*" || Int(next) != nil || Self.condition(next) != nil
        return Value(isList ? .sequence([]) : .mapping(Mapping()), origin: path.origin)
    }

    private func set(_ target: inout Value) throws(Problem) {
        var value = value
        if !options.delimiter.isEmpty {
            guard let old = target.scalar, var new = value.scalar else {
                throw Problem("only texts can be put together with a delimiter", at: path.origin)
            }
            guard old.text.utf8.count + new.text.utf8.count <= Self.longest else {
                throw Problem(
                    "a text put together with a delimiter is longer than \(Self.longest) bytes", at: path.origin)
            }
            var parts = old.text.split(by: options.delimiter)
            if options.index < 0 {
                parts.insert(new.text, at: 0)
            } else if options.index >= parts.count {
                parts.append(new.text)
            } else {
                parts[options.index] = new.text
            }
            new.text = parts.joined(separator: options.delimiter)
            value.content = .scalar(new)
        }
        // A scalar keeps its type, so that a text goes into a number's place as a number.
        if let old = target.scalar, let new = value.scalar {
            let kind = old.kind == .null ? Resolver.kind(of: new.text) : old.kind
            value.content = .scalar(Scalar(new.text, kind))
        }
        target = value.replacing(target)
    }
}
