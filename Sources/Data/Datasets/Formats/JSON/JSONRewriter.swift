import Scrub

/// Rewrites one JSON value that is whole in memory. What is kept is copied as it is written.
final class JSONRewriter {
    /// Why a value cannot go on.
    struct Refusal: Error {
        var message: String
        var hint = ""
        /// Whether more bytes might mend it.
        var isTruncated = false
    }

    /// The value's number in its stream, for transforms that draw by row.
    var number: UInt64 = 0
    private let rules: DocumentRules
    private var text = ByteBuffer(capacity: 1024)
    private var result = ByteBuffer(capacity: 1024)
    private var key = ByteBuffer(capacity: 64)
    private var path: [String] = []

    private static let deepest = 256

    init(_ rules: DocumentRules) { self.rules = rules }

    var root: DocumentRules.Place { rules.root }

    /// Begins with a value of its own.
    func begin(_ number: UInt64) {
        self.number = number
        path.removeAll(keepingCapacity: true)
    }

    /// Appends what becomes of the value at `start`.
    ///
    /// - Returns: the place after it, and whether it is left out.
    func rewrite(
        _ bytes: UnsafeRawBufferPointer, _ start: Int, at place: DocumentRules.Place, into output: inout ByteBuffer
    ) throws(Refusal) -> (end: Int, isDropped: Bool) {
        guard start < bytes.count else { throw malformed(bytes, start) }
        switch rules.action(at: place) {
        case .keep:
            let end = try skip(bytes, start, depth: path.count)
            output.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
            return (end, false)
        case .drop: return (try skip(bytes, start, depth: path.count), true)
        case .transform(let transform, let replacesNull):
            return (try scalar(bytes, start, transform, replacesNull, &output), false)
        case .descend where bytes[start] == 0x7B || bytes[start] == 0x5B:
            return (try container(bytes, start, place, &output), false)
        case .descend:
            let end = try skip(bytes, start, depth: path.count)
            let body = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
            // Null says nothing of anybody.
            guard rules.keepsPlain(at: place) || JSONText.isNull(body.bindMemory(to: UInt8.self)) else {
                throw Refusal(
                    message: "\(pathText) holds a plain value, and the rules are for what would be below it")
            }
            if let inspector = rules.inspector { return (try scalar(bytes, start, inspector, true, &output), false) }
            output.append(contentsOf: body)
            return (end, false)
        case .undecided: throw undecided(place)
        }
    }

    func undecided(_ place: DocumentRules.Place) -> Refusal {
        let known = place.known
        return Refusal(
            message: "\(pathText) is undecided: no rule reaches it",
            hint: known.isEmpty ? "give it a rule, or drop it" : "rules here: \(known.joined(separator: ", "))")
    }

