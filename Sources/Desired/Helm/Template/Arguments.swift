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

    /// Refuses another number of arguments, in Go's words.
    package func expect(_ count: Int) throws {
        if values.count != count {
            throw ArgumentError("wrong number of args for \(name): want \(count) got \(values.count)")
        }
    }

    package func expect(atLeast count: Int) throws {
        if values.count < count {
            throw ArgumentError("wrong number of args for \(name): want at least \(count) got \(values.count)")
        }
    }

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
        throw mismatch(value, "string")
    }

    package func int(_ index: Int) throws -> Int {
        let value = try self[index]
        switch value {
        case .int(let number), .long(let number): return number
        default: throw mismatch(value, "int")
        }
    }

    package func bool(_ index: Int) throws -> Bool {
        let value = try self[index]
        if case .bool(let flag) = value { return flag }
        throw mismatch(value, "bool")
    }

    package func map(_ index: Int) throws -> TemplateMap {
        let value = try self[index]
        if case .map(let map) = value { return map }
        if case .host(let object) = value, case .map(let map) = object.plain { return map }
        if value.isNone { return TemplateMap() }
        throw mismatch(value, "map[string]interface {}")
    }

    package func list(_ index: Int) throws -> [TemplateValue] {
        let value = try self[index]
        if let items = value.list { return items }
        throw TemplateError("Cannot \(name) on type \(value.kindName)")
    }

    /// Any value as a text, as sprig's `strval` does.
    package func text(_ index: Int) throws -> String {
        let value = try self[index]
        return value.string ?? GoText.of(value)
    }

    package func mismatch(_ value: TemplateValue, _ wanted: String) -> ArgumentError {
        if value.isNone { return ArgumentError("invalid value; expected \(wanted)") }
        return ArgumentError("wrong type for value; expected \(wanted); got \(value.typeName)")
    }
}

/// A call that could not be made: the arguments do not fit.
package struct ArgumentError: Error {
    let message: String

    init(_ message: String) {
        self.message = message
    }
}
