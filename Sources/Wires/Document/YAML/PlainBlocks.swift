/// Reads the form of YAML that manifests nearly always have: blocks of plain keys, with values on one line or as literals.
///
/// libyaml takes most of a rendering's time where nothing but an outline is asked for. What is beyond this form, be it
/// right or wrong, is left to libyaml; what is read here, libyaml reads the same way.
struct PlainBlocks {
    /// A block that is open.
    private struct Level {
        let column: Int
        let isMapping: Bool
        /// Whether the value of the last key or dash is still to come.
        var isPending = false
        /// Whether the last key's value is a sequence whose dashes stand in the key's own column.
        var holdsDashes = false
    }

    private let text: UnsafeBufferPointer<UInt8>
    private var reader: OutlineReader
    private var levels: [Level] = []
    private var offset = 0
    private static let mostDashes = 16
    private static let longestKey = 1000
    private static let deepest = 100

    /// - Parameter text: UTF-8.
    /// - Returns: nil for what has another form.
    static func outline(_ text: UnsafeBufferPointer<UInt8>, _ reader: OutlineReader) -> Outline? {
        guard Characters.arePlain(text) else { return nil }
        var blocks = PlainBlocks(text: text, reader: reader)
        while blocks.offset < text.count { guard blocks.line() else { return nil } }
        guard blocks.close(to: -1) else { return nil }
        return blocks.reader.outline
    }

    private init(text: UnsafeBufferPointer<UInt8>, reader: OutlineReader) {
        self.text = text
        self.reader = reader
    }

    // MARK: Lines

    private func lineEnd(_ start: Int) -> Int {
        var index = start
        while index < text.count, text[index] != 0x0A { index += 1 }
        return index
    }

    private func skipSpaces(_ start: Int, _ end: Int) -> Int {
        var index = start
        while index < end, text[index] == 0x20 { index += 1 }
        return index
    }

    /// Reads a line, and the lines of a literal that begins in it.
    private mutating func line() -> Bool {
        let end = lineEnd(offset)
        let start = offset
        let first = skipSpaces(start, end)
        offset = end + 1
        if first == end || text[first] == UInt8(ascii: "#") { return true }
        let column = first - start
        if column == 0, end - first >= 3, isMarker(first) { return false }
        return entry(first, column, end, dashes: 0)
    }

    /// Whether a line begins with `---` or `...`.
    private func isMarker(_ start: Int) -> Bool {
        let first = text[start]
        return (first == UInt8(ascii: "-") || first == UInt8(ascii: ".")) && text[start + 1] == first
            && text[start + 2] == first
    }

    /// Whether nothing but spaces and a comment is left of a line.
    private func isOver(_ start: Int, _ end: Int) -> Bool {
        let index = skipSpaces(start, end)
        return index == end || index > start && text[index] == UInt8(ascii: "#")
    }

    // MARK: Blocks

    /// Reads a dash, a key or a value, and what stands behind it on its line.
    private mutating func entry(_ start: Int, _ column: Int, _ end: Int, dashes: Int) -> Bool {
        if text[start] == UInt8(ascii: "-"), start + 1 == end || text[start + 1] == 0x20 {
            return dash(start, column, end, dashes: dashes)
        }
        guard let found = key(start, end) else { return false }
        if let (name, after) = found { return add(key: name, column) && value(behind: after, end) }
        // A value by itself is one only behind a dash; elsewhere it may go on with the line above.
        guard dashes > 0 else { return false }
        return value(start, end)
    }

    private mutating func dash(_ start: Int, _ column: Int, _ end: Int, dashes: Int) -> Bool {
        guard dashes < Self.mostDashes, close(to: column), let top = levels.last else { return false }
        let last = levels.count - 1
        if top.column == column, top.isMapping {
            if top.holdsDashes {
                if top.isPending, !reader.isNull() { return false }
            } else {
                guard top.isPending, reader.open(isMapping: false) else { return false }
                levels[last].holdsDashes = true
            }
        } else if top.column == column {
            if top.isPending, !reader.isNull() { return false }
        } else {
            guard top.isPending, open(isMapping: false, column) else { return false }
        }
        levels[levels.count - 1].isPending = true
        let next = skipSpaces(start + 1, end)
        if isOver(start + 1, end) { return true }
        return entry(next, column + next - start, end, dashes: dashes + 1)
    }

