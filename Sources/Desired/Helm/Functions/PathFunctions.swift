/// Sprig's functions over paths and addresses.
enum PathFunctions {
    static let all: [String: TemplateEvaluator.Function] = {
        var table: [String: TemplateEvaluator.Function] = [
            "base": { .string(base(try $0.string(0))) },
            "dir": { .string(folder(try $0.string(0))) },
            "clean": { .string(clean(try $0.string(0))) },
            "ext": { .string(suffix(try $0.string(0))) },
            "isAbs": { .bool(try $0.string(0).hasPrefix("/")) },
        ]
        for name in Array(table.keys) { table["os" + name.prefix(1).uppercased() + name.dropFirst()] = table[name] }
        table["urlParse"] = { try address($0.string(0)) }
        table["urlJoin"] = { .string(try joined($0.map(0))) }
        table["getHostByName"] = { _ in .string("") }
        return table
    }()

    static func clean(_ path: String) -> String {
        if path.isEmpty { return "." }
        let isAbsolute = path.hasPrefix("/")
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part != ".." || parts.isEmpty && !isAbsolute || parts.last == ".." {
                parts.append(part)
            } else if !parts.isEmpty {
                parts.removeLast()
            }
        }
        let text = parts.joined(separator: "/")
        return isAbsolute ? "/" + text : text.isEmpty ? "." : text
    }

    static func base(_ path: String) -> String {
        if path.isEmpty { return "." }
        return path.split(separator: "/").last.map(String.init) ?? "/"
    }

    private static func folder(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return clean(String(path[...slash]))
    }

    private static func suffix(_ path: String) -> String {
        let name = path[(path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex)...]
        return name.lastIndex(of: ".").map { String(name[$0...]) } ?? ""
    }

    private static func address(_ text: String) -> TemplateValue {
        var rest = Substring(text)
        func cut(at mark: Character) -> String {
            guard let index = rest.firstIndex(of: mark) else { return "" }
            let tail = String(rest[rest.index(after: index)...])
            rest = rest[..<index]
            return tail
        }
        let fragment = cut(at: "#")
        let query = cut(at: "?")
        var (scheme, host, user, opaque) = ("", "", "", "")
        if let colon = rest.firstIndex(of: ":"),
            rest[..<colon].allSatisfy({ $0.isLetter || "+-.".contains($0) || $0.isNumber })
        {
            scheme = rest[..<colon].lowercased()
            rest = rest[rest.index(after: colon)...]
        }
        if rest.hasPrefix("//") {
            rest = rest.dropFirst(2)
            let authority = rest.prefix { $0 != "/" }
            rest = rest.dropFirst(authority.count)
            if let at = authority.lastIndex(of: "@") {
                user = String(authority[..<at])
                host = String(authority[authority.index(after: at)...])
            } else {
                host = String(authority)
            }
        } else if !scheme.isEmpty, !rest.hasPrefix("/") {
            opaque = String(rest)
            rest = ""
        }
        let name =
            host.hasPrefix("[") ? String(host.dropFirst().prefix { $0 != "]" }) : String(host.prefix { $0 != ":" })
        return .map([
            "scheme": .string(scheme), "host": .string(host), "hostname": .string(name), "path": .string(String(rest)),
            "query": .string(query), "opaque": .string(opaque), "fragment": .string(fragment),
            "userinfo": .string(user),
        ])
    }

    private static func joined(_ parts: TemplateMap) -> String {
        func part(_ name: String) -> String { parts[name]?.string ?? "" }
        var text = part("scheme").isEmpty ? "" : part("scheme") + ":"
        if !part("opaque").isEmpty {
            text += part("opaque")
        } else {
            if !part("host").isEmpty || !part("userinfo").isEmpty {
                text += "//" + (part("userinfo").isEmpty ? "" : part("userinfo") + "@") + part("host")
            }
            let path = part("path")
            text += !path.isEmpty && !path.hasPrefix("/") && !part("host").isEmpty ? "/" + path : path
        }
        if !part("query").isEmpty { text += "?" + part("query") }
        return part("fragment").isEmpty ? text : text + "#" + part("fragment")
    }
}
