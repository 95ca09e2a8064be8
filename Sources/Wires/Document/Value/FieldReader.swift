/// Reads the fields of one mapping of a config file, each once, and refuses what is left over.
///
/// An unknown field is a misspelt one until proven otherwise, and a setting that is silently ignored is worse than an
/// error. So: read every field there may be, then `finish()`.
package struct FieldReader {
    /// What the mapping is, for messages: `environment dev`.
    package var subject: String
    package let origin: Origin
    private let fields: Mapping
    private var known: Set<String> = []

    /// - Throws: `Problem` when the value is no mapping.
    package init(_ value: Value, _ subject: String) throws(Problem) {
        guard let fields = value.fields else {
            throw Problem("\(subject) must be a mapping of fields", at: value.origin)
        }
        self.fields = fields
        self.subject = subject
        origin = value.origin
    }

    /// A field of any kind; nil when it is absent or null.
    package mutating func value(_ key: String) -> Value? {
        known.insert(key)
        guard let value = fields[key], !value.isNull else { return nil }
        return value
    }

    /// A field that must be there.
    package mutating func required(_ key: String) throws(Problem) -> Value {
        if let value = value(key) { return value }
        throw Problem("\(subject) needs the field \"\(key)\"", at: origin)
    }

    package mutating func string(_ key: String) throws(Problem) -> String? {
        guard let value = value(key) else { return nil }
        return try text(of: value, key)
    }

    package mutating func requiredString(_ key: String) throws(Problem) -> String {
        let value = try required(key)
        return try text(of: value, key)
    }

    package mutating func bool(_ key: String) throws(Problem) -> Bool? {
        guard let value = value(key) else { return nil }
        if let flag = value.bool { return flag }
        throw mismatch(value, key, "true or false")
    }

    package mutating func int(_ key: String) throws(Problem) -> Int? {
        guard let value = value(key) else { return nil }
        if let number = value.int { return number }
        throw mismatch(value, key, "a whole number")
    }

    /// The items of a list; none when the field is absent.
    package mutating func items(_ key: String) throws(Problem) -> [Value] {
        guard let value = value(key) else { return [] }
        if let items = value.items { return items }
        throw mismatch(value, key, "a list")
    }

    /// A list of texts, as values, so that each keeps its origin.
    package mutating func texts(_ key: String) throws(Problem) -> [Value] {
        let items = try items(key)
        for item in items where item.string == nil { throw mismatch(item, key, "a list of texts") }
        return items
    }

    /// A mapping of texts, as entries, so that each keeps its origin.
    package mutating func pairs(_ key: String) throws(Problem) -> [Mapping.Entry] {
        guard let value = value(key) else { return [] }
        guard let fields = value.fields else { throw mismatch(value, key, "a mapping of texts") }
        for entry in fields.entries where entry.value.string == nil && !entry.value.isNull {
            throw mismatch(entry.value, "\(key).\(entry.key.text)", "a text; quote it")
        }
        return fields.entries
    }

    /// A mapping with fields of its own.
    package mutating func fields(_ key: String) throws(Problem) -> FieldReader? {
        guard let value = value(key) else { return nil }
        return try FieldReader(value, "\(subject), field \"\(key)\",")
    }

    /// Refuses the fields that nobody asked for.
    package func finish() throws(Problem) {
        for entry in fields.entries where !known.contains(entry.key.text) {
            let name = entry.key.text
            let place = entry.key.origin.isKnown ? entry.key.origin : entry.value.origin
            let nearest = Spelling.nearest(to: name, among: known)
            throw Problem(
                "\(subject) has no field \"\(name)\"", at: place,
                hint: nearest.map { "did you mean \"\($0)\"?" }
                    ?? "it may have: \(known.sorted().joined(separator: ", "))")
        }
    }

    private func text(of value: Value, _ key: String) throws(Problem) -> String {
        if let text = value.string { return text }
        throw mismatch(value, key, value.scalar == nil ? "a text" : "a text; quote it")
    }

    private func mismatch(_ value: Value, _ key: String, _ expected: String) -> Problem {
        Problem(
            "\(subject) needs \"\(key)\" to be \(expected)", at: value.origin,
            hint: "what is written there is \(value.typeName)")
    }
}

/// What somebody may have meant by a misspelt word.
package enum Spelling {
    /// The word that is nearest by insertions, deletions and changes of characters; nil when none is near.
    package static func nearest(to word: String, among words: some Sequence<String>) -> String? {
        let limit = max(1, word.count / 3)
        let distances = words.map { (distance(word.lowercased(), $0.lowercased()), $0) }
        return distances.filter { $0.0 <= limit }.min { $0 < $1 }?.1
    }

    private static func distance(_ left: String, _ right: String) -> Int {
        let left = Array(left.prefix(64))
        let right = Array(right.prefix(64))
        var row = Array(0...right.count)
        for (i, from) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, to) in right.enumerated() {
                let changed = diagonal + (from == to ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(changed, row[j] + 1, diagonal + 1)
            }
        }
        return row[right.count]
    }
}
