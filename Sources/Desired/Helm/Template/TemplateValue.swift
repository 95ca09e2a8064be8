package import Document

/// What a template computes with: Go's kinds, as text/template sees them.
package enum TemplateValue {
    /// Go's nil, and what a missing key gives.
    case none
    case bool(Bool)
    /// Go's `int`.
    case int(Int)
    /// Go's `int64`, which prints alike and has another type name.
    case long(Int)
    case float(Double)
    case string(String)
    /// Go's `[]byte`, and text that is not UTF-8.
    case bytes([UInt8])
    case list([TemplateValue])
    case map(TemplateMap)
    /// Indirect since the box is four times as large as the other values.
    indirect case host(any HostObject)
}

/// A map, shared by reference as Go's are: `set` changes what every holder sees.
package final class TemplateMap {
    /// A value with its place, if a values file gave it.
    package struct Entry {
        package var value: TemplateValue
        package var origin: Origin

        package init(_ value: TemplateValue, from origin: Origin = .none) {
            self.value = value
            self.origin = origin
        }
    }

    package private(set) var entries: [String: Entry]
    /// Whether it is a chart's whole values, or what a template is carried out with: Go has a type with methods for these
    /// (helm/pkg/chartutil/values.go).
    var isValues = false

    package init(_ values: [String: TemplateValue] = [:]) {
        entries = values.mapValues { Entry($0) }
    }

    package init(entries: [String: Entry]) {
        self.entries = entries
    }

    deinit {
        // One by one: maps within maps, let go by each other, would take a level of the stack each.
        if !holdsContainers { return }
        var open: [TemplateMap] = []
        release(into: &open)
        while let last = open.indices.last {
            let isAlone = isKnownUniquelyReferenced(&open[last])
            let map = open.removeLast()
            if isAlone { map.release(into: &open) }
        }
    }

    private var holdsContainers: Bool {
        for (_, entry) in entries where entry.value.isContainer { return true }
        return false
    }

    /// Lets all entries go but the maps among them, those in lists included.
    private func release(into open: inout [TemplateMap]) {
        let released = entries
        entries = [:]
        for (_, entry) in released { Self.collect(entry.value, into: &open) }
    }

    private static func collect(_ value: TemplateValue, into open: inout [TemplateMap]) {
        switch value {
        case .map(let map): open.append(map)
        case .list(let items): for item in items where item.isContainer { collect(item, into: &open) }
        default: break
        }
    }

    package var count: Int { entries.count }
    package var isEmpty: Bool { entries.isEmpty }

    /// The keys in the order of their bytes, which is how templates walk maps.
    package var sortedKeys: [String] { entries.keys.sorted(by: GoText.precedes) }

    /// The value of a key; what is set has no place.
    package subscript(key: String) -> TemplateValue? {
        get { entries[key]?.value }
        set { entries[key] = newValue.map { Entry($0) } }
    }

    /// Where a values file has an entry; nil when none does.
    package func origin(of key: String) -> Origin? {
        guard let origin = entries[key]?.origin, origin.isKnown else { return nil }
        return origin
    }

    package func set(_ key: String, _ entry: Entry) { entries[key] = entry }
    func reserveCapacity(_ count: Int) { entries.reserveCapacity(count) }
    func removeAll() { entries = [:] }
}

/// A value with methods: `.Files`, `.Capabilities`.
package protocol HostObject {
    /// Go's name of the type, for messages and `typeOf`.
    var typeName: String { get }
    /// What printing gives.
    var text: String { get }
    /// What `toYaml` and `range` see.
    var plain: TemplateValue { get }
    /// Go's truth of it.
    var isTrue: Bool { get }
    /// Go's name of its kind.
    var kindName: String { get }
    /// A field, or the result of a method.
    ///
    /// - Returns: nil when it has none of that name.
    func member(_ name: String, _ arguments: [TemplateValue]) throws -> TemplateValue?
}

