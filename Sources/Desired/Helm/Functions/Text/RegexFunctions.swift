/// Sprig's functions over regular expressions.
enum RegexFunctions {
    static let all: [String: TemplateEvaluator.Function] = {
        var table: [String: TemplateEvaluator.Function] = [:]
        for (name, function) in plain {
            table["must" + name.prefix(1).uppercased() + name.dropFirst()] = { arguments in
                let pattern = try arguments.string(0)
                return try function(arguments, try arguments.evaluator.regex(pattern))
            }
            table[name] = { arguments in
                let pattern = try arguments.string(0)
                do {
                    return try function(arguments, try arguments.evaluator.regex(pattern))
                } catch let error as Regex.Malformed {
                    throw TemplateError("regexp: Compile(\(quoted(pattern))): \(error)")
                }
            }
        }
        // A pattern that cannot be read matches nothing, and says so only when asked strictly.
        table["regexMatch"] = { arguments in
            let (pattern, text) = (try arguments.string(0), Array(try arguments.string(1).utf8))
            do {
                return .bool(try arguments.evaluator.regex(pattern).match(text, from: 0) != nil)
            } catch is Regex.Malformed {
                return .bool(false)
            }
        }
        table["regexQuoteMeta"] = { .string(quotedMeta(try $0.string(0))) }
        table["mustRegexQuoteMeta"] = table["regexQuoteMeta"]
        return table
    }()

    private static func quoted(_ pattern: String) -> String {
        let isRaw = !pattern.unicodeScalars.contains { $0 == "`" || $0.value < 0x20 && $0 != "\t" || $0.value == 0x7F }
        return isRaw ? "`\(pattern)`" : GoText.quoted(pattern)
    }

    private static func quotedMeta(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if "\\.+*?()|[]{}^$".unicodeScalars.contains(scalar) { result.append("\\") }
            result.append(scalar)
        }
        return String(result)
    }

    private static let plain: [String: @Sendable (Arguments, Regex) throws -> TemplateValue] = [
        "regexMatch": { .bool(try $1.match(Array($0.string(1).utf8), from: 0) != nil) },
        "regexFind": { arguments, regex in
            let bytes = Array(try arguments.string(1).utf8)
            let match = try regex.match(bytes, from: 0)
            return .string(match.map { String(decoding: bytes[$0], as: UTF8.self) } ?? "")
        },
        "regexFindAll": { arguments, regex in
            let bytes = Array(try arguments.string(1).utf8)
            let matches = try regex.matches(bytes, most: arguments.int(2))
            return .list(matches.map { .string(String(decoding: bytes[$0], as: UTF8.self)) })
        },
        "regexReplaceAll": { .string(try replaced($0, $1, isLiteral: false)) },
        "regexReplaceAllLiteral": { .string(try replaced($0, $1, isLiteral: true)) },
        "regexSplit": { try split($0, $1) },
    ]

    private static func replaced(_ arguments: Arguments, _ regex: Regex, isLiteral: Bool) throws -> String {
        try regex.replace(arguments.string(1), arguments.string(2), isLiteral: isLiteral)
    }

    private static func split(_ arguments: Arguments, _ regex: Regex) throws -> TemplateValue {
        let bytes = Array(try arguments.string(1).utf8)
        let most = try arguments.int(2)
        if most == 0 { return .list([]) }
        if bytes.isEmpty, !regex.text.isEmpty { return .list([.string("")]) }
        var parts: [TemplateValue] = []
        var (start, end) = (0, 0)
        for range in try regex.matches(bytes, most: most) {
            if most > 0, parts.count == most - 1 { break }
            end = range.lowerBound
            if range.upperBound != 0 { parts.append(.string(String(decoding: bytes[start..<end], as: UTF8.self))) }
            start = range.upperBound
        }
        // A match of nothing at the very end leaves no part behind it.
        if end != bytes.count { parts.append(.string(String(decoding: bytes[start...], as: UTF8.self))) }
        return .list(parts)
    }
}
