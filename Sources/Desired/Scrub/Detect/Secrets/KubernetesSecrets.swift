/// The values of Kubernetes Secrets in a text, whatever the order of their keys, in YAML and JSON, alone or in lists.
///
/// It parses nothing: manifests come as templates, cut, and inside other texts.
struct KubernetesSecrets {
    private static let longest = 1 << 20
    let text: [UInt8]

    /// One value under `data` or `stringData`.
    struct Entry {
        var name: Range<Int>
        /// Without quotes; of a block scalar its lines.
        var value: Range<Int>
        var isEncoded: Bool
        var isBlock: Bool
    }

    /// The entries of the Secret whose `kind` key is at `kind`; empty where it is the kind of something else.
    ///
    /// - Parameter looked: grows by the bytes that were looked at.
    func entries(kindAt kind: Range<Int>, looked: inout Int) -> [Entry] {
        var place = kind.upperBound
        while text.at(place).isQuote || text.at(place) == 0x5C { place += 1 }
        while text.at(place).isBlank { place += 1 }
        guard text.at(place) == 0x3A else { return [] }
        place += 1
        while text.at(place).isBlank || text.at(place).isQuote || text.at(place) == 0x5C { place += 1 }
        guard text.has("Secret", at: place), !text.at(place + 6).isWord else { return [] }
        let line = text.lineStart(of: kind.lowerBound)
        let isBlock = text[line..<kind.lowerBound].allSatisfy { $0.isBlank || $0 == 0x2D }
        if isBlock { return blockEntries(line, column: kind.lowerBound - line, looked: &looked) }
        guard let open = enclosingBrace(of: kind.lowerBound) else {
            looked += Swift.min(kind.lowerBound, Self.longest)
            return []
        }
        return flowEntries(open, looked: &looked)
    }

    // MARK: Block style

    private func blockEntries(_ kindLine: Int, column: Int, looked: inout Int) -> [Entry] {
        var start = kindLine
        // The first line of this mapping: up to one that is less indented, or a document's start.
        while start > 0, kindLine - start < Self.longest {
            if startsItem(start, column) { break }
            let previous = text.lineStart(of: start - 1)
            guard belongs(previous, column) || startsItem(previous, column) else { break }
            start = previous
        }
        var entries: [Entry] = []
        var line = start
        while line < text.count, line - start < Self.longest, line <= kindLine || belongs(line, column) {
            if let section = sectionKey(line, column) {
                entries += sectionEntries(section, line: line, column: column)
            }
            line = text.lineEnd(from: line) + 1
        }
        looked += line - start
        return entries
    }

    /// Whether the line at `line` goes on with a mapping at `column`, or is within it.
    private func belongs(_ line: Int, _ column: Int) -> Bool {
        if text.has("---", at: line) || text.has("...", at: line) { return false }
        var place = line
        while text.at(place).isBlank { place += 1 }
        if place >= text.count || text[place].isLineEnd || text[place] == 0x23 || text[place] == 0x7B { return true }
        let indent = place - line
        return indent >= column && (text.at(place) != 0x2D || indent > column || column == 0)
    }

    /// Whether the mapping at `column` starts on the line at `line`, as an item of a list.
    private func startsItem(_ line: Int, _ column: Int) -> Bool {
        column >= 2 && text.at(line + column - 2) == 0x2D && text.at(line + column - 1) == 0x20
            && text[line..<Swift.min(text.count, line + column - 2)].allSatisfy { $0.isBlank }
    }

    private struct Section {
        var afterColon: Int
        var isEncoded: Bool
    }

    private func sectionKey(_ line: Int, _ column: Int) -> Section? {
        var place = line + column
        guard place < text.count, text[line..<place].allSatisfy({ $0.isBlank || $0 == 0x2D }) else { return nil }
        if text[place].isQuote { place += 1 }
        let isString = text.has("stringData", at: place)
        guard isString || text.has("data", at: place) else { return nil }
        place += isString ? 10 : 4
        if text.at(place).isQuote { place += 1 }
        guard text.at(place) == 0x3A else { return nil }
        return Section(afterColon: place + 1, isEncoded: !isString)
    }

    private func sectionEntries(_ section: Section, line: Int, column: Int) -> [Entry] {
        var place = section.afterColon
        while text.at(place).isBlank { place += 1 }
        if text.at(place) == 0x7B { return pairs(inBraceAt: place, isEncoded: section.isEncoded) }
        var entries: [Entry] = []
        var next = text.lineEnd(from: line) + 1
        var inner: Int?
        while next < text.count {
            var key = next
            while text.at(key).isBlank { key += 1 }
            let end = text.lineEnd(from: next)
            if key >= end || text[key] == 0x23 || text[key] == 0x7B {
                next = end + 1
                continue
            }
            let indent = key - next
            guard indent > column, inner == nil || indent >= inner ?? 0 else { break }
            inner = inner ?? indent
            let (entry, after) = blockEntry(key, indent: indent, isEncoded: section.isEncoded)
            if let entry { entries.append(entry) }
            next = after
        }
        return entries
    }

