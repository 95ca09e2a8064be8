/// `$(NAME)` in commands, arguments and variables (k8s.io/kubernetes/third_party/forked/golang/expansion).
enum Expansion {
    /// Replaces references that `lookup` knows, leaves others as they stand, and makes `$$` one dollar.
    static func expand(_ text: String, _ lookup: (String) -> String?) -> String {
        guard text.utf8.contains(36) else { return text }
        var result = ""
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[rest.index(after: dollar)...]
            if rest.first == "$" {
                result += "$"
                rest = rest.dropFirst()
            } else if rest.first == "(", let close = rest.firstIndex(of: ")") {
                let name = String(rest[rest.index(after: rest.startIndex)..<close])
                result += lookup(name) ?? "$(\(name))"
                rest = rest[rest.index(after: close)...]
            } else {
                result += "$"
            }
        }
        return result + rest
    }
}
