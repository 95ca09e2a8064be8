package import Document

/// Which fields of an object: keys with dots between them, `[*]` or `[2]` for items, `*` for any one key.
package struct FieldPattern: Sendable, Hashable {
    private enum Step: Sendable, Hashable {
        case key(String)
        case anyKey
        case item(Int)
        case anyItem
    }

    package let text: String
    private let steps: [Step]

    /// - Throws: `Problem` when the text is no such path.
    package init(_ text: String, at origin: Origin) throws(Problem) {
        self.text = text
        var steps: [Step] = []
        for part in text.split(separator: ".", omittingEmptySubsequences: false) {
            let pieces = part.split(separator: "[", omittingEmptySubsequences: false)
            guard let key = pieces.first, !key.isEmpty else {
                throw Problem(
                    "\"\(text)\" is no path to a field", at: origin, hint: "write it as data.password or data.*")
            }
            steps.append(key == "*" ? .anyKey : .key(String(key)))
            for piece in pieces.dropFirst() {
                if piece == "*]" {
                    steps.append(.anyItem)
                } else if piece.last == "]", let number = Int(piece.dropLast()), number >= 0 {
                    steps.append(.item(number))
                } else {
                    throw Problem("\"\(text)\" is no path to a field", at: origin, hint: "items are [*] or [0]")
                }
            }
        }
        self.steps = steps
    }

    /// Whether the pattern names this place.
    func matches(_ place: [PathStep]) -> Bool {
        guard place.count == steps.count else { return false }
        return zip(place, steps).allSatisfy { step, pattern in
            switch (step, pattern) {
            case (.key(let name), .key(let wanted)): name == wanted
            case (.key, .anyKey), (.item, .anyItem): true
            case (.item(let number), .item(let wanted)): number == wanted
            default: false
            }
        }
    }
}

/// One step down into a value.
enum PathStep: Hashable {
    case key(String)
    case item(Int)

    /// `spec.containers[0].image`
    static func text(_ steps: [PathStep]) -> String {
        steps.reduce(into: "") { text, step in
            switch step {
            case .key(let name): text += text.isEmpty ? name : ".\(name)"
            case .item(let number): text += "[\(number)]"
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
