package import Document

extension TemplateValue {
    /// A value of a document as Helm sees it: through JSON, so that every number is a `float64`.
    package init(_ value: Value) {
        switch value.content {
        case .sequence(let items):
            self = .list(items.map(TemplateValue.init))
        case .mapping(let mapping):
            let map = TemplateMap()
            map.reserveCapacity(mapping.count)
            for entry in mapping.entries {
                map.set(entry.key.text, .init(TemplateValue(entry.value), from: entry.value.origin))
            }
            self = .map(map)
        case .scalar(let scalar):
            switch scalar.kind {
            case .null: self = .none
            case .bool: self = .bool(scalar.text.first == "t" || scalar.text.first == "T")
            case .int, .float: self = Number.double(scalar.text).map(TemplateValue.float) ?? .string(scalar.text)
            case .string, .timestamp, .binary: self = .string(scalar.text)
            }
        }
    }

    /// The value as a document holds it; maps in the order of their keys.
    package var value: Value {
        switch self {
        case .none: return .null
        case .bool(let flag): return .bool(flag)
        case .int(let number), .long(let number): return .int(number)
        case .float(let number):
            if let whole = Int(exactly: number), number.magnitude < 1e15 { return .int(whole) }
            return Value(.scalar(Scalar(GoText.json(number), .float)))
        case .string(let text): return .string(text)
        case .bytes(let bytes): return .string(String(decoding: bytes, as: UTF8.self))
        case .list(let items): return .sequence(items.map(\.value))
        case .map(let map):
            return .mapping(
                Mapping(
                    map.sortedKeys.compactMap { key in
                        map[key].map { value in
                            .init(key: .init(key), value: value.value)
                        }
                    }))
        case .host(let object): return object.plain.value
        }
    }
}
