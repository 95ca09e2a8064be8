import Document

/// A target's and a patch's list, merged by the values of keys just as kyaml does (`walk/associative_sequence.go`): also
/// where only some items have the second key, on which its results are peculiar.
struct AssociativeLists {
    private var old: [Value]
    private var patch: [Value]?
    private let keys: [String]
    private let schema: Schema
    private let isSelf: Bool

    init(old: [Value], patch: [Value]?, keys: [String], schema: Schema, isSelf: Bool) {
        self.old = old
        self.patch = patch
        self.keys = keys
        self.schema = schema
        self.isSelf = isSelf
    }

    /// The items: the patch's in its order, then the target's others.
    mutating func merged() throws(Problem) -> [Value] {
        var identities = identities()
        if keys.count > 1 { Self.complete(&identities) }
        guard !identities.isEmpty else { return old }
        let used = keys.indices.filter { index in identities.contains { !$0[index].isEmpty } }
        let positions = used.isEmpty ? Array(keys.indices) : used
        let usedKeys = positions.map { keys[$0] }
        var added: [Value] = []
        for identity in identities {
            let values = positions.map { identity[$0] }
            guard let item = try mergeItem(usedKeys, values) else { continue }
            Self.set(item, in: &added, usedKeys, values)
        }
        for item in old { Self.append(item, to: &added, usedKeys) }
        return added
    }

    /// The values of the keys of every item, the patch's first, each once.
    private func identities() -> [[String]] {
        var seen: Set<[String]> = []
        return ((patch ?? []) + old).map { item in keys.map { Self.text(item, $0) } }.filter {
            seen.insert($0).inserted
        }
    }

    private static func text(_ item: Value, _ key: String) -> String {
        (key.isEmpty ? item : item[key])?.scalar.flatMap { $0.kind == .null ? nil : $0.text } ?? ""
    }

    /// Items that differ only in that one lacks a key are one and the same.
    private static func complete(_ identities: inout [[String]]) {
        for first in identities.indices {
            let before = identities[first]
            for second in identities.indices {
                let pairs = zip(before, identities[second])
                guard pairs.contains(where: { $0 == $1 }),
                    pairs.allSatisfy({ $0 == $1 || $0.isEmpty || $1.isEmpty })
                else { continue }
                let whole = pairs.map { $0.isEmpty ? $1 : $0 }
                identities[first] = whole
                identities[second] = whole
            }
        }
    }

    private mutating func mergeItem(_ keys: [String], _ values: [String]) throws(Problem) -> Value? {
        let present = zip(keys, values).filter { !$1.isEmpty }
        func position(in items: [Value]) -> Int? {
            guard !present.isEmpty else { return nil }
            return items.firstIndex { item in present.allSatisfy { Self.text(item, $0) == $1 } }
        }
        let place = position(in: old)
        let source = patch.flatMap(position)
        let change = source.flatMap { patch?[$0] }
        let isReplaced = try change.flatMap { (change) throws(Problem) in try Directive(of: change) } == .replace
        var item = try OverlayMerge.merge(place.map { old[$0] }, change, schema, isSelf: isSelf)
        // A directive is obeyed once: two identities may lead to the same item.
        if let source, change?["$patch"] != nil { patch?[source]["$patch"] = nil }
        guard item != nil, item?.isNull == false, item?.fields?.isEmpty != true else {
            Self.set(nil, in: &old, keys, values)
            return nil
        }
        for (key, value) in zip(keys, values) where !key.isEmpty && item?[key] == nil && !value.isEmpty {
            let origin = item?.origin ?? .none
            item?[key] = Value(.scalar(Scalar(value, Resolver.kind(of: value))), origin: origin, trivia: .synthesised)
        }
        if let place, !isReplaced || isSelf, let item { old[place] = item }
        return item
    }

    /// Replaces the items that have these values, or removes them for nil; appends the item when none has.
    private static func set(_ item: Value?, in items: inout [Value], _ keys: [String], _ values: [String]) {
        let wantsMapping = keys.first?.isEmpty == false && values.first?.isEmpty == false
        var isFound = false
        items = items.compactMap { present in
            if present.isNull || present.fields?.isEmpty == true { return nil }
            if present.fields == nil && wantsMapping { return present }
            guard matches(present, keys, values) else { return values.isEmpty ? nil : present }
            isFound = true
            return item
        }
        if !isFound, let item { items.append(item) }
    }

    /// Whether an item has the values; an empty value asks only for the key, and keys beyond the values for nothing.
    private static func matches(_ item: Value, _ keys: [String], _ values: [String]) -> Bool {
        zip(keys, values).allSatisfy { key, value in
            guard !key.isEmpty else { return item.scalar?.text == value }
            guard let field = item[key] else { return false }
            return value.isEmpty || field.scalar?.text == value
        }
    }

    private static func append(_ item: Value, to items: inout [Value], _ keys: [String]) {
        guard keys.first != "" else { return set(item, in: &items, keys, [item.scalar?.text ?? ""]) }
        var values: [String] = []
        for key in keys {
            if let value = item[key], !value.isNull {
                values.append(value.scalar?.text ?? "")
            } else {
                items.append(item)
            }
        }
        if keys.count > 1 { set(nil, in: &items, keys, values) }
        set(item, in: &items, keys, values)
    }
}
