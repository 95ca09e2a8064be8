import Document
import Scrub

extension SQLStream {
    /// Begins to read an INSERT's rows, if one comes next.
    ///
    /// - Returns: false, with nothing consumed, where something else comes.
    func insert() throws -> Bool {
        let isInsert = SQLLexer.isWord(window.bytes, 0, "insert")
        guard isInsert || (dialect == .mysql && SQLLexer.isWord(window.bytes, 0, "replace")) else { return false }
        let origin = window.origin()
        while true {
            switch InsertHead.read(window.bytes, lexer: lexer) {
            case .other: return false
            case .incomplete:
                guard try window.more() else {
                    throw Problem("the input is truncated: INSERT has no end", at: origin)
                }
            case .head(let head):
                let bytes = Array(window.bytes[..<head.count])
                if !held.isEmpty {
                    try plan(upTo: head.table)
                    flushHeld()
                }
                let hand = try knownRows[bytes] ?? hand(for: head, bytes, origin)
                knownRows[bytes] = hand
                window.consume(head.count)
                if !hand.isSkipped, !hand.hasOwnStatements { text.append(bytes) }
                // The rows' blocks come after what stands before them, whoever writes their statements.
                flushText()
                rows = hand
                return true
            }
        }
    }

    private func hand(for head: InsertHead, _ bytes: [UInt8], _ origin: Origin) throws -> RowsInHand {
        let table = try table(head.table, columns: head.columns, at: origin)
        let columns = try places(of: head.columns, in: table, isCopy: false, at: origin)
        flushHeld()
        var hand = RowsInHand(
            table: table, works: [], isCopy: false, head: bytes, isKept: table.isKept, isSkipped: table.hasNoRows)
        guard !hand.isKept, !hand.isSkipped else { return hand }
        let kept = columns.filter { column in
            switch table.plan.columns[column] {
            case .keep, .transform: true
            case .drop, .generated: false
            }
        }
        hand.hasOwnStatements = kept.count < columns.count || table.plan.rows != nil
        let ownHead = hand.hasOwnStatements ? self.head(head, bytes, kept, table, of: columns.count) : nil
        let lexer = lexer
        hand.works = (0..<lanes).map { lane in
            TupleRows(
                table, columns: columns, lane: lane, lexer: lexer, repeated: bytes, head: ownHead,
                tail: Array(";\n".utf8))
        }
        return hand
    }

    /// The head with only those columns that go out.
    private func head(
        _ head: InsertHead, _ bytes: [UInt8], _ kept: [Int], _ table: TableStream, of count: Int
    ) -> [UInt8] {
        guard kept.count < count else { return bytes + [0x20] }
        let names = kept.map { place -> String in
            let name = table.schema.columns[place].name
            guard dialect == .mysql else { return TableName(name).quoted }
            return "`" + name.replacingAll("`", with: "``") + "`"
        }
        let list = Array(" (\(names.joined(separator: ", ")))".utf8)
        return bytes[..<head.columnsRange.lowerBound] + list + bytes[head.columnsRange.upperBound...] + [0x20]
    }

    /// Reads some rows of an INSERT, and of those that follow it with the same head.
    func tuples(_ hand: RowsInHand) throws {
        let scan = TupleScan(lexer: lexer, head: hand.head)
        var outlook = try Outlook(window, longest: longestRow)
        var limit = window.blockSize
        while true {
            var ahead = TupleScan.Ahead()
            switch scan.scan(outlook.bytes, limit: limit, isAll: outlook.isAll, &ahead) {
            case .malformed:
                throw Problem(
                    "what follows a row of \(hand.table.schema.name) is neither a row nor the statement's end",
                    at: window.origin(at: ahead.end))
            case .rows: return take(ahead, hand, isLast: false)
            case .last: return take(ahead, hand, isLast: true)
            case .incomplete where outlook.isAll:
                throw Problem(
                    "the input is truncated: the rows of \(hand.table.schema.name) have no end",
                    at: window.origin(), hint: "dump again; nothing of this one can be trusted")
            case .incomplete where ahead.rows > 0: return take(ahead, hand, isLast: false)
            case .incomplete:
                guard try outlook.widen() else {
                    throw Problem(
                        "a row of \(hand.table.schema.name) is longer than \(longestRow >> 20) MB",
                        at: window.origin(), hint: "allow more with --longest-row, or leave the rows of the table out")
                }
                // A row longer than a block is one of its own.
                limit = 1
            }
        }
    }

