import Document
import Scrub

/// Rewrites lines of which each is a JSON value, on one lane.
final class JSONLines: RowWork {
    private let rewriter: JSONRewriter
    private let name: String
    /// Values written.
    private(set) var written = 0

    init(_ plan: DocumentPlan, named name: String) {
        rewriter = JSONRewriter(DocumentRules(plan))
        self.name = name
    }

    func rewrite(_ block: Block, into output: inout ByteBuffer) throws {
        let bytes = block.bytes
        var place = 0
        var line = block.firstRow
        while place < bytes.count {
            let end = ByteScan.index(of: 0x0A, in: bytes, from: place) ?? bytes.count
            let row = UnsafeRawBufferPointer(rebasing: bytes[place..<end])
            let start = JSONText.skipBlanks(row, 0)
            if start < row.count { try value(row, start, line, &output) }
            place = end + 1
            line += 1
        }
    }

    private func value(
        _ row: UnsafeRawBufferPointer, _ start: Int, _ line: UInt64, _ output: inout ByteBuffer
    ) throws(Problem) {
        let mark = output.count
        rewriter.number = line
        do throws(JSONRewriter.Refusal) {
            let (end, isDropped) = try rewriter.rewrite(row, start, at: rewriter.root, into: &output)
            guard JSONText.skipBlanks(row, end) == row.count else {
                throw JSONRewriter.Refusal(message: "something follows the line's value")
            }
            if isDropped { return output.truncate(to: mark) }
        } catch {
            let origin = Origin(SourceFile(name), line: Int(clamping: line) + 1, column: 1)
            throw Problem(error.message, at: origin, hint: error.hint)
        }
        output.append(0x0A)
        written += 1
    }
}

/// Lines of JSON on their way. Keys come as they come, so nothing goes out before the last line has been accepted.
final class JSONLinesStream {
    private let window: InputWindow
    private let pool: BlockPool
    private let works: [JSONLines]
    private var planner: any DatasetPlanning
    private var line: UInt64 = 0
    private var isFinished = false

    static let longestLine = 64 << 20

    init(_ window: InputWindow, document: String, planner: any DatasetPlanning, lanes: Int, pool: BlockPool) throws {
        self.window = window
        self.pool = pool
        self.planner = planner
        let plan = try DocumentPlan(document, from: &self.planner)
        works = (0..<lanes).map { _ in JSONLines(plan, named: window.name) }
    }

    func next() throws -> Piece? {
        guard !isFinished else { return nil }
        var outlook = try Outlook(window, longest: Self.longestLine)
        if let last = ByteScan.lastIndex(of: 0x0A, in: outlook.bytes) { return take(last + 1) }
        while !outlook.isAll {
            guard try outlook.widen() else {
                throw Problem("a line is longer than \(Self.longestLine >> 20) MB", at: window.origin())
            }
            // A line longer than a block is one of its own.
            if let first = ByteScan.index(of: 0x0A, in: outlook.bytes) { return take(first + 1) }
        }
        isFinished = true
        do { try planner.finish() } catch { throw error }
        return window.count > 0 ? take(window.count) : nil
    }

    private func take(_ end: Int) -> Piece {
        let block = pool.take()
        block.append(UnsafeRawBufferPointer(rebasing: window.bytes[..<end]))
        block.firstRow = line
        line += UInt64(ByteScan.lines(in: block.bytes))
        window.consume(end)
        return .rows(block, works: works)
    }

    var counts: DatasetCounts {
        var counts = DatasetCounts()
        let written = works.reduce(0) { $0 + $1.written }
        counts.tables = [.init(name: window.name, rowsIn: Int(line), rowsOut: written)]
        counts.bytesIn = window.offset
        return counts
    }
}