    private mutating func open(isMapping: Bool, _ column: Int) -> Bool {
        guard levels.count < Self.deepest, reader.open(isMapping: isMapping) else { return false }
        if !levels.isEmpty { levels[levels.count - 1].isPending = false }
        levels.append(Level(column: column, isMapping: isMapping))
        return true
    }

    private mutating func add(key: UnsafeBufferPointer<UInt8>, _ column: Int) -> Bool {
        let isRoot = levels.isEmpty
        guard close(to: column) else { return false }
        if let top = levels.last, top.column == column {
            guard top.isMapping, closeValue() else { return false }
        } else if let top = levels.last {
            guard top.isPending, open(isMapping: true, column) else { return false }
        } else {
            guard isRoot, open(isMapping: true, column) else { return false }
        }
        levels[levels.count - 1].isPending = true
        return reader.scalar(key, isPlain: true, hasAnchor: false)
    }

    /// Ends what the last key or dash of the innermost block holds.
    private mutating func closeValue() -> Bool {
        let last = levels.count - 1
        if levels[last].isPending, !reader.isNull() { return false }
        levels[last].isPending = false
        if levels[last].holdsDashes { reader.close() }
        levels[last].holdsDashes = false
        return true
    }

    /// Ends the blocks that are further in than a column.
    private mutating func close(to column: Int) -> Bool {
        while let top = levels.last, top.column > column {
            guard closeValue() else { return false }
            levels.removeLast()
            reader.close()
        }
        return true
    }

    // MARK: Keys

    /// The name of a key and where its value may begin.
    ///
    /// - Returns: nil where the form ends; `.some(nil)` where no key stands.
    private func key(_ start: Int, _ end: Int) -> (UnsafeBufferPointer<UInt8>, Int)?? {
        let first = text[start]
        if first == UInt8(ascii: "\"") || first == UInt8(ascii: "'") {
            guard let (close, isEscaped) = quoteEnd(start, end) else { return nil }
            guard close + 1 < end, text[close + 1] == UInt8(ascii: ":") else { return .some(nil) }
            guard !isEscaped, close + 2 == end || text[close + 2] == 0x20, close - start < Self.longestKey else {
                return nil
            }
            return (UnsafeBufferPointer(rebasing: text[start + 1..<close]), close + 2)
        }
        guard Self.beginsKey(first) else { return .some(nil) }
        var index = start
        while index < end {
            let byte = text[index]
            if byte == UInt8(ascii: ":"), index + 1 == end || text[index + 1] == 0x20 {
                guard index - start < Self.longestKey else { return nil }
                return (UnsafeBufferPointer(rebasing: text[start..<index]), index + 1)
            }
            guard Self.beginsKey(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ":") else {
                return .some(nil)
            }
            index += 1
        }
        return .some(nil)
    }

