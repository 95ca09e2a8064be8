/// What one of our own kinds of file may hold: one table from which files are checked, `belay explain` tells, and the
/// published JSON Schema is written.
package struct FileSchema: Sendable {
    /// One field of a mapping.
    package struct Field: Sendable {
        package var name: String
        /// One sentence or two, for the person who writes the file.
        package var summary: String
        package var shape: Shape
        package var isRequired: Bool
        /// What an absent field means, as it would be written.
        package var absent: String?
        package var example: Value?
        /// What to write instead; nil for fields that are fine to use.
        package var successor: String?

        package init(
            _ name: String, _ shape: Shape, _ summary: String, isRequired: Bool = false, absent: String? = nil,
            example: Value? = nil, successor: String? = nil
        ) {
            self.name = name
            self.shape = shape
            self.summary = summary
            self.isRequired = isRequired
            self.absent = absent
            self.example = example
            self.successor = successor
        }
    }

    /// What a value may be.
    package indirect enum Shape: Sendable {
        /// Anything at all.
        case any
        case string
        /// A string of a syntax that has a name: `duration`, `URL`, `DNS label`; the check says whether it keeps it.
        case text(String, @Sendable (String) -> Bool)
        case integer(ClosedRange<Int>)
        case number
        case boolean
        case choice([String])
        case list(Shape, isEmptyAllowed: Bool = true)
        /// A mapping from names to values that are all alike.
        case map(Shape)
        case fields([Field])
        /// A mapping with exactly one of some fields: a gate, a source.
        case oneOf([Field])
        /// One of several shapes, told apart by what kind of value stands there.
        case either([Shape])
        /// A shape that may hold itself, by its name; the shape is made when it is asked for.
        case named(String, @Sendable () -> Shape)
    }

    /// `belay.yaml`.
    package var file: String
    /// `Project`.
    package var kind: String
    package var summary: String
    package var fields: [Field]

    package init(file: String, kind: String, summary: String, fields: [Field]) {
        self.file = file
        self.kind = kind
        self.summary = summary
        self.fields = fields
    }
}

extension FileSchema.Shape {
    /// The shape in a word or two: `list of strings`.
    package var name: String {
        switch self {
        case .any: "anything"
        case .string: "string"
        case .text(let name, _): name
        case .integer: "integer"
        case .number: "number"
        case .boolean: "boolean"
        case .choice(let words): words.joined(separator: " | ")
        case .list(let item, _): "list of \(item.name)"
        case .map(let value): "mapping of names to \(value.name)"
        case .fields: "mapping"
        case .oneOf: "mapping with one field"
        case .either(let shapes): shapes.map(\.name).joined(separator: " or ")
        case .named(let name, _): name
        }
    }

    /// The fields within, through lists and choices.
    var inner: [FileSchema.Field] {
        switch self {
        case .fields(let fields), .oneOf(let fields): fields
        case .list(let item, _): item.inner
        case .map(let value): value.inner
        case .either(let shapes): shapes.flatMap(\.inner)
        case .named(_, let shape): shape().inner
        case .any, .string, .text, .integer, .number, .boolean, .choice: []
        }
    }
}
