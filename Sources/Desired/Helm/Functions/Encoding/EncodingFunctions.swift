import Crypto
import Document

/// Sprig's and Helm's functions that encode, decode and hash.
enum EncodingFunctions {
    static let all: [String: TemplateEvaluator.Function] = [
        "b64enc": { .string(Base64.encode(try bytes($0))) },
        "b64dec": { arguments in
            guard let bytes = Base64.decode(try arguments.string(0)) else {
                return .string("illegal base64 data")
            }
            return .text(bytes)
        },
        "b32enc": { .string(Base32.encode(try bytes($0))) },
        "b32dec": { .text(Base32.decode(try $0.string(0))) },
        "sha1sum": { .string(Hex.encode(Digest.of(try bytes($0), by: .sha1).bytes)) },
        "sha256sum": { .string(Hex.encode(Digest.of(try bytes($0), by: .sha256).bytes)) },
        "sha512sum": { .string(Hex.encode(Digest.of(try bytes($0), by: .sha512).bytes)) },
        "adler32sum": { .string(String(adler32(try bytes($0)))) },
        "toYaml": { arguments in .string(try yaml(arguments)) },
        "mustToYaml": { arguments in .string(try yaml(arguments)) },
        "toYamlPretty": { arguments in
            var text = YAML.text(written(try arguments[0]), .indented)
            if text.hasSuffix("\n") { text.removeLast() }
            try arguments.evaluator.spend(text.utf8.count)
            return .string(text)
        },
        "fromYaml": { arguments in
            do {
                let value = try parsedYAML(arguments)
                if case .map = value { return value }
                if value.isNone { return .map([:]) }
                return error(
                    "error unmarshaling JSON: while decoding JSON: " + misfit(value, "map[string]interface {}"))
            } catch let problem as Problem {
                return error("error converting YAML to JSON: yaml: \(problem.message)")
            }
        },
        "fromYamlArray": { arguments in
            do {
                let value = try parsedYAML(arguments)
                if case .list = value { return value }
                if value.isNone { return .list([]) }
                return .list([
                    .string("error unmarshaling JSON: while decoding JSON: " + misfit(value, "[]interface {}"))
                ])
            } catch let problem as Problem {
                return .list([.string("error converting YAML to JSON: yaml: \(problem.message)")])
            }
        },
        "toJson": { .string(JSON.text(try $0[0].value, .go)) },
        "mustToJson": { .string(JSON.text(try $0[0].value, .go)) },
        "toRawJson": { .string(JSON.text(try $0[0].value, JSON.Form(sortsKeys: true))) },
        "mustToRawJson": { .string(JSON.text(try $0[0].value, JSON.Form(sortsKeys: true))) },
        "toPrettyJson": {
            .string(JSON.text(try $0[0].value, JSON.Form(indent: 2, sortsKeys: true, escapesHTML: true)))
        },
        "mustToPrettyJson": {
            .string(JSON.text(try $0[0].value, JSON.Form(indent: 2, sortsKeys: true, escapesHTML: true)))
        },
        "fromJson": { arguments in
            do {
                let value = TemplateValue(try JSON.parse(Array(arguments.string(0).utf8)))
                if case .map = value { return value }
                return value.isNone ? .map([:]) : error(misfit(value, "map[string]interface {}"))
            } catch let problem as Problem {
                return error(problem.message)
            }
        },
        "mustFromJson": { TemplateValue(try JSON.parse(Array($0.string(0).utf8))) },
        "fromJsonArray": { arguments in
            do {
                let value = TemplateValue(try JSON.parse(Array(arguments.string(0).utf8)))
                if case .list = value { return value }
                return .list(value.isNone ? [] : [.string(misfit(value, "[]interface {}"))])
            } catch let problem as Problem {
                return .list([.string(problem.message)])
            }
        },
    ]

    private static func bytes(_ arguments: Arguments) throws -> [UInt8] {
        if case .bytes(let bytes) = try arguments[0] { return bytes }
        return Array(try arguments.string(0).utf8)
    }

    private static func yaml(_ arguments: Arguments) throws -> String {
        var text = YAML.emit(try arguments[0].value)
        if text.last == 0x0A { text.removeLast() }
        try arguments.evaluator.spend(text.count)
        return String(decoding: text, as: UTF8.self)
    }

    /// A value whose numbers are written as go-yaml writes Go's own.
    private static func written(_ value: TemplateValue) -> Value {
        switch value {
        case .float(let number): Value(.scalar(Scalar(GoText.float(number), .float)))
        case .list(let items): .sequence(items.map(written))
        case .map(let map):
            .mapping(
                Mapping(map.sortedKeys.map { .init(key: .init($0), value: written(map[$0] ?? .none)) }))
        default: value.value
        }
    }

    private static let file = SourceFile("fromYaml")

    private static func parsedYAML(_ arguments: Arguments) throws -> TemplateValue {
        // A key that stands twice: the last one counts, as Helm reads it.
        let documents = try YAML.parse(Array(arguments.string(0).utf8), file: file, repeatedKeys: .lastCounts)
        return documents.first.map { TemplateValue($0) } ?? .none
    }

    private static func error(_ message: String) -> TemplateValue { .map(["Error": .string(message)]) }

    private static func misfit(_ value: TemplateValue, _ type: String) -> String {
        "json: cannot unmarshal \(word(value)) into Go value of type \(type)"
    }

    private static func word(_ value: TemplateValue) -> String {
        switch value {
        case .list: "array"
        case .map: "object"
        case .bool: "bool"
        case .string: "string"
        default: "number"
        }
    }

    private static func adler32(_ bytes: [UInt8]) -> UInt32 {
        var (low, high): (UInt32, UInt32) = (1, 0)
        for byte in bytes {
            low = (low + UInt32(byte)) % 65521
            high = (high + low) % 65521
        }
        return high << 16 | low
    }
}

/// RFC 4648 base 32.
enum Base32 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        var result: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 5) {
            let chunk = Array(bytes[start..<min(start + 5, bytes.count)])
            var bits: UInt64 = 0
            for index in 0..<5 { bits = bits << 8 | UInt64(index < chunk.count ? chunk[index] : 0) }
            let used = (chunk.count * 8 + 4) / 5
            for index in 0..<8 {
                result.append(index < used ? alphabet[Int(bits >> UInt64(35 - 5 * index) & 31)] : UInt8(ascii: "="))
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    static func decode(_ text: String) -> [UInt8] {
        var result: [UInt8] = []
        var (bits, count): (UInt32, Int) = (0, 0)
        for byte in text.utf8 {
            guard let digit = alphabet.firstIndex(of: byte) else { continue }
            bits = bits << 5 | UInt32(digit)
            count += 5
            if count >= 8 {
                count -= 8
                result.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return result
    }
}
