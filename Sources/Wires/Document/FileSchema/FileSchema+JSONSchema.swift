/// What editors read.
extension FileSchema {
    /// The schema in JSON Schema's draft 2020-12.
    /// - Parameter id: where it is published.
    package func jsonSchema(id: String) -> Value {
        var schema: Value = [
            "$schema": "https://json-schema.org/draft/2020-12/schema", "$id": .string(id),
            "title": .string("\(kind) (\(file))"), "description": .string(summary),
        ]
        for entry in Shape.fields(fields).jsonSchema.fields?.entries ?? [] { schema[entry.key.text] = entry.value }
        var definitions = Mapping()
        Shape.fields(fields).define(in: &definitions)
        if !definitions.isEmpty { schema["$defs"] = .mapping(definitions) }
        return schema
    }
}

extension FileSchema.Shape {
    fileprivate var jsonSchema: Value {
        switch self {
        case .any: [:]
        case .string: ["type": "string"]
        case .text(let name, _): ["type": "string", "description": .string(name)]
        case .integer(let range): Self.integer(range)
        case .number: ["type": "number"]
        case .boolean: ["type": "boolean"]
        case .choice(let words): ["enum": .sequence(words.map { .string($0) })]
        case .list(let item, let isEmptyAllowed):
            isEmptyAllowed
                ? ["type": "array", "items": item.jsonSchema]
                : ["type": "array", "items": item.jsonSchema, "minItems": 1]
        case .map(let value): ["type": "object", "additionalProperties": value.jsonSchema]
        case .fields(let fields): Self.object(fields)
        case .oneOf(let fields): Self.oneOf(fields)
        case .either(let shapes): ["anyOf": .sequence(shapes.map(\.jsonSchema))]
        case .named(let name, _): ["$ref": .string("#/$defs/\(name)")]
        }
    }

    /// Adds what `named` shapes within stand for, each once.
    fileprivate func define(in definitions: inout Mapping) {
        switch self {
        case .named(let name, let shape):
            guard definitions[name] == nil else { return }
            definitions[name] = shape().jsonSchema
            shape().define(in: &definitions)
        case .list(let inner, _), .map(let inner): inner.define(in: &definitions)
        case .fields(let fields), .oneOf(let fields): for field in fields { field.shape.define(in: &definitions) }
        case .either(let shapes): for shape in shapes { shape.define(in: &definitions) }
        case .any, .string, .text, .integer, .number, .boolean, .choice: break
        }
    }

    private static func integer(_ range: ClosedRange<Int>) -> Value {
        var schema: Value = ["type": "integer"]
        if range.lowerBound > .min { schema["minimum"] = .int(range.lowerBound) }
        if range.upperBound < .max { schema["maximum"] = .int(range.upperBound) }
        return schema
    }

    private static func object(_ fields: [FileSchema.Field]) -> Value {
        var properties = Mapping()
        for field in fields { properties[field.name] = property(field) }
        var schema: Value = ["type": "object", "properties": .mapping(properties), "additionalProperties": false]
        let required = fields.filter(\.isRequired).map { Value.string($0.name) }
        if !required.isEmpty { schema["required"] = .sequence(required) }
        return schema
    }

    private static func oneOf(_ fields: [FileSchema.Field]) -> Value {
        var schema = object(fields)
        schema["minProperties"] = 1
        schema["maxProperties"] = 1
        return schema
    }

    private static func property(_ field: FileSchema.Field) -> Value {
        var schema = field.shape.jsonSchema
        schema["description"] = .string(field.summary)
        if let absent = field.absent { schema["default"] = Self.scalar(absent) }
        if let example = field.example { schema["examples"] = [example] }
        if field.successor != nil { schema["deprecated"] = true }
        return schema
    }

    /// A default as YAML would read it.
    private static func scalar(_ text: String) -> Value {
        Value(.scalar(Scalar(text, Resolver.kind(of: text))))
    }
}
