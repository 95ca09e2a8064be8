/// Naming values in messages.
extension Value {
    /// What kind of value it is, in words.
    package var typeName: String {
        switch content {
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .scalar(let scalar):
            switch scalar.kind {
            case .null: "null"
            case .bool: "a boolean"
            case .int, .float: "a number"
            case .string, .timestamp, .binary: "a string"
            }
        }
    }
}
