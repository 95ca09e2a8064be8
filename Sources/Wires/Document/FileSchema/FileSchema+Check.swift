/// Checking files.
extension FileSchema {
    /// Everything that is wrong with a document, each with its place; empty when nothing is.
    package func problems(in document: Value) -> [Problem] {
        var checker = Checker(file: file)
        checker.check(document, .fields(fields), at: "")
        return checker.problems
    }

    /// Deprecated fields that a document uses, each with its place and what to write instead.
    package func warnings(in document: Value) -> [Problem] {
        var checker = Checker(file: file)
        checker.check(document, .fields(fields), at: "")
        return checker.warnings
    }
}

private struct Checker {
    let file: String
    var problems: [Problem] = []
    var warnings: [Problem] = []

    init(file: String) {
        self.file = file
    }

    mutating func check(_ value: Value, _ shape: FileSchema.Shape, at path: String) {
        switch shape {
        case .any: return
        case .string: if value.string == nil { mismatch(value, "a string", at: path) }
        case .text(let name, let isFine):
            guard let text = value.string else { return mismatch(value, "a \(name)", at: path) }
            if !isFine(text) { add("\(label(path)) is \"\(text)\", which is no \(name)", at: value.origin) }
        case .integer(let range):
            guard let number = value.int else { return mismatch(value, "a whole number", at: path) }
            if !range.contains(number) { outOfRange(number, range, at: path, value.origin) }
        case .number: if value.double == nil { mismatch(value, "a number", at: path) }
        case .boolean: if value.bool == nil { mismatch(value, "true or false", at: path) }
        case .choice(let words): choice(value, words, at: path)
        case .list(let item, let isEmptyAllowed): list(value, item, isEmptyAllowed, at: path)
        case .map(let inner):
            guard let entries = value.fields?.entries else { return mismatch(value, "a mapping", at: path) }
            for entry in entries { check(entry.value, inner, at: "\(path)[\(entry.key.text)]") }
        case .fields(let fields): mapping(value, fields, at: path)
        case .oneOf(let fields): one(of: fields, value, at: path)
        case .either(let shapes):
            guard let fitting = shapes.first(where: { $0.fits(value) }) else {
                return mismatch(value, shapes.map(\.name).joined(separator: " or "), at: path)
            }
            check(value, fitting, at: path)
        case .named(_, let shape): check(value, shape(), at: path)
        }
    }

    private func label(_ path: String) -> String { path.isEmpty ? file : path }

    private mutating func add(_ message: String, at origin: Origin, hint: String = "") {
        problems.append(Problem(message, at: origin, hint: hint))
    }

    private mutating func mismatch(_ value: Value, _ wanted: String, at path: String) {
        let quote = value.scalar != nil && !value.isNull && wanted.contains("string") ? "quote it" : ""
        add("\(label(path)) must be \(wanted), and is \(value.typeName)", at: value.origin, hint: quote)
    }

    private mutating func outOfRange(_ number: Int, _ range: ClosedRange<Int>, at path: String, _ origin: Origin) {
        let bound = number < range.lowerBound ? "at least \(range.lowerBound)" : "at most \(range.upperBound)"
        add("\(label(path)) is \(number) and must be \(bound)", at: origin)
    }

    private mutating func choice(_ value: Value, _ words: [String], at path: String) {
        guard let text = value.scalar?.text else {
            return mismatch(value, "one of \(words.joined(separator: ", "))", at: path)
        }
        guard !words.contains(text) else { return }
        let nearest = Spelling.nearest(to: text, among: words)
        add(
            "\(label(path)) is \"\(text)\" and must be one of \(words.joined(separator: ", "))", at: value.origin,
            hint: nearest.map { "did you mean \"\($0)\"?" } ?? "")
    }

    private mutating func list(_ value: Value, _ item: FileSchema.Shape, _ isEmptyAllowed: Bool, at path: String) {
        guard let items = value.items else { return mismatch(value, "a list", at: path) }
        if items.isEmpty, !isEmptyAllowed { add("\(label(path)) must not be empty", at: value.origin) }
        for (index, value) in items.enumerated() { check(value, item, at: "\(path)[\(index)]") }
    }

    private mutating func mapping(_ value: Value, _ fields: [FileSchema.Field], at path: String) {
        guard let entries = value.fields?.entries else { return mismatch(value, "a mapping", at: path) }
        for entry in entries { known(entry, fields, at: path) }
        for field in fields where field.isRequired && (value[field.name].map(\.isNull) ?? true) {
            add(
                "\(label(path)) needs the field \"\(field.name)\"", at: value.origin,
                hint: field.summary)
        }
    }

    private mutating func one(of fields: [FileSchema.Field], _ value: Value, at path: String) {
        guard let entries = value.fields?.entries else { return mismatch(value, "a mapping", at: path) }
        for entry in entries { known(entry, fields, at: path) }
        let given = fields.map(\.name).filter { value[$0] != nil }
        guard given.count != 1 else { return }
        let names = fields.map(\.name).joined(separator: ", ")
        add(
            given.isEmpty
                ? "\(label(path)) needs one of \(names)"
                : "\(label(path)) has \(given.joined(separator: " and ")), and only one may be given", at: value.origin)
    }

    private mutating func known(_ entry: Mapping.Entry, _ fields: [FileSchema.Field], at path: String) {
        let name = entry.key.text
        let place = path.isEmpty ? name : "\(path).\(name)"
        guard let field = fields.first(where: { $0.name == name }) else {
            let nearest = Spelling.nearest(to: name, among: fields.map(\.name))
            return add(
                "\(label(path)) has no field \"\(name)\"",
                at: entry.key.origin.isKnown ? entry.key.origin : entry.value.origin,
                hint: nearest.map { "did you mean \"\($0)\"?" }
                    ?? "it may have: \(fields.map(\.name).joined(separator: ", "))")
        }
        if let successor = field.successor {
            warnings.append(Problem("\(place) is deprecated", at: entry.key.origin, hint: successor))
        }
        if !entry.value.isNull { check(entry.value, field.shape, at: place) }
    }
}

extension FileSchema.Shape {
    /// Whether a value is of the right kind, its contents left aside.
    fileprivate func fits(_ value: Value) -> Bool {
        switch self {
        case .any: true
        case .string: value.string != nil
        case .text(_, let isFine): value.string.map(isFine) ?? false
        case .integer: value.int != nil
        case .number: value.double != nil
        case .boolean: value.bool != nil
        case .choice(let words): value.scalar.map { words.contains($0.text) } ?? false
        case .list: value.items != nil
        case .map: value.fields != nil
        case .fields(let fields), .oneOf(let fields):
            value.fields.map { mapping in mapping.isEmpty || fields.contains { mapping[$0.name] != nil } } ?? false
        case .either(let shapes): shapes.contains { $0.fits(value) }
        case .named(_, let shape): shape().fits(value)
        }
    }
}
