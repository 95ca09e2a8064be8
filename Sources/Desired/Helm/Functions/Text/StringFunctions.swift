/// Sprig's functions over texts.
enum StringFunctions {
    static let all: [String: TemplateEvaluator.Function] = [
        "upper": { .string(try $0.string(0).uppercased()) },
        "lower": { .string(try $0.string(0).lowercased()) },
        "title": { .string(Words.title(try $0.string(0))) },
        "untitle": { .string(Words.untitle(try $0.string(0))) },
        "trim": { .string(Trim.scalars(try $0.string(0)) { $0.properties.isWhitespace }) },
        "trimAll": { try trimAll($0) },
        "trimall": { try trimAll($0) },
        "trimPrefix": {
            let (prefix, text) = (try $0.string(0), try $0.string(1))
            return .string(
                text.utf8.starts(with: prefix.utf8) ? String(text.utf8.dropFirst(prefix.utf8.count)) ?? text : text)
        },
        "trimSuffix": {
            let (suffix, text) = (try $0.string(0), try $0.string(1))
            return .string(
                hasSuffix(text, suffix)
                    ? String(text.utf8.dropLast(suffix.utf8.count)) ?? text : text)
        },
        "hasPrefix": { .bool(try $0.string(1).utf8.starts(with: $0.string(0).utf8)) },
        "hasSuffix": { .bool(hasSuffix(try $0.string(1), try $0.string(0))) },
        "contains": { .bool(try Search.contains($0.string(1), $0.string(0))) },
        "replace": { arguments in
            let (old, new, text) = (try arguments.string(0), try arguments.string(1), try arguments.string(2))
            if new.utf8.count > old.utf8.count {
                let found = old.isEmpty ? text.utf8.count + 1 : Search.count(text, old)
                try arguments.evaluator.allow((found, new.utf8.count), (1, text.utf8.count))
            }
            return .string(Search.replace(text, old, new))
        },
        "repeat": { arguments in
            let (count, text) = (try arguments.int(0), try arguments.string(1))
            guard count >= 0 else { throw TemplateError("strings: negative Repeat count") }
            let (size, overflow) = text.utf8.count.multipliedReportingOverflow(by: count)
            try arguments.evaluator.spend(overflow ? .max / 2 : size)
            return .string(String(repeating: text, count: count))
        },
        "substr": { arguments in
            let (start, end) = (try arguments.int(0), try arguments.int(1))
            let bytes = Array(try arguments.string(2).utf8)
            let low = max(0, min(start, bytes.count))
            let high = end < 0 || end > bytes.count ? bytes.count : end
            return .text(Array(bytes[min(low, high)..<high]))
        },
        "trunc": { arguments in
            let (count, text) = (try arguments.int(0), try arguments.string(1))
            let bytes = Array(text.utf8)
            if count >= 0 { return count >= bytes.count ? .string(text) : .text(Array(bytes.prefix(count))) }
            return count < -bytes.count ? .string(text) : .text(Array(bytes.suffix(-count)))
        },
        "abbrev": { arguments in
            let (width, text) = (try arguments.int(0), try arguments.string(1))
            return .string(width < 4 ? text : Words.abbreviated(text, from: 0, width: width))
        },
        "abbrevboth": { arguments in
            let (left, right, text) = (try arguments.int(0), try arguments.int(1), try arguments.string(2))
            if right < 4 || left > 0 && right < 7 { return .string(text) }
            return .string(Words.abbreviated(text, from: left, width: right))
        },
        "quote": { .string($0.values.filter { !$0.isNone }.map { GoText.quoted(string($0)) }.joined(separator: " ")) },
        "squote": { .string($0.values.filter { !$0.isNone }.map { "'\(string($0))'" }.joined(separator: " ")) },
        "cat": { .string($0.values.filter { !$0.isNone }.map(string).joined(separator: " ")) },
        "indent": { .string(try indented($0)) },
        "nindent": { .string(try indented($0, startingWith: "\n")) },
        "nospace": { .string(try $0.string(0).filter { !$0.isWhitespace }) },
        "initials": { .string(Words.initials(try $0.string(0))) },
        "swapcase": { .string(Words.swapCase(try $0.string(0))) },
        "snakecase": { .string(NameCase.joined(try $0.string(0), by: "_")) },
        "kebabcase": { .string(NameCase.joined(try $0.string(0), by: "-")) },
        "camelcase": { .string(NameCase.camel(try $0.string(0))) },
        "plural": { .string(try $0.int(2) == 1 ? $0.string(0) : $0.string(1)) },
        "split": { try numbered(parted($0)) },
        "splitn": { try numbered(Search.split($0.string(2), $0.string(0), most: $0.int(1))) },
        "splitList": { .list(try parted($0).map(TemplateValue.string)) },
        "join": { arguments in
            let separator = try arguments.string(0)
            let items = try strings(arguments[1])
            try arguments.evaluator.allow((items.count, separator.utf8.count))
            return .string(items.joined(separator: separator))
        },
        "toString": { .string(try $0.text(0)) },
        "toStrings": { .list(try strings($0[0]).map(TemplateValue.string)) },
        "sortAlpha": { arguments in
            let value = try arguments[0]
            guard value.list != nil else { return .list([.string(try arguments.text(0))]) }
            return .list(strings(value).sorted(by: GoText.precedes).map(TemplateValue.string))
        },
        "wrap": { .string(Words.wrap(try $0.string(1), max(1, try $0.int(0)), "\n")) },
        "wrapWith": { .string(Words.wrap(try $0.string(2), max(1, try $0.int(0)), try $0.string(1))) },
        "hello": { _ in .string("Hello!") },
    ]

    private static func hasSuffix(_ text: String, _ suffix: String) -> Bool {
        text.utf8.count >= suffix.utf8.count && text.utf8.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
    }

    static func string(_ value: TemplateValue) -> String { value.string ?? GoText.of(value) }

    /// The items of a list as texts, nil ones left out; anything else alone.
    static func strings(_ value: TemplateValue) -> [String] {
        if value.isNone { return [] }
        if value.string == nil, let items = value.list { return items.filter { !$0.isNone }.map(string) }
        return [string(value)]
    }

    private static func trimAll(_ arguments: Arguments) throws -> TemplateValue {
        let set = Set(try arguments.string(0).unicodeScalars)
        return .string(Trim.scalars(try arguments.string(1)) { set.contains($0) })
    }

    private static func indented(_ arguments: Arguments, startingWith start: String = "") throws -> String {
        let (width, text) = (try arguments.int(0), try arguments.string(1))
        guard width >= 0 else { throw TemplateError("strings: negative Repeat count") }
        try arguments.evaluator.allow((text.utf8.count { $0 == 0x0A } + 1, width), (1, text.utf8.count))
        return Search.indent(text, by: String(repeating: " ", count: width), startingWith: start)
    }

    /// The parts of a text, if there are not too many.
    private static func parted(_ arguments: Arguments) throws -> [String] {
        let (separator, text) = (try arguments.string(0), try arguments.string(1))
        let count = separator.isEmpty ? text.utf8.count : Search.count(text, separator)
        try arguments.evaluator.allow((count, 64))
        return Search.split(text, separator)
    }

    private static func numbered(_ parts: [String]) -> TemplateValue {
        .map(Dictionary(uniqueKeysWithValues: parts.enumerated().map { ("_\($0)", .string($1)) }))
    }
}
