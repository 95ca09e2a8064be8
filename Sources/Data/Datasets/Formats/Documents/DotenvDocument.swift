import Document
import Scrub

/// Rewrites `.env` files, whole in memory: `NAME=value` lines by their names; comments are left out.
struct DotenvDocument {
    let rules: DocumentRules
    let name: String

    init(_ plan: DocumentPlan, named name: String) {
        rules = DocumentRules(plan)
        self.name = name
    }

    /// - Returns: the file as it is written, and how many names it has.
    func rewrite(_ bytes: [UInt8]) throws(Problem) -> (bytes: [UInt8], count: Int) {
        var output: [UInt8] = []
        var place = 0
        var line = 1
        var count = 0
        while place < bytes.count {
            let start = place
            let end = bytes[place...].firstIndex(of: 0x0A) ?? bytes.count
            let text = bytes[place..<end]
            let first = text.firstIndex { !SQLLexer.isSpace($0) } ?? end
            place = min(end + 1, bytes.count)
            if first == end {
                output += bytes[start..<place]
            } else if bytes[first] != 0x23 {
                let entry = try entry(bytes, first, line)
                if entry.end > end {
                    place = min((bytes[entry.end...].firstIndex(of: 0x0A) ?? bytes.count - 1) + 1, bytes.count)
                }
                count += 1
                output += try rewritten(entry, line)
            }
            line += bytes[start..<place].count { $0 == 0x0A }
        }
        return (output, count)
    }

    private struct Entry {
        /// `export NAME=`, as it is written.
        var head: ArraySlice<UInt8>
        var key: String
        var value: [UInt8]
        var quote: UInt8?
        /// The place after the value.
        var end: Int
    }

    private func origin(_ line: Int) -> Origin { Origin(SourceFile(name), line: line, column: 1) }

    private func entry(_ bytes: [UInt8], _ first: Int, _ line: Int) throws(Problem) -> Entry {
        var start = first
        if bytes[first...].starts(with: Array("export ".utf8)) { start = first + 7 }
        let end = bytes[first...].firstIndex(of: 0x0A) ?? bytes.count
        guard let equals = bytes[start..<end].firstIndex(of: 0x3D) else {
            throw Problem("a line is neither NAME=value nor a comment", at: origin(line))
        }
        let key = String(decoding: bytes[start..<equals], as: UTF8.self).filter { !$0.isWhitespace }
        let head = bytes[first...equals]
        var place = equals + 1
        while place < end, bytes[place] == 0x20 || bytes[place] == 0x09 { place += 1 }
        guard place < end, bytes[place] == 0x22 || bytes[place] == 0x27 else {
            var last = place
            // ` #` begins a comment after a value without quotes.
            while last < end, !(bytes[last] == 0x23 && last > place && SQLLexer.isSpace(bytes[last - 1])) { last += 1 }
            while last > place, SQLLexer.isSpace(bytes[last - 1]) { last -= 1 }
            return Entry(head: head, key: key, value: Array(bytes[place..<last]), end: end)
        }
        let quote = bytes[place]
        var value: [UInt8] = []
        place += 1
        while place < bytes.count, bytes[place] != quote {
            if bytes[place] == 0x5C, quote == 0x22, place + 1 < bytes.count {
                place += 1
                value.append(bytes[place] == 0x6E ? 0x0A : bytes[place])
            } else {
                value.append(bytes[place])
            }
            place += 1
        }
        guard place < bytes.count else {
            throw Problem("the input is truncated: the quote of \(key) is never closed", at: origin(line))
        }
        return Entry(head: head, key: key, value: value, quote: quote, end: place + 1)
    }

    private func rewritten(_ entry: Entry, _ line: Int) throws(Problem) -> [UInt8] {
        do throws(TransformFailure) {
            let place = try Array(entry.key.utf8).withUnsafeBufferPointer { key throws(TransformFailure) in
                try rules.child(of: rules.root, key)
            }
            switch rules.action(at: place) {
            case .keep: return written(entry, entry.value)
            case .drop: return []
            case .transform(let transform, let replacesNull):
                return written(entry, try Self.transformed(entry, transform, replacesNull, line))
            case .descend where rules.keepsPlain(at: place):
                if let inspector = rules.inspector { _ = try Self.transformed(entry, inspector, true, line) }
                return written(entry, entry.value)
            case .descend, .undecided: break
            }
        } catch {
            throw Problem("\(entry.key): \(error.reason)", at: origin(line))
        }
        throw Problem(
            "\(entry.key) is undecided: no rule reaches it", at: origin(line), hint: "give it a rule, or drop it")
    }

    /// A value without quotes that has no sign is no value, as an empty one is written that a transform took away.
    private static func transformed(
        _ entry: Entry, _ transform: any CellTransform, _ replacesNull: Bool, _ line: Int
    ) throws(TransformFailure) -> [UInt8] {
        let row = RowContext.bare(UInt64(line))
        var output = ByteBuffer()
        if entry.quote == nil, entry.value.isEmpty {
            guard replacesNull, try transform.applyToNull(row: row, into: &output) == .value else { return [] }
            return output.array
        }
        var input = ByteBuffer()
        input.append(contentsOf: entry.value)
        return try transform.apply(input.bytes, row: row, into: &output) == .value ? output.array : []
    }

    private func written(_ entry: Entry, _ value: [UInt8]) -> [UInt8] {
        let isPlain =
            entry.quote == nil
            && value.allSatisfy { SQLLexer.isWord($0) && $0 != 0x24 || "-.:/@+,%=".utf8.contains($0) }
        if isPlain { return Array(entry.head) + value + [0x0A] }
        if entry.quote == 0x27, !value.contains(0x27) { return Array(entry.head) + [0x27] + value + [0x27, 0x0A] }
        var quoted: [UInt8] = [0x22]
        for byte in value {
            switch byte {
            case 0x0A: quoted += Array("\\n".utf8)
            case 0x22, 0x5C, 0x24: quoted += [0x5C, byte]
            default: quoted.append(byte)
            }
        }
        return Array(entry.head) + quoted + [0x22, 0x0A]
    }
}
