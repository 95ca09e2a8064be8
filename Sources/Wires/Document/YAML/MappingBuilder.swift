/// A mapping as it is read: refuses duplicate keys, and expands merge keys (https://yaml.org/type/merge.html).
struct MappingBuilder {
    private var mapping = Mapping()
    private var merged: [Mapping] = []
    private var mergeOrigin: Origin?
    private let repeatedKeys: YAML.RepeatedKeys

    init(repeatedKeys: YAML.RepeatedKeys) {
        self.repeatedKeys = repeatedKeys
        // Most mappings have a few entries; growing to them one by one costs more than the room.
        mapping.reserveCapacity(4)
    }

    /// Adds a key of the mapping's own.
    mutating func add(_ key: Mapping.Key, _ value: Value) throws(Problem) {
        if let position = mapping.position(of: key.text) {
            if repeatedKeys == .lastCounts { return mapping.set(.init(key: key, value: value)) }
            throw Problem(
                "the key \"\(key.text)\" is given twice: first on line \(mapping.entries[position].key.origin.line)",
                at: key.origin, hint: "remove one of the two")
        }
        mapping.add(.init(key: key, value: value))
    }

    /// Takes the keys of one mapping, or of each in a list, which the mapping itself does not set.
    mutating func merge(_ value: Value, at origin: Origin) throws(Problem) {
        if let mergeOrigin {
            throw Problem(
                "the key \"<<\" is given twice: first on line \(mergeOrigin.line)", at: origin,
                hint: "merge a list: <<: [*a, *b]")
        }
        mergeOrigin = origin
        switch value.content {
        case .mapping(let mapping): merged.append(mapping)
        case .sequence(let items):
            for item in items {
                guard let mapping = item.fields else { throw notMapping(origin) }
                merged.append(mapping)
            }
        case .scalar: throw notMapping(origin)
        }
    }

    private func notMapping(_ origin: Origin) -> Problem {
        Problem("the merge key \"<<\" wants a mapping, or a list of mappings", at: origin)
    }

    /// The mapping: own keys first, then those merged; of one key, the first mapping's value counts.
    consuming func finish() -> Mapping {
        for entry in merged.flatMap(\.entries) where mapping.position(of: entry.key.text) == nil {
            mapping.add(entry)
        }
        return mapping
    }
}
