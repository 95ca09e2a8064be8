/// The way to a place in a document: `images[name=web].newTag`, `spec.rules[0]`, `metadata.annotations["a.b/c"]`.
package struct EditPath: Sendable, Hashable, CustomStringConvertible {
    package enum Step: Sendable, Hashable {
        case key(String)
        /// The first item of a list whose field has a value.
        case item(field: String, value: String)
        /// From 0.
        case index(Int)
    }

    package var steps: [Step]

    package init(_ steps: [Step]) {
        self.steps = steps
    }

    /// - Throws: a `Problem` that quotes the path when it is malformed.
    package init(_ text: String) throws(Problem) {
        steps = []
        var rest = Substring(text)
        while !rest.isEmpty {
            if rest.first == "[" {
                guard let end = Self.end(ofBracket: rest) else { throw Self.malformed(text) }
                steps.append(try Self.step(rest[rest.index(after: rest.startIndex)..<end], of: text))
                rest = rest[end...].dropFirst()
                if rest.first == "." { rest = rest.dropFirst() }
            } else {
                let key = rest.prefix { $0 != "." && $0 != "[" }
                guard !key.isEmpty else { throw Self.malformed(text) }
                steps.append(.key(String(key)))
                rest = rest.dropFirst(key.count)
                if rest.first == "." {
                    rest = rest.dropFirst()
                    if rest.isEmpty { throw Self.malformed(text) }
                }
            }
        }
    }

    private static func malformed(_ text: String) -> Problem {
        Problem(
            "the path \"\(text)\" is malformed", hint: "write it like images[name=web].newTag or annotations[\"a.b/c\"]"
        )
    }

    private static func end(ofBracket text: Substring) -> Substring.Index? {
        let inside = text.dropFirst()
        if inside.first == "\"" {
            guard let quote = inside.dropFirst().firstIndex(of: "\"") else { return nil }
            let end = text.index(after: quote)
            return end < text.endIndex && text[end] == "]" ? end : nil
        }
        return inside.firstIndex(of: "]")
    }

    private static func step(_ inside: Substring, of text: String) throws(Problem) -> Step {
        if inside.first == "\"" { return .key(String(inside.dropFirst().dropLast())) }
        if let index = Int(inside), index >= 0 { return .index(index) }
        guard let sign = inside.firstIndex(of: "="), sign > inside.startIndex else { throw malformed(text) }
        return .item(field: String(inside[..<sign]), value: String(inside[inside.index(after: sign)...]))
    }

    package var description: String {
        var text = ""
        for step in steps {
            switch step {
            case .key(let key) where key.contains { ".[]\"=".contains($0) } || key.isEmpty: text += "[\"\(key)\"]"
            case .key(let key): text += text.isEmpty ? key : ".\(key)"
            case .item(let field, let value): text += "[\(field)=\(value)]"
            case .index(let index): text += "[\(index)]"
            }
        }
        return text
    }
}