    private static func beginsKey(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "/"):
            true
        default: false
        }
    }

    /// Where a quoted text ends, and whether anything in it stands for something else; nil where it does not end on its
    /// line, or has a rare escape.
    private func quoteEnd(_ start: Int, _ end: Int) -> (end: Int, isEscaped: Bool)? {
        let quote = text[start]
        var index = start + 1
        var isEscaped = false
        while index < end {
            let byte = text[index]
            if byte == quote {
                guard quote == UInt8(ascii: "'"), index + 1 < end, text[index + 1] == quote else {
                    return (index, isEscaped)
                }
                isEscaped = true
                index += 1
            } else if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
                guard index + 1 < end else { return nil }
                switch text[index + 1] {
                case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
                    break
                default: return nil
                }
                isEscaped = true
                index += 1
            }
            index += 1
        }
        return nil
    }

    // MARK: Values

    /// Reads the value behind a key's colon, if it is on the same line.
    private mutating func value(behind start: Int, _ end: Int) -> Bool {
        isOver(start, end) || value(skipSpaces(start, end), end)
    }

    private mutating func value(_ start: Int, _ end: Int) -> Bool {
        guard let top = levels.last, top.isPending else { return false }
        levels[levels.count - 1].isPending = false
        switch text[start] {
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            guard let (close, isEscaped) = quoteEnd(start, end), isOver(close + 1, end) else { return false }
            guard !isEscaped || !reader.wantsValue else { return false }
            return scalar(start + 1, close, isPlain: false)
        case UInt8(ascii: "|"), UInt8(ascii: ">"): return literal(start, end, above: top.column)
        case UInt8(ascii: "["): return list(start, end)
        case UInt8(ascii: "{"):
            let close = skipSpaces(start + 1, end)
            guard close < end, text[close] == UInt8(ascii: "}"), isOver(close + 1, end),
                reader.open(isMapping: true)
            else { return false }
            reader.close()
            return true
        default: return plain(start, end)
        }
    }

    private mutating func scalar(_ start: Int, _ end: Int, isPlain: Bool) -> Bool {
        reader.scalar(UnsafeBufferPointer(rebasing: text[start..<end]), isPlain: isPlain, hasAnchor: false)
    }

    private mutating func plain(_ start: Int, _ end: Int) -> Bool {
        switch text[start] {
        case UInt8(ascii: "-"): guard start + 1 < end, text[start + 1] != 0x20 else { return false }
        case UInt8(ascii: "?"), UInt8(ascii: ":"), UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"),
            UInt8(ascii: "#"), UInt8(ascii: "&"), UInt8(ascii: "*"), UInt8(ascii: "!"), UInt8(ascii: "%"),
            UInt8(ascii: "@"), UInt8(ascii: "`"):
            return false
        default: break
        }
        var index = start
        var last = start
        while index < end {
            let byte = text[index]
            if byte == UInt8(ascii: ":"), index + 1 == end || text[index + 1] == 0x20 { return false }
            if byte == UInt8(ascii: "#"), text[index - 1] == 0x20 { break }
            if byte == 0x09 { return false }
            index += 1
            if byte != 0x20 { last = index }
        }
        return scalar(start, last, isPlain: true)
    }

    /// `[a, "b"]` with plain words and quoted texts.
    private mutating func list(_ start: Int, _ end: Int) -> Bool {
        guard reader.open(isMapping: false) else { return false }
        var index = skipSpaces(start + 1, end)
        if index < end, text[index] == UInt8(ascii: "]") {
            reader.close()
            return isOver(index + 1, end)
        }
        while index < end {
            var next = index
            if text[index] == UInt8(ascii: "\"") || text[index] == UInt8(ascii: "'") {
                guard let (close, _) = quoteEnd(index, end), scalar(index + 1, close, isPlain: false) else {
                    return false
                }
                next = close + 1
            } else {
                guard Self.beginsKey(text[index]) else { return false }
                while next < end, Self.beginsKey(text[next]) || text[next] == UInt8(ascii: "-") { next += 1 }
                guard scalar(index, next, isPlain: true) else { return false }
            }
            next = skipSpaces(next, end)
            guard next < end else { return false }
            if text[next] == UInt8(ascii: "]") {
                reader.close()
                return isOver(next + 1, end)
            }
            guard text[next] == UInt8(ascii: ",") else { return false }
            index = skipSpaces(next + 1, end)
        }
        return false
    }

    /// A literal or folded text, whose lines follow.
    private mutating func literal(_ start: Int, _ end: Int, above column: Int) -> Bool {
        var index = start + 1
        if index < end, text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+") { index += 1 }
        guard skipSpaces(index, end) == end, !reader.wantsValue else { return false }
        var indent: Int?
        var longestBlank = 0
        while offset < text.count {
            let end = lineEnd(offset)
            let first = skipSpaces(offset, end)
            let spaces = first - offset
            if first == end {
                if indent == nil { longestBlank = max(longestBlank, spaces) }
            } else {
                // A tab where spaces count is refused.
                if text[first] == 0x09, spaces < indent ?? .max { return false }
                if spaces <= (indent.map { $0 - 1 } ?? column) { break }
                if indent == nil, longestBlank > spaces { return false }
                indent = indent ?? spaces
            }
            offset = end + 1
        }
        return scalar(start, start, isPlain: false)
    }
}

extension Characters {
    /// Whether a text in UTF-8 has only characters that YAML takes as they are, and no line breaks but line feeds. Tabs are
    /// for the caller to look at.
    static func arePlain(_ text: Bytes) -> Bool {
        var index = 0
        while index < text.count {
            let byte = text[index]
            if byte >= 0x20 && byte < 0x7F || byte == 0x0A || byte == 0x09 {
                index += 1
                continue
            }
            guard byte >= 0x80, isPrintable(text, index), breakLength(text, index) == 0 else { return false }
            index += length(byte)
        }
        return true
    }
}
