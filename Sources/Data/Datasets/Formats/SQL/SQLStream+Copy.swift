import Document
import Scrub

extension SQLStream {
    /// Begins to read the rows of a COPY, whose statement has been consumed.
    func begin(_ copy: CopyStatement, _ statement: SQLStatement, _ origin: Origin) throws {
        let end = try extent("COPY") { SQLLexer.endOfLine($0, 0, isAll: false) }
        let rest = window.bytes[..<end]
        guard rest.allSatisfy(SQLLexer.isSpace) else {
            throw Problem("something follows COPY on its line", at: window.origin())
        }
        window.consume(end)
        let table = try table(copy.table, columns: copy.columns, at: origin)
        let columns = try places(of: copy.columns, in: table, isCopy: true, at: origin)
        flushHeld()
        var hand = RowsInHand(
            table: table, works: [], isCopy: true, isKept: table.isKept, isSkipped: table.hasNoRows)
        if !hand.isKept, !hand.isSkipped {
            hand.works = (0..<lanes).map { CopyRows(table, columns: columns, lane: $0) }
        }
        if !hand.isSkipped {
            text.append(header(copy, statement, columns, table))
            text.append(";\n")
        }
        flushText()
        rows = hand
    }

    /// Reads some rows, or the line that ends them.
    func copyRows(_ hand: RowsInHand) throws {
        let (block, isLast) = try CopyReader(window: window, pool: pool, longestRow: longestRow).next(hand)
        if let block { ready.append(hand.isKept ? .verbatim(block) : .rows(block, works: hand.works)) }
        guard isLast else { return }
        let end = SQLLexer.endOfLine(window.bytes, 0, isAll: true) ?? window.count
        if !hand.isSkipped { text.append(UnsafeRawBufferPointer(rebasing: window.bytes[..<end])) }
        window.consume(end)
        rows = nil
    }
}

/// Cuts the rows of a COPY into blocks.
struct CopyReader {
    let window: InputWindow
    let pool: BlockPool
    let longestRow: Int

    /// The next rows, none where they are left out, and whether the line after them ends them.
    func next(_ hand: RowsInHand) throws -> (block: Block?, isLast: Bool) {
        var outlook = try Outlook(window, longest: longestRow)
        var limit = window.blockSize
        while true {
            let (end, count, isLast) = rowsAhead(outlook.bytes, limit: limit)
            if end > 0 || isLast { return (take(end, count, hand), isLast) }
            guard !outlook.isAll else {
                throw Problem(
                    "the input is truncated: the rows of \(hand.table.schema.name) have no end", at: window.origin(),
                    hint: "dump again; nothing of this one can be trusted")
            }
            guard try outlook.widen() else {
                throw Problem(
                    "a row of \(hand.table.schema.name) is longer than \(longestRow >> 20) MB",
                    at: window.origin(), hint: "allow more with --longest-row, or leave the rows of the table out")
            }
            // A row longer than a block is one of its own.
            limit = 1
        }
    }

    /// How far whole rows reach, up to a limit, how many they are, and whether the line after them ends them.
    private func rowsAhead(_ bytes: UnsafeRawBufferPointer, limit: Int) -> (end: Int, count: Int, isLast: Bool) {
        var place = 0
        var count = 0
        while place < limit {
            guard let newline = ByteScan.index(of: 0x0A, in: bytes, from: place) else { break }
            if bytes[place] == 0x5C, newline - place <= 3, newline - place >= 2, bytes[place + 1] == 0x2E,
                newline - place == 2 || bytes[place + 2] == 0x0D
            {
                return (place, count, true)
            }
            count += 1
            place = newline + 1
        }
        return (place, count, false)
    }

    private func take(_ end: Int, _ count: Int, _ hand: RowsInHand) -> Block? {
        defer {
            hand.table.rows += UInt64(count)
            window.consume(end)
        }
        guard end > 0, !hand.isSkipped else { return nil }
        let block = pool.take()
        block.append(UnsafeRawBufferPointer(rebasing: window.bytes[..<end]))
        block.firstRow = hand.table.rows
        if hand.isKept { hand.table.count(count, lane: hand.table.parserLane) }
        return block
    }
}
