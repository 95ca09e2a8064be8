import Document
import Manifest

/// The `target` of a patch: which objects it is for. Empty parts match anything.
struct Selector {
    private let group: Pattern?
    private let version: Pattern?
    private let kind: Pattern?
    private let name: Pattern?
    private let namespace: Pattern?
    private let labels: LabelSelector
    private let annotations: LabelSelector
    /// Whether a name is asked for.
    var hasName: Bool { name != nil }
    let origin: Origin

    /// - Throws: `Problem` at a part that is no regular expression or no selector.
    init(_ value: Value) throws(Problem) {
        var reader = try FieldReader(value, "the patch's target")
        func pattern(_ key: String, _ reader: inout FieldReader) throws(Problem) -> Pattern? {
            guard let text = try reader.string(key), !text.isEmpty else { return nil }
            return try Pattern(text, at: reader.value(key)?.origin ?? value.origin)
        }
        func selector(_ key: String, _ reader: inout FieldReader) throws(Problem) -> LabelSelector {
            guard let text = try reader.string(key), !text.isEmpty else { return .everything }
            return try LabelSelectorText.parse(text, at: reader.value(key)?.origin ?? value.origin)
        }
        group = try pattern("group", &reader)
        version = try pattern("version", &reader)
        kind = try pattern("kind", &reader)
        name = try pattern("name", &reader)
        namespace = try pattern("namespace", &reader)
        labels = try selector("labelSelector", &reader)
        annotations = try selector("annotationSelector", &reader)
        origin = value.origin
        try reader.finish()
    }

    /// The objects that are meant, by their first names or their present ones.
    func select(from resources: [Resource]) throws(Problem) -> [Resource] {
        var selected: [Resource] = []
        for resource in resources where try matches(resource) { selected.append(resource) }
        return selected
    }

    private func matches(_ resource: Resource) throws(Problem) -> Bool {
        let present = resource.id
        if let kind { guard try kind.matches(present.kind.kind) else { return false } }
        let original = resource.original
        func written(_ id: ResourceID) -> String { id.isClusterScoped ? "_non_namespaceable_" : id.namespace }
        if let namespace {
            guard try namespace.matches(any: [written(original), written(present)]) else { return false }
        }
        if let name { guard try name.matches(any: [original.name, present.name]) else { return false } }
        if let group { guard try group.matches(present.kind.group) else { return false } }
        if let version { guard try version.matches(present.kind.version) else { return false } }
        return (labels.requirements.isEmpty || labels.matches(Self.texts(resource.value[path: "metadata", "labels"])))
            && (annotations.requirements.isEmpty
                || annotations.matches(Self.texts(resource.value[path: "metadata", "annotations"])))
    }

    private static func texts(_ value: Value?) -> [String: String] {
        var texts: [String: String] = [:]
        for entry in value?.fields?.entries ?? [] { texts[entry.key.text] = entry.value.scalar?.text }
        return texts
    }
}

/// Label selectors as queries write them: `app=web,tier in (a,b),!old` ("Labels and Selectors").
enum LabelSelectorText {
    static func parse(_ text: String, at origin: Origin) throws(Problem) -> LabelSelector {
        var requirements: [LabelSelector.Requirement] = []
        for part in split(text) {
            guard let requirement = requirement(part) else {
                throw Problem(
                    "\"\(part)\" is no condition on labels", at: origin,
                    hint: "write it as app=web, tier in (a,b) or !old")
            }
            requirements.append(requirement)
        }
        return LabelSelector(requirements)
    }

    /// Splits at commas outside of parentheses.
    private static func split(_ text: String) -> [String] {
        var parts: [String] = []
        var part = ""
        var depth = 0
        for character in text {
            if character == "(" { depth += 1 }
            if character == ")" { depth -= 1 }
            if character == ",", depth == 0 {
                parts.append(trimmed(part))
                part = ""
            } else {
                part.append(character)
            }
        }
        return parts + [trimmed(part)]
    }

    private static func requirement(_ text: String) -> LabelSelector.Requirement? {
        if text.hasPrefix("!") {
            return isKey(trimmed(text.dropFirst())) ? .doesNotExist(trimmed(text.dropFirst())) : nil
        }
        for sign in ["!=", "==", "="] {
            guard let range = text.firstRange(of: sign) else { continue }
            let key = trimmed(text[..<range.lowerBound])
            let value = trimmed(text[range.upperBound...])
            guard isKey(key), isValue(value) else { return nil }
            return sign == "!=" ? .notEquals(key, value) : .equals(key, value)
        }
        let words = text.split(maxSplits: 1, whereSeparator: \.isWhitespace)
        guard let first = words.first, isKey(String(first)) else { return nil }
        if words.count == 1 { return .exists(String(first)) }
        let rest = trimmed(words[1])
        for (word, isIn) in [("notin", false), ("in", true)] where rest.hasPrefix(word) {
            let list = trimmed(rest.dropFirst(word.count))
            guard list.hasPrefix("("), list.hasSuffix(")") else { return nil }
            let values = list.dropFirst().dropLast().split(separator: ",").map { trimmed($0) }
            guard values.allSatisfy(isValue) else { return nil }
            return isIn ? .isIn(String(first), values) : .notIn(String(first), values)
        }
        return nil
    }

    private static func isKey(_ text: String) -> Bool {
        !text.isEmpty && isValue(text.replacing("/", with: "-", maxReplacements: 1))
    }

    private static func isValue(_ text: String) -> Bool {
        text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        let start = text.drop { $0.isWhitespace }
        return String(String(start.reversed()).drop { $0.isWhitespace }.reversed())
    }
}
