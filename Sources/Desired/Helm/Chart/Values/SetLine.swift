import Document

/// One line of assignments, as `--set` and its kin take them (Helm's documentation, "The Format and Limitations of --set").
package struct SetLine {
    /// What becomes of the text behind `=`.
    package enum Way: String, Sendable {
        /// Numbers, truth values and null are what they look like.
        case set = "--set"
        /// A text.
        case string = "--set-string"
        /// JSON.
        case json = "--set-json"
        /// The path of a file whose content is the value.
        case file = "--set-file"
        /// A text to the end of the line, commas, braces and backslashes included.
        case literal = "--set-literal"
    }

    /// How reading a key went.
    private enum Outcome { case more, end }

    private let text: String
    private let way: Way
    private let scalars: [Unicode.Scalar]
    private var position = 0
    private let read: (String) throws(Problem) -> [UInt8]

    private static let highestIndex = 65536
    private static let depthLimit = 30

    init(_ text: String, _ way: Way, reading read: @escaping (String) throws(Problem) -> [UInt8]) {
        self.text = text
        self.way = way
        self.read = read
        scalars = Array(text.unicodeScalars)
    }

    /// Changes a mapping as the line says.
    ///
    /// - Throws: `Problem` when it does not follow the grammar, or leads through what is no mapping or list.
    mutating func apply(to map: TemplateMap) throws(Problem) {
        if way == .json, scalars.first(where: { !$0.properties.isWhitespace }) == "{" {
            return try merge(into: map)
        }
        while case .more = try key(in: map, depth: 0) {}
    }

    private func problem(_ what: String, _ hint: String = "") -> Problem {
        Problem(what, at: Origin(SourceFile("\(way.rawValue) \(text)")), hint: hint)
    }

    private var place: Origin { Origin(SourceFile(way.rawValue)) }

    /// A whole JSON object in place of assignments.
    private mutating func merge(into map: TemplateMap) throws(Problem) {
        guard case .map(let given) = try json() else { throw problem("the JSON is no object") }
        ChartValues.overlay(given, over: map)
    }

    // MARK: Keys

    /// Text up to one of some marks, which is taken too; a backslash takes a mark's meaning away.
    ///
    /// - Returns: no mark at the end of the line.
    private mutating func text(until marks: Set<Unicode.Scalar>) -> (text: String, mark: Unicode.Scalar?) {
        var result = String.UnicodeScalarView()
        while position < scalars.count {
            let scalar = scalars[position]
            position += 1
            if marks.contains(scalar) { return (String(result), scalar) }
            if scalar == "\\", way != .literal {
                guard position < scalars.count else { break }
                result.append(scalars[position])
                position += 1
            } else {
                result.append(scalar)
            }
        }
        return (String(result), nil)
    }

    private mutating func key(in map: TemplateMap, depth: Int) throws(Problem) -> Outcome {
        let (name, mark) = text(until: way == .literal ? ["=", "[", "."] : ["=", "[", ",", "."])
        switch mark {
        case "=":
            let (value, outcome) = try value()
            set(value, name, in: map)
            return outcome
        case "[": return try list(name, in: map, depth: depth)
        case ".":
            guard depth < Self.depthLimit else {
                throw problem("more than \(Self.depthLimit) names are within one another")
            }
            let inner =
                try map[name].map { (value) throws(Problem) in
                    guard let inner = value.map else { throw problem("\"\(name)\" is no mapping") }
                    return inner
                } ?? TemplateMap()
            let outcome = try key(in: inner, depth: depth + 1)
            if inner.isEmpty, case .more = outcome { throw problem("\"\(name)\" has no value") }
            if !inner.isEmpty { set(.map(inner), name, in: map) }
            return outcome
        case nil where name.isEmpty: return .end
        default: throw problem("the key \"\(name)\" has no value", "write key=value, and \"\\,\" for a comma")
        }
    }

    private func set(_ value: TemplateValue, _ name: String, in map: TemplateMap) {
        if name.isEmpty { return }
        map.set(name, .init(value, from: place))
    }

    private mutating func list(_ name: String, in map: TemplateMap, depth: Int) throws(Problem) -> Outcome {
        let index = try index()
        var items: [TemplateValue] = []
        if let known = map[name] {
            guard case .list(let list) = known else { throw problem("\"\(name)\" is no list") }
            items = list
        }
        let outcome = try item(index, of: &items, depth: depth)
        set(.list(items), name, in: map)
        return outcome
    }

    private mutating func index() throws(Problem) -> Int {
        let (digits, mark) = text(until: ["]"])
        guard mark != nil, let index = Int(digits), (0...Self.highestIndex).contains(index) else {
            throw problem(
                "\"[\(digits)\" is no index", "an index is a number from 0 to \(Self.highestIndex) in brackets")
        }
        return index
    }

    private mutating func item(_ index: Int, of items: inout [TemplateValue], depth: Int) throws(Problem) -> Outcome {
        guard depth < Self.depthLimit else {
            throw problem("more than \(Self.depthLimit) lists are within one another")
        }
        let (rest, mark) = text(until: ["[", ".", "="])
        guard rest.isEmpty else { throw problem("\"\(rest)\" stands behind an index") }
        let old = index < items.count ? items[index] : .none
        let value: TemplateValue
        var outcome = Outcome.more
        switch mark {
        case "=": (value, _) = try self.value()
        case "[":
            let next = try self.index()
            var inner: [TemplateValue] = []
            switch old {
            case .none: break
            case .list(let list): inner = list
            default: throw problem("item \(index) is no list")
            }
            outcome = try item(next, of: &inner, depth: depth + 1)
            value = .list(inner)
        case ".":
            let inner = old.map ?? TemplateMap()
            outcome = try key(in: inner, depth: depth + 1)
            value = .map(inner)
        default: return .end
        }
        while items.count <= index { items.append(.none) }
        items[index] = value
        return outcome
    }

    // MARK: Values

    private mutating func value() throws(Problem) -> (TemplateValue, Outcome) {
        if way == .json { return (skipsBlank() ? .none : try json(), .more) }
        if way == .literal { return (.string(text(until: []).text), .more) }
        guard position < scalars.count else { return (.string(""), .end) }
        guard scalars[position] == "{" else { return (try scalar(text(until: [","]).text), .more) }
        position += 1
        var items: [TemplateValue] = []
        while true {
            let (part, mark) = text(until: [",", "}"])
            guard let mark else { throw problem("a list must end with \"}\"") }
            items.append(try scalar(part))
            if mark == "}" { break }
        }
        if position < scalars.count, scalars[position] == "," { position += 1 }
        return (.list(items), .more)
    }

    private func scalar(_ text: String) throws(Problem) -> TemplateValue {
        if way == .file { return .text(try read(text)) }
        if way == .string { return .string(text) }
        switch text.lowercased() {
        case "true": return .bool(true)
        case "false": return .bool(false)
        case "null": return .none
        case "0": return .long(0)
        default:
            if text.first != "0", let number = Int(text) { return .long(number) }
            return .string(text)
        }
    }

    /// Whether nothing but blanks stands before the next comma, which is taken too.
    private mutating func skipsBlank() -> Bool {
        while position < scalars.count, scalars[position].properties.isWhitespace { position += 1 }
        guard position < scalars.count else { return true }
        if scalars[position] == "," {
            position += 1
            return true
        }
        return false
    }

    /// One JSON value, and the comma behind it.
    private mutating func json() throws(Problem) -> TemplateValue {
        let start = position
        var depth = 0
        var isText = false
        while position < scalars.count {
            let scalar = scalars[position]
            if isText {
                if scalar == "\\" { position += 1 } else if scalar == "\"" { isText = false }
            } else if scalar == "\"" {
                isText = true
            } else if scalar == "{" || scalar == "[" {
                depth += 1
            } else if scalar == "}" || scalar == "]" {
                depth -= 1
            } else if scalar == ",", depth <= 0 {
                break
            }
            position += 1
        }
        position = min(position, scalars.count)
        var content = String.UnicodeScalarView()
        content.append(contentsOf: scalars[start..<position])
        _ = skipsBlank()
        do {
            return TemplateValue(try JSON.parse(Array(String(content).utf8), file: SourceFile(way.rawValue)))
        } catch {
            throw problem("\(content) is no JSON: \(error.message)")
        }
    }
}
