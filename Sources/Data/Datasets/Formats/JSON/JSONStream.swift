import Document
import Scrub

/// A JSON document of any size on its way: what fits into memory is rewritten whole, and what does not is walked into.
final class JSONStream {
    /// A mapping or list that has been walked into.
    private struct Frame {
        var place: DocumentRules.Place
        var isObject: Bool
        var written = 0
    }

    private let window: InputWindow
    private let rewriter: JSONRewriter
    private var planner: any DatasetPlanning
    private var frames: [Frame] = []
    private var output = ByteBuffer(capacity: 1 << 20)
    private let sink: (UnsafeRawBufferPointer) throws -> Void
    private var values = 0

    /// How long a key may be, and a plain value.
    private static let longestKey = 2 << 20
    private static let longest = 64 << 20

    init(
        _ window: InputWindow, document: String, planner: any DatasetPlanning,
        sink: @escaping (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        self.window = window
        self.planner = planner
        self.sink = sink
        rewriter = JSONRewriter(DocumentRules(try DocumentPlan(document, from: &self.planner)))
    }

    func run() throws -> DatasetCounts {
        try window.require(3)
        if window.bytes.starts(with: [0xEF, 0xBB, 0xBF]) { window.consume(3) }
        try blanks()
        if window.count == 0 { throw Problem("the input is truncated: there is no document", at: window.origin()) }
        if try !value(rewriter.root) { throw Problem("the whole document is left out", at: window.origin()) }
        while !frames.isEmpty { try member() }
        try blanks()
        guard window.count == 0 else { throw Problem("something follows the document", at: window.origin()) }
        do { try planner.finish() } catch { throw error }
        try flush()
        var counts = DatasetCounts()
        counts.tables = [.init(name: window.name, rowsIn: values, rowsOut: values)]
        counts.bytesIn = window.offset
        return counts
    }

    /// Reads a value, or walks into it.
    ///
    /// - Returns: false when it is left out.
    private func value(_ place: DocumentRules.Place) throws -> Bool {
        values += 1
        // What is no longer than two blocks is rewritten whole.
        var outlook = try Outlook(window, wanted: 2 * window.blockSize, longest: Self.longest)
        while true {
            // Transforms count and draw, so that none is given a value before all of it is there.
            if try isWhole(outlook) { return try rewrite(at: place) }
            if window.bytes[0] == 0x7B || window.bytes[0] == 0x5B, rewriter.descends(at: place) {
                frames.append(Frame(place: place, isObject: window.bytes[0] == 0x7B))
                output.append(window.bytes[0])
                window.consume(1)
                return true
            }
            guard try outlook.widen() else {
                throw Problem("a value is longer than \(Self.longest >> 20) MB", at: window.origin())
            }
        }
    }

    /// Whether a look shows the whole value at its beginning.
    private func isWhole(_ outlook: Outlook) throws -> Bool {
        do throws(JSONRewriter.Refusal) {
            let end = try rewriter.end(of: outlook.bytes)
            // A number that ends where the look does may go on.
            return end < outlook.bytes.count || outlook.isAll
        } catch {
            guard error.isTruncated, !outlook.isAll else { throw problem(error) }
            return false
        }
    }

    private func rewrite(at place: DocumentRules.Place) throws -> Bool {
        let mark = output.count
        rewriter.number = UInt64(values)
        do throws(JSONRewriter.Refusal) {
            let (end, isDropped) = try rewriter.rewrite(window.bytes, 0, at: place, into: &output)
            window.consume(end)
            if isDropped { output.truncate(to: mark) }
            return !isDropped
        } catch { throw problem(error) }
    }

    /// Reads the next member of what was walked into, or its end.
    private func member() throws {
        let depth = frames.count - 1
        let close: UInt8 = frames[depth].isObject ? 0x7D : 0x5D
        try blanks()
        guard window.count > 0 else { throw truncated() }
        if window.bytes[0] == close { return try end(depth, close) }
        let mark = output.count
        if frames[depth].written > 0 || isAfterDropped {
            guard window.bytes[0] == 0x2C else { throw Problem("a comma is missing", at: window.origin()) }
            window.consume(1)
            if frames[depth].written > 0 { output.append(0x2C) }
            try blanks()
        }
        isAfterDropped = false
        let child = try key(frames[depth])
        let isWritten = try value(child)
        if frames.count == depth + 1 { rewriter.pop() }
        if isWritten { frames[depth].written += 1 } else { output.truncate(to: mark) }
        isAfterDropped = !isWritten
        try flushIfFull()
    }

    /// Whether the last member was left out, so that a comma comes though none was written.
    private var isAfterDropped = false

    private func end(_ depth: Int, _ close: UInt8) throws {
        output.append(close)
        window.consume(1)
        frames.removeLast()
        isAfterDropped = false
        if depth > 0 { rewriter.pop() }
    }

    /// Reads a member's name, and gives the rules of its value.
    private func key(_ frame: Frame) throws -> DocumentRules.Place {
        guard frame.isObject else {
            rewriter.push("[*]")
            return rewriter.item(of: frame.place)
        }
        var end: Int?
        while end == nil {
            guard window.count > 0, window.bytes[0] == 0x22 else {
                throw window.count == 0 ? truncated() : Problem("a key is missing", at: window.origin())
            }
            end = JSONText.endOfText(window.bytes, 0)
            guard (end ?? window.count) <= Self.longestKey else {
                throw Problem("a key is longer than 2 MB", at: window.origin())
            }
            if try end == nil && !window.more() { throw truncated() }
        }
        let range = 0..<(end ?? 0)
        let child: DocumentRules.Place
        do throws(JSONRewriter.Refusal) {
            child = try rewriter.child(of: frame.place, window.bytes, range)
        } catch { throw problem(error) }
        rewriter.push(JSONRewriter.name(window.bytes, range))
        output.append(contentsOf: UnsafeRawBufferPointer(rebasing: window.bytes[range]))
        window.consume(range.upperBound)
        try blanks()
        guard window.count > 0 else { throw truncated() }
        guard window.bytes[0] == 0x3A else { throw Problem("a colon is missing", at: window.origin()) }
        output.append(0x3A)
        window.consume(1)
        try blanks()
        return child
    }

    private func blanks() throws {
        while true {
            let end = JSONText.skipBlanks(window.bytes, 0)
            output.append(contentsOf: UnsafeRawBufferPointer(rebasing: window.bytes[..<end]))
            window.consume(end)
            if window.count > 0 { return }
            if try !window.more() { return }
        }
    }

    private func flushIfFull() throws {
        if output.count > 1 << 20 { try flush() }
    }

    private func flush() throws {
        try sink(UnsafeRawBufferPointer(output.bytes))
        output.removeAll()
    }

    private func problem(_ refusal: JSONRewriter.Refusal) -> Problem {
        Problem(refusal.message, at: window.origin(), hint: refusal.hint)
    }

    private func truncated() -> Problem {
        Problem("the input is truncated: the document has no end", at: window.origin())
    }
}
