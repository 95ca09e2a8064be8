/// What a function was called with.
package struct Arguments {
    package let name: String
    package let values: [TemplateValue]
    package let evaluator: TemplateEvaluator
    package let site: CallSite

    init(_ name: String, _ values: [TemplateValue], evaluator: TemplateEvaluator, site: CallSite) {
        self.name = name
        self.values = values
        self.evaluator = evaluator
        self.site = site
    }

    package var count: Int { values.count }

    package subscript(index: Int) -> TemplateValue {
        get throws {
            guard index < values.count else {
                throw ArgumentError("wrong number of args for \(name): want at least \(index + 1) got \(values.count)")
            }
            return values[index]
        }
    }

    package func string(_ index: Int) throws -> String {
        let value = try self[index]
        if let text = value.string { return text }
        throw mismatch(value, "string", index)
    }

    package func int(_ index: Int) throws -> Int {
        let value = try self[index]
        if case .int(let number) = value { return number }
        throw mismatch(value, "int", index)
    }

    package func bool(_ index: Int) throws -> Bool {
        let value = try self[index]
        if case .bool(let flag) = value { return flag }
        throw mismatch(value, "bool", index)
    }

    package func map(_ index: Int) throws -> TemplateMap {
        let value = try self[index]
        if case .map(let map) = value { return map }
        if case .host(let object) = value, case .map(let map) = object.plain { return map }
        if value.isNone { return TemplateMap() }
        throw mismatch(value, "map[string]interface {}", index)
    }

    package func list(_ index: Int) throws -> [TemplateValue] {
        let value = try self[index]
        if let items = value.list { return items }
        let verb = name.hasPrefix("must") ? name.dropFirst(4).lowercased() : name
        switch verb {
        case "chunk": throw TemplateError("Cannot chunk type \(value.kindName)")
        case "concat": throw TemplateError("Cannot concat type \(value.kindName) as list")
        case "push", "append", "prepend", "compact":
            throw TemplateError("Cannot \(verb == "append" ? "push" : verb) on type \(value.kindName)")
        default: throw TemplateError("Cannot find \(verb) on type \(value.kindName)")
        }
    }

    /// Any value as a text, as sprig's `strval` does.
    package func text(_ index: Int) throws -> String {
        let value = try self[index]
        return value.string ?? GoText.of(value)
    }

    package func mismatch(_ value: TemplateValue, _ wanted: String, _ index: Int) -> ArgumentError {
        let message =
            value.isNone
            ? "invalid value; expected \(wanted)" : "wrong type for value; expected \(wanted); got \(value.typeName)"
        return ArgumentError(message, wanted: wanted, at: index)
    }
}

/// A call that could not be made: the arguments do not fit.
package struct ArgumentError: Error {
    let message: String
    /// Go's name of the type that was wanted.
    var wanted = ""
    /// Which argument does not fit; nil when it is their number.
    var index: Int?

    init(_ message: String, wanted: String = "", at index: Int? = nil) {
        self.message = message
        self.wanted = wanted
        self.index = index
    }
}
