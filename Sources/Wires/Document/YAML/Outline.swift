import CYAML

/// What some paths of a text's first document hold, for those who need no more of it. The whole text is read, so that it
/// is known to be YAML, but no values are built.
package struct Outline: Sendable {
    /// Whether the document is a mapping; else it is null, or there is none.
    package private(set) var isMapping = false
    /// The text at each path that holds a string.
    package private(set) var strings: [String?]

    /// - Parameters:
    ///   - bytes: UTF-8.
    ///   - paths: at most 64 paths of keys.
    ///   - file: what problems call the text.
    /// - Returns: nil where only the values tell: for aliases, merge keys and tags, for a document that is a list or a
    ///   scalar, and where a limit is passed.
    /// - Throws: a `Problem` with line and column for what is no YAML.
    package static func read(
        _ bytes: ArraySlice<UInt8>, paths: [[String]], file: SourceFile, limits: YAML.Limits = .default
    ) throws(Problem) -> Outline? {
        guard bytes.count <= limits.bytes, paths.count <= 64 else { return nil }
        return try bytes.withUnsafeBufferPointer { (text) throws(Problem) -> Outline? in
            guard Text.firstInvalid(text) == nil else { return nil }
            if let plain = PlainBlocks.outline(text, OutlineReader(paths, limits)) { return plain }
            var reader = OutlineReader(paths, limits)
            return try reader.read(try EventStream(text, file: file)) ? reader.outline : nil
        }
    }

    init(count: Int) {
        strings = Array(repeating: nil, count: count)
    }

    mutating func set(_ text: String?, at path: Int) { strings[path] = text }
    mutating func becomesMapping() { isMapping = true }
}

/// One reading of a text's events.
struct OutlineReader {
    /// A collection that is open.
    private struct Level {
        let isMapping: Bool
        /// Whether the next event is a key.
        var wantsKey: Bool
        /// The paths whose keys have led here.
        let paths: UInt64
        /// Those that the last key continues.
        var next: UInt64 = 0
    }

    private let paths: [[String]]
    private let limits: YAML.Limits
    private var levels: [Level] = []
    private var nodes = 0
    /// Whether a document with content has begun.
    private var isBegun = false
    private var isFirst = true
    private(set) var outline: Outline

    init(_ paths: [[String]], _ limits: YAML.Limits) {
        self.paths = paths
        self.limits = limits
        outline = Outline(count: paths.count)
    }

    /// - Returns: whether the outline says it all.
    mutating func read(_ stream: borrowing EventStream) throws(Problem) -> Bool {
        var event = yaml_event_t()
        while true {
            try stream.next(&event)
            defer { yaml_event_delete(&event) }
            nodes += 1
            if nodes > limits.nodes { return false }
            switch event.type {
            case YAML_STREAM_END_EVENT: return true
            case YAML_STREAM_START_EVENT, YAML_DOCUMENT_START_EVENT: continue
            case YAML_DOCUMENT_END_EVENT:
                if isBegun { isFirst = false }
            case YAML_SCALAR_EVENT:
                let data = event.data.scalar
                let isPlain = data.style == YAML_PLAIN_SCALAR_STYLE
                let text = UnsafeBufferPointer(start: data.value, count: data.length)
                guard data.tag == nil, scalar(text, isPlain: isPlain, hasAnchor: data.anchor != nil) else {
                    return false
                }
            case YAML_MAPPING_START_EVENT:
                guard event.data.mapping_start.tag == nil, open(isMapping: true) else { return false }
            case YAML_SEQUENCE_START_EVENT:
                guard event.data.sequence_start.tag == nil, open(isMapping: false) else { return false }
            case YAML_MAPPING_END_EVENT, YAML_SEQUENCE_END_EVENT:
                close()
            default: return false
            }
        }
    }

    /// Whether the next value is asked for.
    var wantsValue: Bool { levels.last.map { $0.next != 0 } ?? false }

    /// A value that is left out.
    mutating func isNull() -> Bool {
        scalar(UnsafeBufferPointer(start: nil, count: 0), isPlain: true, hasAnchor: false)
    }

    /// The innermost collection ends.
    mutating func close() {
        levels.removeLast()
        closeValue()
    }

    /// - Returns: whether a collection may begin here.
    mutating func open(isMapping: Bool) -> Bool {
        guard levels.count < limits.depth else { return false }
        guard let above = levels.last else {
            isBegun = true
            if isFirst, isMapping { outline.becomesMapping() }
            let all = paths.count == 64 ? UInt64.max : (1 << UInt64(paths.count)) - 1
            levels.append(Level(isMapping: isMapping, wantsKey: isMapping, paths: isFirst ? all : 0))
            return isMapping || !isFirst
        }
        if above.isMapping, above.wantsKey { return false }
        levels.append(Level(isMapping: isMapping, wantsKey: isMapping, paths: isMapping ? above.next : 0))
        return true
    }

    private mutating func closeValue() {
        guard !levels.isEmpty else { return }
        if levels[levels.count - 1].isMapping { levels[levels.count - 1].wantsKey = true }
    }

    /// - Returns: whether the scalar means what it seems to.
    mutating func scalar(_ text: UnsafeBufferPointer<UInt8>, isPlain: Bool, hasAnchor: Bool) -> Bool {
        guard let level = levels.last else {
            if isPlain, text.isEmpty, !hasAnchor { return true }
            isBegun = true
            return !isFirst || isPlain && Resolver.kind(of: text, legacyBooleans: false) == .null
        }
        guard level.isMapping, level.wantsKey else {
            if level.next != 0 { found(level.next, text, isPlain) }
            closeValue()
            return true
        }
        if isPlain, text.count == 2, text[0] == UInt8(ascii: "<"), text[1] == UInt8(ascii: "<") { return false }
        levels[levels.count - 1].wantsKey = false
        levels[levels.count - 1].next = level.paths == 0 ? 0 : continued(level.paths, by: text)
        return true
    }

    /// The paths that go on with a key. What an earlier key of the same name held counts no more.
    private mutating func continued(_ open: UInt64, by key: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var result: UInt64 = 0
        for index in paths.indices where open & (1 << UInt64(index)) != 0 {
            guard paths[index].count >= levels.count, paths[index][levels.count - 1].utf8.elementsEqual(key) else {
                continue
            }
            result |= 1 << UInt64(index)
            outline.set(nil, at: index)
        }
        return result
    }

    private mutating func found(_ open: UInt64, _ text: UnsafeBufferPointer<UInt8>, _ isPlain: Bool) {
        let kind = isPlain ? Resolver.kind(of: text, legacyBooleans: false) : .string
        guard kind == .string || kind == .timestamp else { return }
        for index in paths.indices where open & (1 << UInt64(index)) != 0 && paths[index].count == levels.count {
            outline.set(String(decoding: text, as: UTF8.self), at: index)
        }
    }
}
