package import Document

/// A JSON Patch (RFC 6902); as kustomize's does, it lets negative indexes count from a list's end.
package struct JSONPatch: Sendable {
    package enum Verb: String, Sendable {
        case add, remove, replace, move, copy, test
    }

    /// One step.
    package struct Operation: Sendable {
        package var verb: Verb
        package var path: JSONPointer
        /// Of `move` and `copy`.
        package var from: JSONPointer?
        /// Of `add`, `replace` and `test`.
        package var value: Value?
        package var origin: Origin

        package init(
            _ verb: Verb, _ path: JSONPointer, from: JSONPointer? = nil, value: Value? = nil, origin: Origin = .none
        ) {
            self.verb = verb
            self.path = path
            self.from = from
            self.value = value
            self.origin = origin
        }
    }

    package var operations: [Operation]
    /// What one patch may copy, in bytes, and how deep: copying a thing into itself doubles it each time.
    private static let copyLimit = 64 << 20
    private static let depthLimit = 400

    package init(_ operations: [Operation]) {
        self.operations = operations
    }

    /// - Throws: a `Problem` that names the operation which is malformed.
    package init(_ value: Value) throws(Problem) {
        guard let items = value.items else {
            throw Problem("a JSON patch is a list of operations", at: value.origin, hint: "begin each with \"- op:\"")
        }
        var operations: [Operation] = []
        for item in items { operations.append(try Operation(item)) }
        self.operations = operations
    }

    /// The value after all operations.
    /// - Throws: a `Problem` with the place of the first operation that does not apply; nothing is changed then.
    package func apply(to value: Value) throws(Problem) -> Value {
        var value = value
        var copies = ValueBudget(weight: Self.copyLimit, depth: Self.depthLimit)
        for operation in operations {
            if operation.verb == .copy || operation.verb == .move, let moved = operation.from?.value(in: value),
                copies.take(moved, at: operation.path.tokens.count) != nil
            {
                throw Problem(
                    "the JSON patch copies more than \(Self.copyLimit >> 20) MiB, or \(Self.depthLimit) levels deep",
                    at: operation.origin)
            }
            try operation.apply(to: &value)
        }
        return value
    }
}

extension JSONPatch.Operation {
    fileprivate init(_ item: Value) throws(Problem) {
        func text(_ key: String) throws(Problem) -> String? {
            guard let value = item[key] else { return nil }
            guard let text = value.string else {
                throw Problem("\"\(key)\" of a JSON patch operation is no string", at: value.origin)
            }
            return text
        }
        guard item.fields != nil else {
            throw Problem("an operation of a JSON patch is a mapping with op and path", at: item.origin)
        }
        guard let word = try text("op") else { throw Problem("a JSON patch operation has no \"op\"", at: item.origin) }
        guard let verb = JSONPatch.Verb(rawValue: word) else {
            throw Problem(
                "the JSON patch operation \"\(word)\" is unknown", at: item["op"]?.origin ?? item.origin,
                hint: "it is one of add, remove, replace, move, copy, test")
        }
        guard let path = try text("path") else {
            throw Problem("a JSON patch operation has no \"path\"", at: item.origin)
        }
        self.init(
            verb, try JSONPointer(path, at: item["path"]?.origin ?? item.origin), value: item["value"],
            origin: item.origin)
        if verb == .move || verb == .copy {
            guard let from = try text("from") else {
                throw Problem("the operation \(word) of a JSON patch has no \"from\"", at: item.origin)
            }
            self.from = try JSONPointer(from, at: item["from"]?.origin ?? item.origin)
        }
        if verb == .add || verb == .replace, value == nil {
            value = Value(.scalar(Scalar("null", .null)), origin: origin)
        }
    }

    fileprivate func apply(to root: inout Value) throws(Problem) {
        switch verb {
        case .add: try insert(value ?? .null, into: &root)
        case .remove: _ = try take(path, from: &root)
        case .replace:
            guard path.value(in: root) != nil else { throw missing(path) }
            try edit(&root, path.tokens[...]) { $0 = (value ?? .null).replacing($0) }
        case .move:
            let moved = try take(from ?? path, from: &root)
            try insert(moved, into: &root)
        case .copy:
            guard let from, let copied = from.value(in: root) else { throw missing(from ?? path) }
            try insert(copied, into: &root)
        case .test: try test(root)
        }
    }

    private func test(_ root: Value) throws(Problem) {
        let found = path.value(in: root)
        let wanted = value ?? .null
        if found == nil && wanted.isNull || found == wanted { return }
        throw Problem(
            "the JSON patch's test of \(path) fails: the value is \(found == nil ? "absent" : "another")", at: origin)
    }

    private func missing(_ pointer: JSONPointer) -> Problem {
        Problem(
            "the JSON patch cannot \(verb.rawValue) \(pointer): there is no such field", at: origin,
            hint: verb == .replace
                ? "use \"add\" to set a field that may be absent"
                : "check the path against the object that the patch is for")
    }

    private func insert(_ added: Value, into root: inout Value) throws(Problem) {
        guard let last = path.tokens.last else {
            root = added.replacing(root)
            return
        }
        guard let parent = path.parent.value(in: root), parent.scalar == nil else { throw missing(path.parent) }
        try edit(&root, path.tokens.dropLast()) { (parent: inout Value) throws(Problem) in
            if var items = parent.items {
                guard let index = last == "-" ? items.count : JSONPointer.index(last, count: items.count) else {
                    throw Problem(
                        "the JSON patch's index in \(path) is out of the list, which has \(items.count) items",
                        at: origin, hint: "\"-\" adds to the end")
                }
                parent.content = .sequence([])
                items.insert(added, at: index)
                parent.content = .sequence(items)
            } else {
                parent[last] = added.replacing(parent[last])
            }
        }
    }

    private func take(_ pointer: JSONPointer, from root: inout Value) throws(Problem) -> Value {
        guard let taken = pointer.value(in: root), let last = pointer.tokens.last else { throw missing(pointer) }
        try edit(&root, pointer.tokens.dropLast()) { (parent: inout Value) throws(Problem) in
            if var items = parent.items {
                if let index = JSONPointer.index(last, count: items.count) { items.remove(at: index) }
                parent.content = .sequence(items)
            } else {
                parent[last] = nil
            }
        }
        return taken
    }

    /// Changes the value at a path that is there.
    private func edit(
        _ value: inout Value, _ tokens: ArraySlice<String>, _ change: (inout Value) throws(Problem) -> Void
    ) throws(Problem) {
        guard let token = tokens.first else { return try change(&value) }
        if var items = value.items {
            guard let index = JSONPointer.index(token, count: items.count), index < items.count else {
                throw missing(path)
            }
            value.content = .sequence([])
            try edit(&items[index], tokens.dropFirst(), change)
            value.content = .sequence(items)
        } else if var mapping = value.fields, let position = mapping.position(of: token) {
            value.content = .sequence([])
            try mapping.change(at: position) { (inner) throws(Problem) in
                try edit(&inner, tokens.dropFirst(), change)
            }
            value.content = .mapping(mapping)
        } else {
            throw missing(path)
        }
    }
}
