import Document

/// One thing that a schema does not allow, by its path.
struct SchemaFinding {
    /// A step towards a value.
    enum Step {
        case key(String)
        case item(Int)
    }

    var path: [Step]
    /// What is wrong there; it never tells the value.
    var message: String
    /// Where the value is written, or what it should have stood in.
    var origin: Origin?

    /// The path as people write it: `image.tag`, `ports[0].name`.
    var place: String {
        var text = ""
        for step in path {
            switch step {
            case .key(let key) where key.contains { $0 == "." || $0 == "[" || $0 == " " } || key.isEmpty:
                text += "[\"\(key)\"]"
            case .key(let key): text += text.isEmpty ? key : ".\(key)"
            case .item(let index): text += "[\(index)]"
            }
        }
        return text.isEmpty ? "(root)" : text
    }
}

/// What checking a value against one schema gave: the findings, and which of its parts some keyword has looked at.
struct SchemaOutcome {
    var findings: [SchemaFinding] = []
    /// For `unevaluatedProperties`.
    var keys: Set<String> = []
    /// For `unevaluatedItems`.
    var items: Set<Int> = []

    var isFine: Bool { findings.isEmpty }

    /// Takes over what another schema found, and looked at if it allows the value.
    mutating func merge(_ other: SchemaOutcome) {
        findings += other.findings
        note(other)
    }

    mutating func note(_ other: SchemaOutcome) {
        guard other.isFine else { return }
        keys.formUnion(other.keys)
        items.formUnion(other.items)
    }
}
