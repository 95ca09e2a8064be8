import CYAML

/// Builds values from libyaml's events.
struct Composer {
    /// An anchored value and what repeating it costs.
    private struct Anchor {
        var value: Value
        var nodes: Int
    }

    private let text: UnsafeBufferPointer<UInt8>
    private let file: SourceFile
    private let limits: YAML.Limits
    private let repeatedKeys: YAML.RepeatedKeys
    private var event = yaml_event_t()
    /// nil while the anchor's own value is still being read.
    private var anchors: [String: Anchor?] = [:]
    private var nodes = 0
    private var depth = 0

    init(text: UnsafeBufferPointer<UInt8>, file: SourceFile, limits: YAML.Limits, repeatedKeys: YAML.RepeatedKeys) {
        self.text = text
        self.file = file
        self.limits = limits
        self.repeatedKeys = repeatedKeys
    }

    /// Reads the whole stream.
    mutating func documents() throws(Problem) -> [Value] {
        let stream = try EventStream(text, file: file)
        var documents: [Value] = []
        defer { yaml_event_delete(&event) }
        while true {
            try advance(stream)
            switch event.type {
            case YAML_STREAM_END_EVENT: return documents
            case YAML_STREAM_START_EVENT, YAML_DOCUMENT_END_EVENT: continue
            case YAML_DOCUMENT_START_EVENT:
                anchors.removeAll(keepingCapacity: true)
                try advance(stream)
                let isEmpty =
                    event.type == YAML_SCALAR_EVENT && event.data.scalar.length == 0
                    && event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE && event.data.scalar.anchor == nil
                let value = try value(stream)
                if !isEmpty { documents.append(value) }
            default:
                throw Problem("the YAML cannot be read", at: origin)
            }
        }
    }

    private mutating func advance(_ stream: borrowing EventStream) throws(Problem) {
        yaml_event_delete(&event)
        try stream.next(&event)
    }

    private var origin: Origin {
        Origin(file, line: Int(event.start_mark.line) + 1, column: Int(event.start_mark.column) + 1)
    }

    private mutating func count(_ added: Int, at origin: Origin) throws(Problem) {
        nodes += added
        guard nodes <= limits.nodes else {
            throw Problem(
                "the file has more than \(limits.nodes) values, those that its aliases repeat included", at: origin,
                hint: "split it, or write out fewer aliases")
        }
    }

    /// The value that begins with the current event.
    private mutating func value(_ stream: borrowing EventStream) throws(Problem) -> Value {
        try count(1, at: origin)
        switch event.type {
        case YAML_SCALAR_EVENT: return try scalar()
        case YAML_SEQUENCE_START_EVENT: return try sequence(stream)
        case YAML_MAPPING_START_EVENT: return try mapping(stream)
        case YAML_ALIAS_EVENT: return try alias()
        default: throw Problem("the YAML cannot be read: a value is missing", at: origin)
        }
    }

    private func name(_ bytes: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        bytes.map { String(cString: $0) }
    }

    private mutating func scalar() throws(Problem) -> Value {
        let origin = origin
        let anchor = name(event.data.scalar.anchor)
        let scalar = try readScalar(at: origin)
        let value = Value(.scalar(scalar), origin: origin)
        if let anchor { anchors[anchor] = .some(Anchor(value: value, nodes: 1)) }
        return value
    }

    /// The current scalar event's text, kind and style.
    private mutating func readScalar(at origin: Origin) throws(Problem) -> Scalar {
        let data = event.data.scalar
        let text = String(decoding: UnsafeBufferPointer(start: data.value, count: data.length), as: UTF8.self)
        let style = Scalar.Style(data.style)
        if let tag = name(data.tag), tag != "!" {
            return Scalar(text, try Resolver.kind(of: text, tag: tag, at: origin), style: style)
        }
        let isPlain = style == .plain
        return Scalar(text, isPlain ? Resolver.kind(of: text) : .string, style: style)
    }

