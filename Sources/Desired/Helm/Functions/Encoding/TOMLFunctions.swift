/// Helm's functions over TOML.
enum TOMLFunctions {
    static let all: [String: TemplateEvaluator.Function] = [
        "toToml": { arguments in
            do {
                let text = try written(arguments)
                return .string(text)
            } catch let error as TOMLError {
                return .string(error.message)
            }
        },
        "mustToToml": { arguments in
            do {
                return .string(try written(arguments))
            } catch let error as TOMLError {
                throw TemplateError(error.message)
            }
        },
        "fromToml": { arguments in
            do {
                return try TOMLReader.read(arguments.string(0))
            } catch let error as TOMLError {
                return .map(["Error": .string(error.message)])
            }
        },
    ]

    private static func written(_ arguments: Arguments) throws -> String {
        let text = try TOMLWriter.write(arguments[0])
        try arguments.evaluator.spend(text.utf8.count)
        return text
    }
}

/// Why a text is no TOML, or a value cannot be written as one.
struct TOMLError: Error {
    let message: String

    init(_ message: String) {
        self.message = "toml: " + message
    }
}

/// Writes values as TOML (toml.io/en/v1.0.0): keys by their bytes, tables behind plain values, two spaces a level.
struct TOMLWriter {
    private var text = ""

    static func write(_ value: TemplateValue) throws -> String {
        var plain = value
        if case .host(let object) = value { plain = object.plain }
        guard case .map(let map) = plain else {
            throw TOMLError("top-level values must be Go maps or structs, not \(value.typeName)")
        }
        var writer = TOMLWriter()
        try writer.table(map, [])
        return writer.text
    }

    private mutating func table(_ map: TemplateMap, _ path: [String]) throws {
        guard path.count < 100 else { throw TOMLError("tables are nested too deep") }
        let entries = map.sortedKeys.compactMap { key in map[key].map { (key, Self.plain($0)) } }.filter {
            !$0.1.isNone
        }
        for (key, value) in entries where !Self.isTable(value) && Self.tables(value) == nil {
            text += indent(path.count) + Self.key(key) + " = " + (try Self.inline(value, 0)) + "\n"
        }
        for (key, value) in entries {
            let inner = path + [key]
            let header = inner.map(Self.key).joined(separator: ".")
            if let items = Self.tables(value) {
                for item in items {
                    breakLine()
                    text += indent(path.count) + "[[\(header)]]\n"
                    try table(item, inner)
                }
            } else if case .map(let map) = value {
                if path.isEmpty { breakLine() }
                text += indent(path.count) + "[\(header)]\n"
                try table(map, inner)
            }
        }
    }

    private mutating func breakLine() {
        if !text.isEmpty { text += "\n" }
    }

    private func indent(_ level: Int) -> String { String(repeating: "  ", count: level) }

    private static func plain(_ value: TemplateValue) -> TemplateValue {
        if case .host(let object) = value { object.plain } else { value }
    }

    private static func isTable(_ value: TemplateValue) -> Bool { value.map != nil }

    /// The items of a list that holds tables alone.
    private static func tables(_ value: TemplateValue) -> [TemplateMap]? {
        guard case .list(let items) = value, !items.isEmpty else { return nil }
        let maps = items.compactMap { plain($0).map }
        return maps.count == items.count ? maps : nil
    }

    private static func inline(_ value: TemplateValue, _ depth: Int) throws -> String {
        guard depth < 100 else { throw TOMLError("arrays are nested too deep") }
        switch plain(value) {
        case .bool(let flag): return flag ? "true" : "false"
        case .int(let number), .long(let number): return String(number)
        case .float(let number): return float(number)
        case .string(let text): return quoted(text)
        case .bytes(let bytes): return "[" + bytes.map { String($0) }.joined(separator: ", ") + "]"
        case .list(let items):
            if items.contains(where: \.isNone) { throw TOMLError("cannot encode array with nil element") }
            return "[" + (try items.map { try inline($0, depth + 1) }).joined(separator: ", ") + "]"
        case .map(let map):
            let parts = try map.sortedKeys.compactMap { name -> String? in
                guard let item = map[name], !item.isNone else { return nil }
                return key(name) + " = " + (try inline(item, depth + 1))
            }
            return "{" + parts.joined(separator: ", ") + "}"
        case .none, .host: throw TOMLError("unsupported type: \(value.typeName)")
        }
    }

    private static func float(_ number: Double) -> String {
        if number.isNaN { return "nan" }
        if number.isInfinite { return number < 0 ? "-inf" : "inf" }
        let text = GoText.float(number)
        return text.contains { $0 == "e" || $0 == "." } ? text : text + ".0"
    }

    private static func key(_ name: String) -> String {
        let isBare = name.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: true
            default: false
            }
        }
        return isBare && !name.isEmpty ? name : quoted(name)
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\t": result += "\\t"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\u{8}": result += "\\b"
            case "\u{C}": result += "\\f"
            default:
                if scalar.value < 0x20 || scalar.value == 0x7F {
                    let hex = String(scalar.value, radix: 16)
                    result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
                } else {
                    result.unicodeScalars.append(scalar)
                }
            }
        }
        return result + "\""
    }
}