extension HostObject {
    package var isTrue: Bool { true }
    package var kindName: String { typeName.hasPrefix("*") ? "ptr" : "struct" }
}

extension TemplateValue {
    package var isNone: Bool { if case .none = self { true } else { false } }
    package var map: TemplateMap? { if case .map(let map) = self { map } else { nil } }

    /// A collection that Go has a type of its own for, as any other of its kind.
    var collection: TemplateValue {
        guard case .host(let object) = self, ["map", "slice"].contains(object.kindName) else { return self }
        return object.plain
    }

    package var list: [TemplateValue]? {
        switch self {
        case .list(let items): items
        case .bytes(let bytes): bytes.map { .int(Int($0)) }
        case .host(let object): if case .list(let items) = object.plain { items } else { nil }
        default: nil
        }
    }

    /// The text of a string; bytes that are no UTF-8 are replaced.
    package var string: String? {
        switch self {
        case .string(let text): text
        case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
        default: nil
        }
    }

    /// Go's truth: not the zero value of its kind, not an empty collection.
    package var isTrue: Bool {
        switch self {
        case .none: false
        case .bool(let flag): flag
        case .int(let number), .long(let number): number != 0
        case .float(let number): number != 0
        case .string(let text): !text.isEmpty
        case .bytes(let bytes): !bytes.isEmpty
        case .list(let items): !items.isEmpty
        case .map(let map): !map.isEmpty
        case .host(let object): object.isTrue
        }
    }

    /// Go's name of the type, as `%T` prints it.
    package var typeName: String {
        switch self {
        case .none: "<nil>"
        case .bool: "bool"
        case .int: "int"
        case .long: "int64"
        case .float: "float64"
        case .string: "string"
        case .bytes: "[]uint8"
        case .list: "[]interface {}"
        case .map(let map): map.isValues ? "chartutil.Values" : "map[string]interface {}"
        case .host(let object): object.typeName
        }
    }

    /// Go's name of the kind, as `kindOf` gives it.
    package var kindName: String {
        switch self {
        case .none: "invalid"
        case .bool: "bool"
        case .int: "int"
        case .long: "int64"
        case .float: "float64"
        case .string: "string"
        case .bytes, .list: "slice"
        case .map: "map"
        case .host(let object): object.kindName
        }
    }

    package static func map(_ entries: [String: TemplateValue]) -> TemplateValue { .map(TemplateMap(entries)) }

    /// Text if the bytes are UTF-8, else the bytes.
    package static func text(_ bytes: [UInt8]) -> TemplateValue {
        String(validating: bytes, as: UTF8.self).map(TemplateValue.string) ?? .bytes(bytes)
    }

    /// A copy that shares nothing.
    package var copied: TemplateValue {
        switch self {
        case .list(let items): return .list(items.map { $0.copied })
        case .map(let map):
            let copy = TemplateMap(
                entries: map.entries.mapValues { entry in
                    entry.value.isContainer ? .init(entry.value.copied, from: entry.origin) : entry
                })
            copy.isValues = map.isValues
            return .map(copy)
        default: return self
        }
    }

    /// Whether two values are deeply equal, types included.
    package func equals(_ other: TemplateValue) -> Bool {
        switch (self, other) {
        case (.none, .none): return true
        case (.bool(let left), .bool(let right)): return left == right
        case (.int(let left), .int(let right)), (.long(let left), .long(let right)): return left == right
        case (.float(let left), .float(let right)): return left == right
        case (.string(let left), .string(let right)): return left == right
        case (.bytes(let left), .bytes(let right)): return left == right
        case (.list(let left), .list(let right)):
            return left.count == right.count && zip(left, right).allSatisfy { $0.equals($1) }
        case (.map(let left), .map(let right)):
            return left.count == right.count
                && left.entries.allSatisfy { right[$0.key]?.equals($0.value.value) ?? false }
        default: return false
        }
    }
}
