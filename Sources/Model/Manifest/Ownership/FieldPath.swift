package import Document

/// One step from a value into it, as field ownership names it (structured-merge-diff, `fieldpath.PathElement`).
package enum PathElement: Sendable, Hashable, Comparable {
    /// A mapping's key.
    case field(String)
    /// An item of a list, by the values of its keys, sorted by key.
    case key([KeyValue])
    /// An item of a set, by its value.
    case value(ItemValue)
    /// An item of a list that has no keys.
    case index(Int)

    /// One key of a list's item.
    package struct KeyValue: Sendable, Hashable, Comparable {
        package var name: String
        package var value: ItemValue

        package init(name: String, value: ItemValue) {
            self.name = name
            self.value = value
        }

        package static func < (left: Self, right: Self) -> Bool {
            (left.name, left.value) < (right.name, right.value)
        }
    }

    /// A scalar that identifies an item: its kind and text, so that `80` and `"80"` differ.
    package struct ItemValue: Sendable, Hashable, Comparable {
        package var kind: Scalar.Kind
        package var text: String

        /// nil for values that are no scalars.
        package init?(_ value: Value) {
            guard let scalar = value.scalar else { return nil }
            kind = scalar.kind == .timestamp ? .string : scalar.kind
            text = scalar.text
        }

        package init(_ text: String) {
            kind = .string
            self.text = text
        }

        package var value: Value { Value(.scalar(Scalar(text, kind))) }

        package static func < (left: Self, right: Self) -> Bool {
            (left.kind.rawValue, left.text) < (right.kind.rawValue, right.text)
        }
    }

    package static func < (left: PathElement, right: PathElement) -> Bool {
        switch (left, right) {
        case (.field(let left), .field(let right)): left < right
        case (.key(let left), .key(let right)): left.lexicographicallyPrecedes(right)
        case (.value(let left), .value(let right)): left < right
        case (.index(let left), .index(let right)): left < right
        default: left.rank < right.rank
        }
    }

    private var rank: Int {
        switch self {
        case .field: 0
        case .key: 1
        case .value: 2
        case .index: 3
        }
    }
}

/// The way from an object to one of its fields.
package struct FieldPath: Sendable, Hashable, Comparable, CustomStringConvertible {
    package var elements: [PathElement]

    package init(_ elements: [PathElement] = []) {
        self.elements = elements
    }

    package static func + (path: FieldPath, element: PathElement) -> FieldPath {
        FieldPath(path.elements + [element])
    }

    package static func < (left: FieldPath, right: FieldPath) -> Bool {
        left.elements.lexicographicallyPrecedes(right.elements)
    }

    /// `spec.template.spec.containers[name=web].image`; a key that holds dots stands in brackets and quotes.
    package var description: String {
        var text = ""
        for element in elements {
            switch element {
            case .field(let name):
                if name.contains(where: { $0 == "." || $0 == "/" || $0 == "[" }) {
                    text += "[\"\(name)\"]"
                } else {
                    text += text.isEmpty ? name : ".\(name)"
                }
            case .key(let keys): text += "[\(keys.map { "\($0.name)=\($0.value.text)" }.joined(separator: ","))]"
            case .value(let value): text += "[=\(value.text)]"
            case .index(let index): text += "[\(index)]"
            }
        }
        return text
    }

    /// The value that the path leads to in `value`.
    package func find(in value: Value) -> Value? {
        var current = value
        for element in elements {
            guard let next = element.find(in: current) else { return nil }
            current = next
        }
        return current
    }
}

extension PathElement {
    /// The child of `value` that this element names.
    func find(in value: Value) -> Value? {
        switch self {
        case .field(let name): value[name]
        case .index(let index): value.items.flatMap { $0.indices.contains(index) ? $0[index] : nil }
        case .value(let wanted): value.items?.first { ItemValue($0) == wanted }
        case .key(let keys):
            value.items?.first { item in PathElement.key(of: item, keys: keys.map(\.name)) == self }
        }
    }

    /// The element that names `item` among its siblings; nil when it lacks a key.
    ///
    /// A port without a protocol is a TCP port: the one key of Kubernetes' own kinds that has a default.
    package static func key(of item: Value, keys: [String]) -> PathElement? {
        var found: [KeyValue] = []
        for name in keys {
            if let value = item[name].flatMap(ItemValue.init) {
                found.append(KeyValue(name: name, value: value))
            } else if name == "protocol" {
                found.append(KeyValue(name: name, value: ItemValue("TCP")))
            } else {
                return nil
            }
        }
        return .key(found.sorted())
    }
}