    private mutating func alias() throws(Problem) -> Value {
        let name = name(event.data.alias.anchor) ?? ""
        switch anchors[name] {
        case .none:
            // Its name is not told: a password that begins with an asterisk, and stands without quotes, is read as one.
            throw Problem(
                "the alias has no anchor above it", at: origin,
                hint: "define it above with &, or put quotes around a text that begins with an asterisk")
        case .some(.none):
            throw Problem("the anchor &\(name) contains itself", at: origin, hint: "write out what is meant here")
        case .some(.some(let anchor)):
            try count(anchor.nodes - 1, at: origin)
            return anchor.value
        }
    }

    private mutating func enter(_ anchor: String?, at origin: Origin) throws(Problem) {
        depth += 1
        guard depth <= limits.depth else {
            throw Problem(
                "values are nested deeper than \(limits.depth) levels", at: origin, hint: "write it with fewer levels")
        }
        if let anchor { anchors.updateValue(nil, forKey: anchor) }
    }

    private mutating func leave(_ anchor: String?, _ value: Value, nodesBefore: Int) {
        depth -= 1
        if let anchor { anchors[anchor] = .some(Anchor(value: value, nodes: nodes - nodesBefore + 1)) }
    }

    private mutating func sequence(_ stream: borrowing EventStream) throws(Problem) -> Value {
        let origin = origin
        let anchor = name(event.data.sequence_start.anchor)
        let isFlow = event.data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE
        let before = nodes
        try enter(anchor, at: origin)
        var items: [Value] = []
        while true {
            try advance(stream)
            if event.type == YAML_SEQUENCE_END_EVENT { break }
            items.append(try value(stream))
        }
        let value = Value(.sequence(items), origin: origin, trivia: isFlow ? Trivia(isFlow: true) : nil)
        leave(anchor, value, nodesBefore: before)
        return value
    }

    private mutating func mapping(_ stream: borrowing EventStream) throws(Problem) -> Value {
        let origin = origin
        let anchor = name(event.data.mapping_start.anchor)
        let isFlow = event.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE
        let before = nodes
        try enter(anchor, at: origin)
        var builder = MappingBuilder(repeatedKeys: repeatedKeys)
        while true {
            try advance(stream)
            if event.type == YAML_MAPPING_END_EVENT { break }
            let key = try key()
            let isMerge = key.style == .plain && key.text.utf8.count == 2 && key.text == "<<"
            try advance(stream)
            let value = try value(stream)
            try isMerge ? builder.merge(value, at: key.origin) : builder.add(key, value)
        }
        let value = Value(.mapping(builder.finish()), origin: origin, trivia: isFlow ? Trivia(isFlow: true) : nil)
        leave(anchor, value, nodesBefore: before)
        return value
    }

    /// The key that the current event is: a scalar, or an alias of one.
    private mutating func key() throws(Problem) -> Mapping.Key {
        try count(1, at: origin)
        let origin = origin
        switch event.type {
        case YAML_SCALAR_EVENT:
            let anchor = name(event.data.scalar.anchor)
            let scalar = try readScalar(at: origin)
            if let anchor {
                anchors[anchor] = .some(Anchor(value: Value(.scalar(scalar), origin: origin), nodes: 1))
            }
            return Mapping.Key(scalar.text, kind: scalar.kind, style: scalar.style, origin: origin)
        case YAML_ALIAS_EVENT:
            if let scalar = try alias().scalar {
                return Mapping.Key(scalar.text, kind: scalar.kind, style: scalar.style, origin: origin)
            }
        default: break
        }
        throw Problem(
            "a key is a mapping or a list", at: origin,
            hint: "keys are plain names; a template such as {{ name }} wants quotes")
    }
}

extension Scalar.Style {
    init(_ style: yaml_scalar_style_t) {
        switch style {
        case YAML_PLAIN_SCALAR_STYLE: self = .plain
        case YAML_SINGLE_QUOTED_SCALAR_STYLE: self = .singleQuoted
        case YAML_DOUBLE_QUOTED_SCALAR_STYLE: self = .doubleQuoted
        case YAML_LITERAL_SCALAR_STYLE: self = .literal
        case YAML_FOLDED_SCALAR_STYLE: self = .folded
        default: self = .any
        }
    }
}
