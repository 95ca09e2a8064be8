package import Document

/// A path into a value (RFC 6901).
package struct JSONPointer: Sendable, Hashable, CustomStringConvertible {
    /// Unescaped: keys and indexes from the root on.
    package var tokens: [String]

    package init(_ tokens: [String]) {
        self.tokens = tokens
    }

    /// - Throws: a `Problem` when the text neither is empty nor begins with a slash.
    package init(_ text: String, at origin: Origin = .none) throws(Problem) {
        guard text.isEmpty || text.hasPrefix("/") else {
            throw Problem("the path \"\(text)\" does not begin with a slash", at: origin, hint: "write \"/\(text)\"")
        }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        tokens = parts.map { $0.replacingEscapes() }
    }

    package var description: String {
        tokens.map { "/" + $0.escaped() }.joined()
    }

    package var parent: JSONPointer { JSONPointer(Array(tokens.dropLast())) }

    /// The value at the path; nil when there is none.
    package func value(in root: Value) -> Value? {
        var value = root
        for token in tokens {
            switch value.content {
            case .mapping(let mapping):
                guard let child = mapping[token] else { return nil }
                value = child
            case .sequence(let items):
                guard let index = Self.index(token, count: items.count), index < items.count else { return nil }
                value = items[index]
            case .scalar: return nil
            }
        }
        return value
    }

    /// The index that a token writes; negative ones count from the end. nil when it is none, or out of `0...count`.
    static func index(_ token: String, count: Int) -> Int? {
        guard let number = Int(token), token == String(number) else { return nil }
        let index = number < 0 ? count + number : number
        return (0...count).contains(index) ? index : nil
    }
}

extension Substring {
    fileprivate func replacingEscapes() -> String {
        guard contains("~") else { return String(self) }
        var result = ""
        var rest = self
        while let character = rest.popFirst() {
            if character == "~", rest.first == "1" || rest.first == "0" {
                result.append(rest.removeFirst() == "1" ? "/" : "~")
            } else {
                result.append(character)
            }
        }
        return result
    }
}

extension String {
    fileprivate func escaped() -> String {
        String(flatMap { $0 == "~" ? "~0" : $0 == "/" ? "~1" : String($0) })
    }
}