    /// A mapping or a list of which only what is in it is decided on.
    private func container(
        _ bytes: UnsafeRawBufferPointer, _ start: Int, _ place: DocumentRules.Place, _ output: inout ByteBuffer
    ) throws(Refusal) -> Int {
        guard path.count < Self.deepest else {
            throw Refusal(message: "the document is deeper than \(Self.deepest) levels")
        }
        let isObject = bytes[start] == 0x7B
        let close: UInt8 = isObject ? 0x7D : 0x5D
        output.append(bytes[start])
        var position = start + 1
        let first = JSONText.skipBlanks(bytes, position)
        if first < bytes.count, bytes[first] == close {
            output.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[position...first]))
            return first + 1
        }
        var written = 0
        while true {
            let mark = output.count
            if written > 0 { output.append(0x2C) }
            let (valueStart, child) = try member(bytes, position, isObject, place)
            output.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[position..<valueStart]))
            let (end, isDropped) = try rewrite(bytes, valueStart, at: child, into: &output)
            path.removeLast()
            if isDropped { output.truncate(to: mark) } else { written += 1 }
            let next = JSONText.skipBlanks(bytes, end)
            guard next < bytes.count, bytes[next] == 0x2C || bytes[next] == close else { throw malformed(bytes, next) }
            if !isDropped || bytes[next] == close {
                output.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[end..<next]))
            }
            position = next + 1
            if bytes[next] == close {
                output.append(close)
                return position
            }
        }
    }

    /// Finds where a member's value begins, and its rules; its name joins the path.
    private func member(
        _ bytes: UnsafeRawBufferPointer, _ start: Int, _ isObject: Bool, _ place: DocumentRules.Place
    ) throws(Refusal) -> (start: Int, place: DocumentRules.Place) {
        let first = JSONText.skipBlanks(bytes, start)
        guard isObject else {
            path.append("[*]")
            return (first, rules.item(of: place))
        }
        let end = try endOfKey(bytes, first)
        let child = try child(of: place, bytes, first..<end)
        path.append(Self.name(bytes, first..<end))
        let colon = JSONText.skipBlanks(bytes, end)
        guard colon < bytes.count, bytes[colon] == 0x3A else { throw malformed(bytes, colon) }
        return (JSONText.skipBlanks(bytes, colon + 1), child)
    }

    /// A key in quotes as a path shows it.
    static func name(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> String {
        DocumentRules.shown(UnsafeRawBufferPointer(rebasing: bytes[range].dropFirst().dropLast()))
    }

    private func endOfKey(_ bytes: UnsafeRawBufferPointer, _ start: Int) throws(Refusal) -> Int {
        guard start < bytes.count, bytes[start] == 0x22 else { throw malformed(bytes, start) }
        guard let end = JSONText.endOfText(bytes, start) else { throw malformed(bytes, bytes.count) }
        return end
    }

    /// The rules below a key that stands in its quotes.
    func child(
        of place: DocumentRules.Place, _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>
    ) throws(Refusal) -> DocumentRules.Place {
        let body = UnsafeRawBufferPointer(rebasing: bytes[range].dropFirst().dropLast())
        do throws(TransformFailure) {
            if ByteScan.index(of: 0x5C, in: body) == nil {
                return try rules.child(of: place, body.bindMemory(to: UInt8.self))
            }
            key.removeAll()
            if JSONText.decode(body, into: &key) { return try rules.child(of: place, key.bytes) }
        } catch {
            throw Refusal(message: "a key below \(pathText): \(error.reason)")
        }
        throw malformed(bytes, range.lowerBound)
    }

    func item(of place: DocumentRules.Place) -> DocumentRules.Place { rules.item(of: place) }

    /// Whether only what is below a place is decided on.
    func descends(at place: DocumentRules.Place) -> Bool {
        if case .descend = rules.action(at: place) { true } else { false }
    }

    func isDropped(at place: DocumentRules.Place) -> Bool {
        if case .drop = rules.action(at: place) { true } else { false }
    }

    private func scalar(
        _ bytes: UnsafeRawBufferPointer, _ start: Int, _ transform: any CellTransform, _ replacesNull: Bool,
        _ output: inout ByteBuffer
    ) throws(Refusal) -> Int {
        guard bytes[start] != 0x7B, bytes[start] != 0x5B else {
            throw Refusal(message: "\(pathText) holds a mapping or a list, and its rule is for plain values")
        }
        let end = try skip(bytes, start, depth: path.count)
        let isText = bytes[start] == 0x22
        let body = UnsafeRawBufferPointer(rebasing: bytes[start..<end]).bindMemory(to: UInt8.self)
        let row = RowContext.bare(number)
        result.removeAll()
        var outcome = CellResult.null
        do throws(TransformFailure) {
            if isText {
                text.removeAll()
                let inner = UnsafeRawBufferPointer(rebasing: bytes[(start + 1)..<(end - 1)])
                guard JSONText.decode(inner, into: &text) else { throw TransformFailure("its text has a false escape") }
                outcome = try transform.apply(text.bytes, row: row, into: &result)
            } else if !JSONText.isNull(body) {
                outcome = try transform.apply(body, row: row, into: &result)
            } else if replacesNull {
                outcome = try transform.applyToNull(row: row, into: &result)
            }
        } catch {
            throw Refusal(message: "\(pathText): \(error.reason)")
        }
        switch outcome {
        case .null: output.append(contentsOf: "null")
        case .value where !isText && JSONText.isBare(result.bytes): output.append(contentsOf: result.bytes)
        case .value: JSONText.append(result.bytes, to: &output)
        }
        return end
    }

    // MARK: Ends

    /// The place after the value at the beginning.
    func end(of bytes: UnsafeRawBufferPointer) throws(Refusal) -> Int {
        try skip(bytes, 0, depth: path.count)
    }

    /// The place after the value at `start`, which is looked through.
    private func skip(_ bytes: UnsafeRawBufferPointer, _ start: Int, depth: Int) throws(Refusal) -> Int {
        guard depth < Self.deepest else { throw Refusal(message: "the document is deeper than \(Self.deepest) levels") }
        guard start < bytes.count else { throw malformed(bytes, start) }
        switch bytes[start] {
        case 0x22:
            guard let end = JSONText.endOfText(bytes, start) else { throw malformed(bytes, bytes.count) }
            return end
        case 0x7B, 0x5B: return try skipContainer(bytes, start, depth)
        default:
            let end = JSONText.endOfWord(bytes, start)
            let body = UnsafeRawBufferPointer(rebasing: bytes[start..<end]).bindMemory(to: UInt8.self)
            guard JSONText.isBare(body) || JSONText.isNull(body) else {
                throw malformed(bytes, end == bytes.count ? end : start)
            }
            return end
        }
    }

    private func skipContainer(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ depth: Int) throws(Refusal) -> Int {
        let isObject = bytes[start] == 0x7B
        let close: UInt8 = isObject ? 0x7D : 0x5D
        var place = JSONText.skipBlanks(bytes, start + 1)
        if place < bytes.count, bytes[place] == close { return place + 1 }
        while true {
            if isObject {
                let colon = JSONText.skipBlanks(bytes, try endOfKey(bytes, place))
                guard colon < bytes.count, bytes[colon] == 0x3A else { throw malformed(bytes, colon) }
                place = JSONText.skipBlanks(bytes, colon + 1)
            }
            place = JSONText.skipBlanks(bytes, try skip(bytes, place, depth: depth + 1))
            guard place < bytes.count, bytes[place] == 0x2C || bytes[place] == close else {
                throw malformed(bytes, place)
            }
            place += 1
            if bytes[place - 1] == close { return place }
            place = JSONText.skipBlanks(bytes, place)
        }
    }

    // MARK: Path

    func push(_ part: String) { path.append(part) }
    func pop() { path.removeLast() }

    private var pathText: String {
        var text = ""
        for part in path { text += part == "[*]" || text.isEmpty ? part : "." + part }
        return text.isEmpty ? "the document" : text
    }

    private func malformed(_ bytes: UnsafeRawBufferPointer, _ place: Int) -> Refusal {
        place >= bytes.count
            ? Refusal(message: "the input is truncated: \(pathText) has no end", isTruncated: true)
            : Refusal(message: "what stands at \(pathText) is no JSON")
    }
}
