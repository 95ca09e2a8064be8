/// The functions that Go's templates bring along (text/template/funcs.go).
enum Builtins {
    static let all: [String: TemplateEvaluator.Function] = [
        "not": { .bool(try !$0[0].isTrue) },
        "len": { .int(try length($0[0])) },
        "index": { try index($0) },
        "slice": { try slice($0) },
        "print": { .string(GoPrint.print($0.values)) },
        "println": { .string(GoPrint.line($0.values)) },
        "printf": {
            .string(GoPrint.format(try $0.string(0), Array($0.values.dropFirst())))
        },
        "html": { .string(escapedHTML(GoPrint.print($0.values))) },
        "js": { .string(escapedJS(GoPrint.print($0.values))) },
        "urlquery": { .string(escapedQuery(GoPrint.print($0.values))) },
        "call": { _ in throw TemplateError("call of non-function") },
        "eq": { arguments in
            for other in arguments.values.dropFirst() where try equal(arguments.values[0], other) {
                return .bool(true)
            }
            return .bool(false)
        },
        "ne": { .bool(try !equal($0[0], $0[1])) },
        "lt": { .bool(try less($0[0], $0[1])) },
        "le": { .bool(try less($0[0], $0[1]) || equal($0[0], $0[1])) },
        "gt": { .bool(try !(less($0[0], $0[1]) || equal($0[0], $0[1]))) },
        "ge": { .bool(try !less($0[0], $0[1])) },
    ]

    static func length(_ value: TemplateValue) throws -> Int {
        switch value.collection {
        case .string(let text): return text.utf8.count
        case .bytes(let bytes): return bytes.count
        case .list(let items): return items.count
        case .map(let map): return map.count
        case .none: throw TemplateError("len of nil pointer")
        default: throw TemplateError("len of type \(value.typeName)")
        }
    }

    private static func index(_ arguments: Arguments) throws -> TemplateValue {
        var value = try arguments[0]
        if value.isNone { throw TemplateError("index of untyped nil") }
        for key in arguments.values.dropFirst() {
            switch value.collection {
            case .map(let map):
                guard let name = key.string else {
                    throw TemplateError(
                        key.isNone
                            ? "value is nil; should be of type string"
                            : "value has type \(key.typeName); should be string")
                }
                value = map[name] ?? .none
            case .list, .bytes, .string:
                let items = value.list ?? (value.string ?? "").utf8.map { .int(Int($0)) }
                let index = try position(key, items.count)
                guard index < items.count else {
                    let kind = value.list == nil ? "string" : "slice"
                    throw TemplateError("reflect: \(kind) index out of range")
                }
                value = items[index]
            case .none: throw TemplateError("index of nil pointer")
            default: throw TemplateError("can't index item of type \(value.typeName)")
            }
        }
        return value
    }

    private static func position(_ key: TemplateValue, _ last: Int) throws -> Int {
        let number: Int
        switch key {
        case .int(let value), .long(let value): number = value
        case .none: throw TemplateError("cannot index slice/array with nil")
        default: throw TemplateError("cannot index slice/array with type \(key.typeName)")
        }
        guard number >= 0, number <= last else {
            throw TemplateError("index out of range: \(number)")
        }
        return number
    }

    private static func slice(_ arguments: Arguments) throws -> TemplateValue {
        let value = try arguments[0]
        guard arguments.count <= 4 else { throw TemplateError("too many slice indexes: \(arguments.count - 1)") }
        let count = try length(value)
        let bounds = try arguments.values.dropFirst().map { try position($0, count) }
        let (low, high) = (bounds.first ?? 0, bounds.count > 1 ? bounds[1] : count)
        guard low <= high else { throw TemplateError("invalid slice index: \(low) > \(high)") }
        if value.string == nil, let items = value.list { return .list(Array(items[low..<high])) }
        guard let text = value.string else { throw TemplateError("can't slice item of type \(value.typeName)") }
        return .text(Array(Array(text.utf8)[low..<high]))
    }

    // MARK: Comparison

    static func equal(_ left: TemplateValue, _ right: TemplateValue) throws -> Bool {
        switch (left, right) {
        case (.none, .none): return true
        case (.none, _), (_, .none): return false
        case (.bool(let left), .bool(let right)): return left == right
        case (.int(let left), .int(let right)), (.int(let left), .long(let right)), (.long(let left), .int(let right)),
            (.long(let left), .long(let right)):
            return left == right
        case (.float(let left), .float(let right)): return left == right
        case (.string(let left), .string(let right)): return left == right
        case (.map, .map), (.list, .list), (.bytes, .bytes):
            throw TemplateError("non-comparable type \(GoText.of(left)): \(left.typeName)")
        default: throw TemplateError("incompatible types for comparison")
        }
    }

    private static func less(_ left: TemplateValue, _ right: TemplateValue) throws -> Bool {
        switch (left, right) {
        case (.int(let left), .int(let right)), (.int(let left), .long(let right)), (.long(let left), .int(let right)),
            (.long(let left), .long(let right)):
            return left < right
        case (.float(let left), .float(let right)): return left < right
        case (.string(let left), .string(let right)): return GoText.precedes(left, right)
        case (.none, _), (.map, _), (.list, _), (_, .none), (_, .map), (_, .list), (.bool, .bool):
            throw TemplateError("invalid type for comparison")
        default: throw TemplateError("incompatible types for comparison")
        }
    }

    // MARK: Escapes

    static func escapedHTML(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "\0": result += "\u{FFFD}"
            case "\"": result += "&#34;"
            case "'": result += "&#39;"
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }

    private static func escapedJS(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "\\": result += "\\\\"
            case "'": result += "\\'"
            case "\"": result += "\\\""
            case "<", ">", "&", "=":
                result += "\\u00" + String(character.value, radix: 16, uppercase: true)
            default:
                if character.value < 0x20 {
                    let hex = String(character.value, radix: 16, uppercase: true)
                    result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
                } else {
                    result.unicodeScalars.append(character)
                }
            }
        }
        return result
    }

    /// `url.QueryEscape`.
    static func escapedQuery(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
                UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            case 0x20: result += "+"
            default:
                let hex = String(byte, radix: 16, uppercase: true)
                result += "%" + (byte < 16 ? "0" : "") + hex
            }
        }
        return result
    }
}
