import Document

/// One value of a config, or the lack of one, with its path: every refusal names the field.
struct ConfigField {
    let value: Value?
    /// `linux.namespaces[2].type`; empty for the whole.
    let path: String

    /// - Parameter value: nil and null alike are a field that is not there.
    init(_ value: Value?, at path: String) {
        self.value = value.flatMap { $0.isNull ? nil : $0 }
        self.path = path
    }

    var isPresent: Bool { value != nil }

    func fault(_ message: String) -> ContainerError {
        ContainerError(.specification, path.isEmpty ? message : "\(path): \(message)")
    }

    private func mismatch(_ expected: String) -> ContainerError {
        fault("must be \(expected), and is \(value?.typeName ?? "missing")")
    }

    /// A field of an object; a missing one when the object is missing itself.
    func field(_ key: String) throws(ContainerError) -> ConfigField {
        let inner = path.isEmpty ? key : "\(path).\(key)"
        guard let value else { return ConfigField(nil, at: inner) }
        guard let fields = value.fields else { throw mismatch("an object") }
        return ConfigField(fields[key], at: inner)
    }

    /// The items of an array; none of a missing one.
    func items(atMost limit: Int = 4096) throws(ContainerError) -> [ConfigField] {
        guard let value else { return [] }
        guard let items = value.items else { throw mismatch("an array") }
        guard items.count <= limit else { throw fault("has \(items.count) items; at most \(limit) are taken") }
        return items.enumerated().map { ConfigField($0.element, at: "\(path)[\($0.offset)]") }
    }

    /// The fields of an object with keys of any name.
    func entries() throws(ContainerError) -> [(key: String, field: ConfigField)] {
        guard let value else { return [] }
        guard let fields = value.fields else { throw mismatch("an object") }
        return fields.entries.map { ($0.key.text, ConfigField($0.value, at: "\(path).\($0.key.text)")) }
    }

    func string() throws(ContainerError) -> String? {
        guard let value else { return nil }
        guard let text = value.string else { throw mismatch("a string") }
        guard !text.utf8.contains(0) else { throw fault("holds a NUL character") }
        return text
    }

    func strings(atMost limit: Int = 16384) throws(ContainerError) -> [String] {
        var texts: [String] = []
        for item in try items(atMost: limit) { texts.append(try item.requiredString()) }
        return texts
    }

    func bool() throws(ContainerError) -> Bool? {
        guard let value else { return nil }
        guard let flag = value.bool else { throw mismatch("true or false") }
        return flag
    }

    /// A whole number of a type's range.
    func number<Number: FixedWidthInteger>(_ type: Number.Type = Number.self) throws(ContainerError) -> Number? {
        guard let value else { return nil }
        guard let scalar = value.scalar, scalar.kind == .int || scalar.kind == .float else {
            throw mismatch("a whole number")
        }
        guard let number = Number(scalar.text) else {
            throw fault("\(scalar.text.prefix(40)) is not a whole number from \(Number.min) to \(Number.max)")
        }
        return number
    }

    /// A value that must be there.
    func required<Result>(
        _ read: (ConfigField) throws(ContainerError) -> Result?
    ) throws(ContainerError) -> Result {
        guard let result = try read(self) else { throw fault("is missing") }
        return result
    }

    func requiredString() throws(ContainerError) -> String {
        guard let text = try string() else { throw fault("is missing") }
        return text
    }

    func requiredNumber<Number: FixedWidthInteger>(_ type: Number.Type) throws(ContainerError) -> Number {
        guard let number = try number(type) else { throw fault("is missing") }
        return number
    }

    /// A path that must be absolute; nil when it is not there.
    func absolutePath() throws(ContainerError) -> String? {
        guard let path = try string() else { return nil }
        guard path.hasPrefix("/") else { throw fault("\"\(path.prefix(200))\" is not an absolute path") }
        guard path.utf8.count < 4096 else { throw fault("is longer than a path may be") }
        return path
    }
}
