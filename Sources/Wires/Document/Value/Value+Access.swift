/// Reading and changing values by type, key and path.
extension Value {
    package static var null: Value { Value(.scalar(Scalar("null", .null))) }
    package static func string(_ text: String) -> Value { Value(.scalar(Scalar(text))) }
    package static func int(_ number: some BinaryInteger) -> Value { Value(.scalar(Scalar(String(number), .int))) }
    package static func bool(_ flag: Bool) -> Value { Value(.scalar(Scalar(flag ? "true" : "false", .bool))) }
    package static func sequence(_ items: [Value]) -> Value { Value(.sequence(items)) }
    package static func mapping(_ mapping: Mapping) -> Value { Value(.mapping(mapping)) }

    /// A mapping of strings, by key.
    package static func strings(_ pairs: [String: String]) -> Value {
        .mapping(Mapping(pairs.sorted { $0.key < $1.key }.map { .init(key: .init($0.key), value: .string($0.value)) }))
    }

    package var scalar: Scalar? { if case .scalar(let scalar) = content { scalar } else { nil } }
    package var items: [Value]? { if case .sequence(let items) = content { items } else { nil } }
    package var fields: Mapping? { if case .mapping(let mapping) = content { mapping } else { nil } }

    package var isNull: Bool { scalar?.kind == .null }

    /// The text of a string; nil for any other kind.
    package var string: String? {
        guard let scalar, scalar.kind == .string || scalar.kind == .timestamp else { return nil }
        return scalar.text
    }

    package var bool: Bool? {
        guard let scalar, scalar.kind == .bool else { return nil }
        return scalar.text.first == "t" || scalar.text.first == "T"
    }

    /// The number of an integer that fits; nil for any other kind.
    package var int: Int? {
        guard let scalar, scalar.kind == .int else { return nil }
        return Number.integer(scalar.text)
    }

    /// The number of an integer or a float.
    package var double: Double? {
        guard let scalar, scalar.kind == .int || scalar.kind == .float else { return nil }
        return Number.double(scalar.text)
    }

    /// The strings of a sequence of strings; items of other kinds are left out.
    package var strings: [String] { items?.compactMap(\.string) ?? [] }

    /// A mapping of strings as a dictionary; values of other kinds are left out.
    package var dictionary: [String: String] {
        var result: [String: String] = [:]
        for entry in fields?.entries ?? [] { result[entry.key.text] = entry.value.string }
        return result
    }

    /// The value of a mapping's key; nil when this is no mapping or has no such key. Setting on anything else than a
    /// mapping makes it one; setting nil removes the key.
    package subscript(key: String) -> Value? {
        get { fields?[key] }
        set {
            var mapping = fields ?? Mapping()
            content = .sequence([])  // so that the mapping is changed in place, not copied
            mapping[key] = newValue
            content = .mapping(mapping)
        }
    }

    /// The value at a path of keys.
    package subscript(path path: [String]) -> Value? {
        get {
            guard let last = path.last else { return self }
            guard var mapping = fields else { return nil }
            for key in path.dropLast() {
                guard let position = mapping.position(of: key), let inner = mapping.entries[position].value.fields
                else { return nil }
                mapping = inner
            }
            return mapping[last]
        }
        set { set(newValue, at: path[...]) }
    }

    /// Sets what is at a path, each mapping on the way changed in place.
    private mutating func set(_ newValue: Value?, at path: ArraySlice<String>) {
        guard let first = path.first else {
            if let newValue { self = newValue }
            return
        }
        if path.count == 1 {
            self[first] = newValue
            return
        }
        var mapping = fields ?? Mapping()
        let known = mapping.position(of: first)
        if newValue == nil, known == nil { return }
        content = .sequence([])  // so that the mapping is changed in place, not copied
        if known == nil { mapping.add(.init(key: .init(first), value: .mapping(Mapping()))) }
        mapping.change(at: known ?? mapping.count - 1) { $0.set(newValue, at: path.dropFirst()) }
        content = .mapping(mapping)
    }

    /// The value at a path of keys.
    package subscript(path path: String...) -> Value? {
        get { self[path: path] }
        set { self[path: path] = newValue }
    }
}

extension Value: Equatable {
    package static func == (left: Value, right: Value) -> Bool {
        switch (left.content, right.content) {
        case (.scalar(let left), .scalar(let right)): left.means(right)
        case (.sequence(let left), .sequence(let right)): left == right
        case (.mapping(let left), .mapping(let right)): left == right
        default: false
        }
    }
}

extension Mapping: Equatable {
    package static func == (left: Mapping, right: Mapping) -> Bool {
        left.count == right.count && left.entries.allSatisfy { right[$0.key.text] == $0.value }
    }
}

extension Scalar {
    /// Whether two scalars mean the same, however they are written.
    package func means(_ other: Scalar) -> Bool {
        switch (kind, other.kind) {
        case (.null, .null): true
        case (.bool, .bool): text.first.map { "tT".contains($0) } == other.text.first.map { "tT".contains($0) }
        case (.int, .int), (.int, .float), (.float, .int), (.float, .float):
            text == other.text || Number.equal(text, other.text)
        case (.string, .string), (.string, .timestamp), (.timestamp, .string), (.timestamp, .timestamp),
            (.binary, .binary):
            text == other.text
        default: false
        }
    }
}

extension Value: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int) { self = .int(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(arrayLiteral elements: Value...) { self = .sequence(elements) }
    package init(dictionaryLiteral elements: (String, Value)...) {
        self = .mapping(Mapping(elements.map { .init(key: .init($0), value: $1) }))
    }
}
