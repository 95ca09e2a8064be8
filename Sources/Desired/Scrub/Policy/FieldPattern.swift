package import Document

/// Which fields of an object: keys with dots between them, `["a.b"]` for a key with dots, `[*]`, `[2]` or `[name=web]`
/// for items, `*` for any one key, `**` for any way down.
package struct FieldPattern: Sendable, Hashable {
    private enum Step: Sendable, Hashable {
        case key(String)
        case anyKey
        case item(Int)
        case named(String)
        case anyItem
        case anyWay
    }

    package let text: String
    package let origin: Origin
    private let steps: [Step]

    /// - Throws: `Problem` when the text is no such path.
    package init(_ text: String, at origin: Origin) throws(Problem) {
        self.text = text
        self.origin = origin
        var steps: [Step] = []
        var rest = text[...]
        while true {
            let key = rest.prefix { $0 != "." && $0 != "[" }
            rest = rest[key.endIndex...]
            if !key.isEmpty { steps.append(key == "*" ? .anyKey : key == "**" ? .anyWay : .key(String(key))) }
            if key.isEmpty, rest.first != "[" { throw Self.noPath(text, origin) }
            while rest.first == "[" { steps.append(try Self.bracket(&rest, text, origin)) }
            if rest.isEmpty { break }
            guard rest.first == "." else { throw Self.noPath(text, origin) }
            rest = rest.dropFirst()
        }
        self.steps = steps
    }

    private static func noPath(_ text: String, _ origin: Origin) -> Problem {
        Problem("\"\(text)\" is no path to a field", at: origin, hint: "write it as data.password or data.*")
    }

    /// Reads `[…]`.
    private static func bracket(
        _ rest: inout Substring, _ text: String, _ origin: Origin
    ) throws(Problem) -> Step {
        let problem = Problem(
            "\"\(text)\" is no path to a field", at: origin,
            hint: "items are [*], [0] or [name=web]; a key with dots is [\"a.b\"]")
        rest = rest.dropFirst()
        if rest.first == "\"" {
            rest = rest.dropFirst()
            guard let end = rest.firstRange(of: "\"]") else { throw problem }
            let key = String(rest[..<end.lowerBound])
            rest = rest[end.upperBound...]
            return .key(key)
        }
        guard let end = rest.firstIndex(of: "]") else { throw problem }
        let inner = rest[..<end]
        rest = rest[rest.index(after: end)...]
        if inner == "*" { return .anyItem }
        if inner.hasPrefix("name="), inner.count > 5 { return .named(String(inner.dropFirst(5))) }
        guard let number = Int(inner), number >= 0 else { throw problem }
        return .item(number)
    }

    /// Whether the pattern names this place.
    func matches(_ place: [PathStep]) -> Bool {
        Self.matches(place[...], steps[...])
    }

    private static func matches(_ place: ArraySlice<PathStep>, _ steps: ArraySlice<Step>) -> Bool {
        guard let pattern = steps.first else { return place.isEmpty }
        if pattern == .anyWay {
            let rest = steps.dropFirst()
            return (place.startIndex...place.endIndex).contains { matches(place[$0...], rest) }
        }
        guard let step = place.first, fits(step, pattern) else { return false }
        return matches(place.dropFirst(), steps.dropFirst())
    }

    private static func fits(_ step: PathStep, _ pattern: Step) -> Bool {
        switch (step, pattern) {
        case (.key(let name), .key(let wanted)): name == wanted
        case (.key, .anyKey), (.item, .anyItem): true
        case (.item(let number, _), .item(let wanted)): number == wanted
        case (.item(_, let name), .named(let wanted)): name == wanted
        default: false
        }
    }
}

/// One step down into a value.
enum PathStep: Hashable, Sendable {
    case key(String)
    /// An item, and the `name` that it has.
    case item(Int, name: String? = nil)

    /// `spec.containers[0].image`, `metadata.annotations["example.com/owner"]`
    static func text(_ steps: [PathStep]) -> String {
        steps.reduce(into: "") { text, step in
            switch step {
            case .key(let name) where name.contains(".") || name.contains("["): text += "[\"\(name)\"]"
            case .key(let name): text += text.isEmpty ? name : ".\(name)"
            case .item(let number, _): text += "[\(number)]"
            }
        }
    }
}

/// Names with `*` and `?`.
enum NamePattern {
    /// Whether a name matches a pattern; time grows with the product of the two lengths.
    static func matches(_ name: String, _ pattern: String) -> Bool {
        let name = Array(name.utf8)
        var reachable = [Bool](repeating: false, count: name.count + 1)
        reachable[0] = true
        for character in pattern.utf8 {
            var next = [Bool](repeating: false, count: name.count + 1)
            for position in 0...name.count {
                switch character {
                case UInt8(ascii: "*"): next[position] = reachable[position] || (position > 0 && next[position - 1])
                case UInt8(ascii: "?"): next[position] = position > 0 && reachable[position - 1]
                default: next[position] = position > 0 && reachable[position - 1] && name[position - 1] == character
                }
            }
            reachable = next
        }
        return reachable[name.count]
    }
}
