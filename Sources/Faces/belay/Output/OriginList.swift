import Document

/// Every scalar of some manifests with its place, for programs: `belay render --origins -o json`.
///
/// A list with one entry a line: the object, the field as a JSON pointer (RFC 6901), the value unless it is a Secret's,
/// `origin` (what set it last; null when no file did), `chain` (what that replaced or was made with, the last one first)
/// and `synthesised`: `whole` for what was made while rendering, `part` for names with a hash.
struct OriginList {
    let objects: [Value]

    /// Fields of Secrets that hold what is secret.
    static let secretFields: Set<String> = ["data", "stringData"]

    static func isSecret(_ object: Value) -> Bool { object["kind"]?.scalar?.text == "Secret" }

    var text: String {
        var lines: [String] = []
        for (index, object) in objects.enumerated() {
            let head = Self.head(of: object, index)
            collect(object, "", isSecret: false, head, Self.isSecret(object), into: &lines)
        }
        return "[\n" + lines.joined(separator: ",\n") + "\n]\n"
    }

    private static func head(of object: Value, _ index: Int) -> Value {
        var head: Value = ["index": .int(index)]
        for (key, path) in [
            ("apiVersion", ["apiVersion"]), ("kind", ["kind"]), ("namespace", ["metadata", "namespace"]),
            ("name", ["metadata", "name"]),
        ] {
            if let text = object[path: path]?.scalar?.text { head[key] = .string(text) }
        }
        return head
    }

    private func collect(
        _ value: Value, _ pointer: String, isSecret: Bool, _ head: Value, _ isSecretObject: Bool,
        into lines: inout [String]
    ) {
        switch value.content {
        case .scalar: lines.append(JSON.text(entry(value, pointer, isSecret: isSecret, head)))
        case .sequence(let items):
            for (index, item) in items.enumerated() {
                collect(item, "\(pointer)/\(index)", isSecret: isSecret, head, isSecretObject, into: &lines)
            }
        case .mapping(let mapping):
            for entry in mapping.entries {
                let token = entry.key.text.replacing("~", with: "~0").replacing("/", with: "~1")
                let hides = isSecret || isSecretObject && pointer.isEmpty && Self.secretFields.contains(entry.key.text)
                collect(entry.value, "\(pointer)/\(token)", isSecret: hides, head, isSecretObject, into: &lines)
            }
        }
    }

    private func entry(_ value: Value, _ pointer: String, isSecret: Bool, _ head: Value) -> Value {
        var entry: Value = ["object": head, "field": .string(pointer)]
        if isSecret {
            entry["secret"] = true
        } else {
            var bare = value
            bare.trivia = nil
            entry["value"] = bare
        }
        entry["origin"] = value.origin.isKnown ? Self.json(value.place) : .null
        let chain = value.trivia?.replaced.filter(\.origin.isKnown) ?? []
        entry["chain"] = .sequence(chain.map(Self.json))
        switch value.trivia?.synthesis ?? .none {
        case .none: break
        case .part: entry["synthesised"] = "part"
        case .whole: entry["synthesised"] = "whole"
        }
        return entry
    }

    private static func json(_ place: Place) -> Value {
        var result: Value = [
            "file": .string(place.origin.file.path), "line": .int(place.origin.line),
            "column": .int(place.origin.column),
        ]
        if let lines = place.lines { result["lines"] = [.int(lines.lowerBound), .int(lines.upperBound)] }
        return result
    }
}
