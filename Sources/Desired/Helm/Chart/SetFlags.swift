package import Document

/// What `--set a.b=c,d[0]=e,f={x,y}` says (strvals' grammar).
package enum SetFlags {
    /// - Parameter areStrings: whether values stay texts, as with `--set-string`.
    /// - Throws: `Problem` when it does not follow the grammar.
    package static func values(_ text: String, areStrings: Bool) throws(Problem) -> Value {
        var root = TemplateValue.map([:])
        for assignment in split(text, at: ",") {
            guard let equals = unescapedIndex(of: "=", in: assignment) else {
                throw Problem("--set \(text): key \"\(assignment)\" has no value", hint: "write key=value")
            }
            let path = try path(String(assignment[..<equals]), text)
            set(value(String(assignment[assignment.index(after: equals)...]), areStrings), at: path[...], in: &root)
        }
        return root.value
    }

    private enum Step {
        case key(String)
        case index(Int)
    }

    /// Splits at marks that no backslash stands before and no braces hold.
    private static func split(_ text: String, at mark: Character) -> [String] {
        var parts: [String] = [""]
        var depth = 0
        var escapes = false
        for character in text {
            if !escapes, character == "{" { depth += 1 }
            if !escapes, character == "}" { depth -= 1 }
            if character == mark, !escapes, depth <= 0 {
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
            escapes = !escapes && character == "\\"
        }
        return parts.filter { !$0.isEmpty }
    }

    private static func unescapedIndex(of mark: Character, in text: String) -> String.Index? {
        var escapes = false
        for index in text.indices {
            if text[index] == mark, !escapes { return index }
            escapes = !escapes && text[index] == "\\"
        }
        return nil
    }

    private static func path(_ text: String, _ whole: String) throws(Problem) -> [Step] {
        var steps: [Step] = []
        for part in split(text, at: ".") {
            var rest = Substring(part)
            if let bracket = rest.firstIndex(of: "["), rest.hasSuffix("]") {
                let name = rest[..<bracket]
                if !name.isEmpty { steps.append(.key(unescaped(String(name)))) }
                rest = rest[bracket...]
                for number in rest.dropFirst().dropLast().split(separator: "]") {
                    let digits = number.drop { $0 == "[" }
                    guard let index = Int(digits), (0...65536).contains(index) else {
                        throw Problem("--set \(whole): \"\(digits)\" is no index of a list")
                    }
                    steps.append(.index(index))
                }
            } else {
                steps.append(.key(unescaped(part)))
            }
        }
        guard !steps.isEmpty, steps.count <= 64 else { throw Problem("--set \(whole): a key is missing") }
        return steps
    }

    private static func unescaped(_ text: String) -> String {
        var result = ""
        var escapes = false
        for character in text {
            if character == "\\", !escapes {
                escapes = true
            } else {
                result.append(character)
                escapes = false
            }
        }
        return result
    }

    private static func value(_ text: String, _ isString: Bool) -> TemplateValue {
        if text.hasPrefix("{"), text.hasSuffix("}") {
            return .list(split(String(text.dropFirst().dropLast()), at: ",").map { value($0, isString) })
        }
        let plain = unescaped(text)
        if isString { return .string(plain) }
        switch plain {
        case "true": return .bool(true)
        case "false": return .bool(false)
        case "null": return .none
        default:
            if plain == "0" || plain.first != "0", let number = Int(plain) { return .long(number) }
            return .string(plain)
        }
    }

    private static func set(_ value: TemplateValue, at path: ArraySlice<Step>, in target: inout TemplateValue) {
        guard let first = path.first else {
            target = value
            return
        }
        switch first {
        case .key(let name):
            let map = target.map ?? TemplateMap()
            var inner = map[name] ?? .none
            set(value, at: path.dropFirst(), in: &inner)
            map[name] = inner
            target = .map(map)
        case .index(let index):
            var items = target.list ?? []
            while items.count <= index { items.append(.none) }
            set(value, at: path.dropFirst(), in: &items[index])
            target = .list(items)
        }
    }
}
