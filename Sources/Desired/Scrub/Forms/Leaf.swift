/// A part of a field that means something by itself: a password in a connection string, a value of a JSON text.
struct Leaf {
    /// What the part is to the text around it.
    enum Role: Sendable {
        case text
        /// Bytes that are no text.
        case binary
        /// PEM blocks, with what stands around them.
        case pem
        case user
        case password
        case host
        case path
        /// The key of a mapping within a text, which is a name nearly always.
        case key
    }

    /// What its key, variable, option or parameter is called; empty where nothing says.
    var name: String
    var bytes: [UInt8]
    var role = Role.text
    /// The keys that lead to it within its field: `auth.token`.
    var path: [String] = []
    /// The forms that it is written in, the outer one first: `base64`, `JSON`.
    var forms: [String] = []
    /// Whether it is, or is a part of, a value of a Secret.
    var isSecretEntry = false
    /// Whether it is the value of a key within the field's text.
    var isNested: Bool { !path.isEmpty }
}
