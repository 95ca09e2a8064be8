/// Header fields in order; names compare without case (RFC 9110 §5.1).
package struct HTTPHeaders: Sendable, Hashable, ExpressibleByDictionaryLiteral, CustomStringConvertible {
    /// One field line.
    package struct Field: Sendable, Hashable {
        package var name: String
        package var value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    package private(set) var fields: [Field] = []

    package init() {}

    package init(dictionaryLiteral elements: (String, String)...) {
        fields = elements.map { Field(name: $0, value: $1) }
    }

    /// The first value of a name. Setting replaces all of them; nil removes them.
    package subscript(name: String) -> String? {
        get {
            let wanted = name.lowercased()
            return fields.first { $0.name.lowercased() == wanted }?.value
        }
        set {
            let wanted = name.lowercased()
            fields.removeAll { $0.name.lowercased() == wanted }
            if let newValue { fields.append(Field(name: name, value: newValue)) }
        }
    }

    /// All values of a name, in order.
    package func values(_ name: String) -> [String] {
        let wanted = name.lowercased()
        return fields.filter { $0.name.lowercased() == wanted }.map(\.value)
    }

    /// Adds a line beside those that are there.
    package mutating func add(_ name: String, _ value: String) {
        fields.append(Field(name: name, value: value))
    }

    /// Only the lines whose lower-case name is one of `names`.
    package func keeping(_ names: Set<String>) -> HTTPHeaders {
        var kept = HTTPHeaders()
        kept.fields = fields.filter { names.contains($0.name.lowercased()) }
        return kept
    }

    /// The fields, less the values of those that carry credentials.
    package var description: String {
        fields.map { field in
            Self.secret.contains(field.name.lowercased()) ? "\(field.name): <hidden>" : "\(field.name): \(field.value)"
        }.joined(separator: "\n")
    }

    private static let secret: Set<String> = [
        "authorization", "cookie", "proxy-authorization", "set-cookie", "www-authenticate", "private-token",
        "x-api-key",
    ]

    /// Throws when a name is no token or a value could end its line (RFC 9110 §5.5).
    func check() throws(HTTPError) {
        for field in fields {
            let isToken = !field.name.isEmpty && field.name.utf8.allSatisfy(Self.isTokenByte)
            let isValue = field.value.utf8.allSatisfy { $0 >= 32 && $0 != 127 || $0 == 9 }
            guard isToken, isValue else {
                throw HTTPError(
                    .request, "the header field “\(isToken ? field.name : "?")” holds characters it may not")
            }
        }
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