    private func blockEntry(_ key: Int, indent: Int, isEncoded: Bool) -> (Entry?, next: Int) {
        let lineEnd = text.lineEnd(from: key)
        let after = endOfDeeperLines(from: lineEnd + 1, than: indent)
        guard let colon = colon(from: key, to: lineEnd) else { return (nil, after) }
        var name = key..<colon
        if text[key].isQuote { name = key + 1..<Swift.max(key + 1, colon - 1) }
        var start = colon + 1
        while text.at(start).isBlank { start += 1 }
        let first = text.at(start)
        if first == 0x7C || first == 0x3E {
            let value = text.trimmed(lineEnd..<Swift.max(lineEnd, after))
            return (Entry(name: name, value: value, isEncoded: isEncoded, isBlock: true), after)
        }
        var value = text.trimmed(Swift.min(start, lineEnd)..<Swift.max(lineEnd, after))
        if let quote = value.first.map({ text[$0] }), quote.isQuote {
            let close = text.index(of: quote, from: value.lowerBound + 1, to: value.upperBound) ?? value.upperBound
            value = value.lowerBound + 1..<close
        } else if let comment = self.comment(in: value) {
            value = text.trimmed(value.lowerBound..<comment)
        }
        return (Entry(name: name, value: value, isEncoded: isEncoded, isBlock: false), after)
    }

    private func colon(from key: Int, to end: Int) -> Int? {
        var place = key
        if text[key].isQuote { place = (text.index(of: text[key], from: key + 1, to: end) ?? end) }
        while let colon = text.index(of: 0x3A, from: place, to: end) {
            if colon + 1 >= end || text[colon + 1].isSpace || text[colon + 1].isQuote { return colon }
            place = colon + 1
        }
        return nil
    }

    private func comment(in value: Range<Int>) -> Int? {
        var place = value.lowerBound
        while let hash = text.index(of: 0x23, from: place, to: value.upperBound) {
            if hash == value.lowerBound || text[hash - 1].isBlank { return hash }
            place = hash + 1
        }
        return nil
    }

    private func endOfDeeperLines(from start: Int, than indent: Int) -> Int {
        var line = start
        var end = start
        while line < text.count, line - start < Self.longest {
            var place = line
            while text.at(place).isBlank { place += 1 }
            let lineEnd = text.lineEnd(from: line)
            if place < lineEnd, place - line <= indent { break }
            if place < lineEnd { end = lineEnd + 1 }
            line = lineEnd + 1
        }
        return Swift.min(end, text.count)
    }

    // MARK: Flow style and JSON

    private func enclosingBrace(of place: Int) -> Int? {
        var depth = 0
        var byte = place - 1
        let least = Swift.max(0, place - Self.longest)
        while byte >= least {
            switch text[byte] {
            case 0x7D: depth += 1
            case 0x7B:
                if depth == 0 { return text.at(byte + 1) == 0x7B || text.at(byte - 1) == 0x7B ? nil : byte }
                depth -= 1
            default: break
            }
            byte -= 1
        }
        return nil
    }

    private func flowEntries(_ open: Int, looked: inout Int) -> [Entry] {
        var entries: [Entry] = []
        looked += forEachPair(inBraceAt: open) { name, value in
            let isString = text[name].elementsEqual("stringData".utf8)
            guard isString || text[name].elementsEqual("data".utf8), text.at(value.lowerBound) == 0x7B else { return }
            entries += pairs(inBraceAt: value.lowerBound, isEncoded: !isString)
        }
        return entries
    }

    private func pairs(inBraceAt open: Int, isEncoded: Bool) -> [Entry] {
        var entries: [Entry] = []
        _ = forEachPair(inBraceAt: open) { name, value in
            entries.append(Entry(name: name, value: value, isEncoded: isEncoded, isBlock: false))
        }
        return entries
    }

    /// Each key with its value, of the mapping that opens at `open`; a nested mapping's range starts at its brace.
    ///
    /// - Returns: how many bytes were looked at.
    private func forEachPair(inBraceAt open: Int, _ body: (Range<Int>, Range<Int>) -> Void) -> Int {
        let limit = Swift.min(text.count, open + Self.longest)
        var place = open + 1
        while place < limit {
            while place < limit, text[place].isSpace || text[place] == 0x2C || text[place] == 0x5C { place += 1 }
            guard place < limit, text[place] != 0x7D else { break }
            let name = item(at: place, limit, isKey: true)
            place = name.next
            while place < limit, text[place].isSpace { place += 1 }
            guard text.at(place) == 0x3A else { break }
            place += 1
            while place < limit, text[place].isSpace { place += 1 }
            let value = item(at: place, limit, isKey: false)
            body(name.range, value.range)
            guard value.next > place else { break }
            place = value.next
        }
        return place - open
    }

    private func item(at start: Int, _ limit: Int, isKey: Bool) -> (range: Range<Int>, next: Int) {
        let escaped = text.at(start) == 0x5C
        let open = escaped ? start + 1 : start
        let first = text.at(open)
        if first == 0x22 || first == 0x27 {
            var end = open + 1
            while end < limit, text[end] != first {
                if text[end] == 0x5C, !(escaped && text.at(end + 1) == first) { end += 1 }
                if escaped, text.at(end) == 0x5C, text.at(end + 1) == first { return (open + 1..<end, end + 2) }
                end += 1
            }
            return (open + 1..<Swift.max(open + 1, Swift.min(end, limit)), end + 1)
        }
        if first == 0x7B || first == 0x5B { return (start..<closing(start, limit), closing(start, limit)) }
        var end = start
        while end < limit, text[end] != 0x2C, text[end] != 0x7D, !text[end].isLineEnd, !(isKey && text[end] == 0x3A) {
            end += 1
        }
        return (text.trimmed(start..<end), end)
    }

    private func closing(_ open: Int, _ limit: Int) -> Int {
        var depth = 0
        var place = open
        while place < limit {
            if text[place] == 0x7B || text[place] == 0x5B { depth += 1 }
            if text[place] == 0x7D || text[place] == 0x5D {
                depth -= 1
                if depth == 0 { return place + 1 }
            }
            place += 1
        }
        return limit
    }
}