    private func take(_ ahead: TupleScan.Ahead, _ hand: RowsInHand, isLast: Bool) {
        if !hand.isSkipped {
            let block = pool.take()
            block.append(UnsafeRawBufferPointer(rebasing: window.bytes[..<ahead.end]))
            block.firstRow = hand.table.rows
            if hand.isKept { hand.table.count(ahead.rows, lane: hand.table.parserLane) }
            ready.append(hand.isKept ? .verbatim(block) : .rows(block, works: hand.works))
        }
        hand.table.rows += UInt64(ahead.rows)
        window.consume(ahead.end)
        if isLast { rows = nil }
    }
}

/// Finds whole rows of INSERTs that have the same head.
struct TupleScan {
    let lexer: SQLLexer
    let head: [UInt8]

    /// How far rows reach.
    struct Ahead {
        var rows = 0
        /// The place after the last one, and after what ends its statement where it is the last.
        var end = 0
    }

    enum Outcome {
        /// The limit is reached, or only a part of the next row is there.
        case rows
        /// The last one's statement has ended, and no other with the same head follows.
        case last
        case incomplete
        case malformed
    }

    func scan(_ bytes: UnsafeRawBufferPointer, limit: Int, isAll: Bool, _ ahead: inout Ahead) -> Outcome {
        var place = 0
        let gap = TupleGap(lexer: lexer, head: head)
        while place < limit {
            switch gap.find(bytes, place, isAll: isAll) {
            case .incomplete: return .incomplete
            case .malformed:
                ahead.end = place
                return .malformed
            case .end(let end):
                ahead.end = end
                return .last
            case .row(let start):
                guard let end = endOfTuple(bytes, start) else { return .incomplete }
                place = end
                ahead.rows += 1
                ahead.end = end
            }
        }
        return .rows
    }

    /// The place after the parenthesis that closes the one at `start`.
    @inline(__always)
    private func endOfTuple(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Int? {
        var place = start + 1
        var depth = 1
        while place < bytes.count {
            let byte = bytes[place]
            switch byte {
            case 0x28:
                depth += 1
                place += 1
            case 0x29:
                depth -= 1
                place += 1
                if depth == 0 { return place }
            case 0x27:
                guard
                    let next = lexer.endOfQuoted(
                        bytes, place, backslashes: lexer.escapes(bytes, place, after: start))
                else { return nil }
                place = next
            case 0x22, 0x23, 0x24, 0x2D, 0x2F, 0x60:
                if byte == 0x2F, let inner = lexer.startOfVersioned(bytes, place) {
                    place = inner
                    continue
                }
                guard let next = lexer.skip(bytes, place, after: start) else { return nil }
                place = next
            default: place += 1
            }
        }
        return nil
    }
}

/// What stands between two rows: a comma, or the end of a statement and the head of one alike.
struct TupleGap {
    let lexer: SQLLexer
    let head: [UInt8]

    enum Next {
        /// A row begins here.
        case row(Int)
        /// The statement ends before this place, and another does not follow.
        case end(Int)
        case incomplete
        case malformed
    }

    @inline(__always)
    func find(_ bytes: UnsafeRawBufferPointer, _ start: Int, isAll: Bool) -> Next {
        let reader = TupleReader(lexer: lexer)
        guard var place = reader.skipBlanks(bytes, start), place < bytes.count else { return .incomplete }
        if bytes[place] == 0x2C {
            guard let next = reader.skipBlanks(bytes, place + 1), next < bytes.count else { return .incomplete }
            place = next
        }
        if bytes[place] == 0x28 { return .row(place) }
        return statementEnd(bytes, place, isAll: isAll)
    }

    private func statementEnd(_ bytes: UnsafeRawBufferPointer, _ start: Int, isAll: Bool) -> Next {
        let reader = TupleReader(lexer: lexer)
        var place = start
        if lexer.dialect == .postgres, SQLLexer.isWord(bytes, place, "on") {
            for word: StaticString in ["on", "conflict", "do", "nothing"] {
                guard place + word.utf8CodeUnitCount < bytes.count else { return isAll ? .malformed : .incomplete }
                guard SQLLexer.isWord(bytes, place, word) else { return .malformed }
                guard let next = reader.skipBlanks(bytes, place + word.utf8CodeUnitCount) else { return .incomplete }
                place = next
            }
        }
        guard place < bytes.count else { return .incomplete }
        // One byte tells neither a word nor a comment.
        guard bytes[place] == 0x3B else { return isAll || place + 1 < bytes.count ? .malformed : .incomplete }
        let end = place + 1
        place = end
        while place < bytes.count, SQLLexer.isSpace(bytes[place]) { place += 1 }
        guard place + head.count < bytes.count else { return isAll ? .end(end) : .incomplete }
        guard UnsafeRawBufferPointer(rebasing: bytes[place..<place + head.count]).elementsEqual(head) else {
            return .end(end)
        }
        guard let row = reader.skipBlanks(bytes, place + head.count), row < bytes.count else { return .incomplete }
        return bytes[row] == 0x28 ? .row(row) : .malformed
    }
}
