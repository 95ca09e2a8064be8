package import Document

/// One field of an object that is wrong (`metav1.StatusCause`).
package struct FieldProblem: Sendable, Hashable {
    /// `metav1.CauseType`.
    package enum Reason: String, Sendable {
        case required = "FieldValueRequired"
        case invalid = "FieldValueInvalid"
        case duplicate = "FieldValueDuplicate"
        case notSupported = "FieldValueNotSupported"
        case forbidden = "FieldValueForbidden"
        case tooLong = "FieldValueTooLong"
        case typeInvalid = "FieldValueTypeInvalid"
    }

    package var reason: Reason
    /// `spec.containers[0].image`.
    package var path: String
    /// What is wrong, without the path: `must be at least 0`.
    package var message: String
    /// Where the field is written, else what holds it.
    package var origin: Origin

    package init(_ reason: Reason, path: String, message: String, origin: Origin) {
        self.reason = reason
        self.path = path
        self.message = message
        self.origin = origin
    }

    /// The same for the person who wrote the file, the object named.
    package func problem(of object: Manifest) -> Problem {
        Problem("\(object.key): \(path) \(message)", at: origin)
    }
}

/// A place in an object: its value if there is one, and how to name it.
struct Field {
    let value: Value?
    let path: String
    /// Of the value, else of what would hold it.
    let origin: Origin

    init(_ value: Value?, path: String, origin: Origin) {
        self.value = value.flatMap { $0.isNull ? nil : $0 }
        self.path = path
        self.origin = value.map { $0.origin.isKnown ? $0.origin : origin } ?? origin
    }

    subscript(key: String) -> Field {
        Field(value?[key], path: path.isEmpty ? key : "\(path).\(key)", origin: origin)
    }

    /// The items of a list; none when it is no list.
    var items: [Field] {
        (value?.items ?? []).enumerated().map { Field($1, path: "\(path)[\($0)]", origin: origin) }
    }

    /// The entries of a mapping.
    var entries: [(key: String, field: Field)] {
        (value?.fields?.entries ?? []).map { entry in
            let origin = entry.key.origin.isKnown ? entry.key.origin : origin
            return (entry.key.text, Field(entry.value, path: "\(path)[\(entry.key.text)]", origin: origin))
        }
    }

    var exists: Bool { value != nil }
    var string: String? { value?.string }
    var int: Int? { value?.int }
}
