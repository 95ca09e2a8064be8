/// Cells of tables in a text, each with the name of its column: CSV, `COPY … FROM stdin`, `INSERT INTO … VALUES`.
struct Tables {
    private static let mostColumns = 500
    let text: [UInt8]

    /// The rows of a CSV or TSV text whose first line names the columns; none where it has no such line.
    ///
    /// - Parameter wanted: which of the columns matter; none ends the reading at once.
    func separated(
        wanted: ([Range<Int>]) -> [Bool], _ body: (_ column: Int, _ cell: Range<Int>) -> Void
    ) {
        let headEnd = text.lineEnd(from: 0)
        guard headEnd > 2, headEnd < Swift.min(text.count, 8192) else { return }
        guard let separator = [UInt8(0x2C), 0x09, 0x3B, 0x7C].first(where: { text[..<headEnd].contains($0) }) else {
            return
        }
        var names: [Range<Int>] = []
        cells(0..<headEnd, separator, into: &names)
        guard (2...Self.mostColumns).contains(names.count), names.allSatisfy(isName) else { return }
        let matters = wanted(names)
        guard matters.contains(true) else { return }
        var row: [Range<Int>] = []
        var line = headEnd + 1
        while line < text.count {
            let end = text.lineEnd(from: line)
            cells(line..<end, separator, into: &row)
            if row.count == names.count {
                for column in row.indices where matters[column] { body(column, row[column]) }
            }
            line = end + 1
        }
    }

    private func isName(_ range: Range<Int>) -> Bool {
        guard !range.isEmpty, range.count <= 64, text[range.lowerBound].isLetter || text[range.lowerBound] >= 0x80
        else { return false }
        return text[range].allSatisfy { $0.isWord || $0 == 0x2D || $0 == 0x20 || $0 == 0x2E || $0 >= 0x80 }
    }

    private func cells(_ line: Range<Int>, _ separator: UInt8, into cells: inout [Range<Int>]) {
        cells.removeAll(keepingCapacity: true)
        var place = line.lowerBound
        let end =
            line.upperBound > line.lowerBound && text[line.upperBound - 1] == 0x0D
            ? line.upperBound - 1 : line.upperBound
        while place <= end {
            if place < end, text[place] == 0x22 {
                var close = place + 1
                while close < end, text[close] != 0x22 || text.at(close + 1) == 0x22 {
                    close += text[close] == 0x22 ? 2 : 1
                }
                let stop = Swift.min(close, end)
                cells.append(place + 1..<Swift.max(place + 1, stop))
                place = Swift.min(stop + 1, end)
            } else {
                let stop = text.index(of: separator, from: place, to: end) ?? end
                cells.append(place..<stop)
                place = stop
            }
            if place >= end { break }
            place += 1
        }
    }

    /// The rows of the `COPY table (columns) FROM stdin;` at `start`.
    ///
    /// - Returns: the end of the rows; `start` where there are none.
    func copy(
        at start: Int, wanted: ([Range<Int>]) -> [Bool], _ body: (_ column: Int, _ cell: Range<Int>) -> Void
    ) -> Int {
        let headEnd = text.nearLineEnd(from: start)
        guard text.contains("from stdin", in: start..<headEnd),
            let open = text.index(of: 0x28, from: start, to: headEnd),
            let close = text.index(of: 0x29, from: open, to: headEnd)
        else { return start }
        let matters = wanted(list(open + 1..<close))
        let last = matters.lastIndex(of: true) ?? -1
        var line = headEnd + 1
        while line < text.count, !text.has("\\.", at: line) {
            let end = text.lineEnd(from: line)
            var cell = line
            var column = 0
            while column <= last {
                let stop = text.index(of: 0x09, from: cell, to: end) ?? end
                if matters[column] { body(column, cell..<stop) }
                guard stop < end else { break }
                cell = stop + 1
                column += 1
            }
            line = end + 1
        }
        return line
    }

    /// The rows of the `INSERT INTO table (columns) VALUES (…), (…);` at `start`.
    ///
    /// - Parameters:
    ///   - wanted: which of the columns matter; none ends the reading at once.
    ///   - rows: is told where each row begins, with which number it is.
    /// - Returns: the rows; empty where there are none.
    func insert(
        at start: Int, wanted: ([Range<Int>]) -> [Bool], _ rows: (_ number: Int, _ start: Int) -> Void,
        cells body: (_ column: Int, _ cell: Range<Int>) -> Void
    ) -> Range<Int> {
        let limit = Swift.min(text.count, start + 4096)
        guard let open = text.index(of: 0x28, from: start, to: limit),
            let close = text.index(of: 0x29, from: open, to: limit)
        else { return start..<start }
        let names = list(open + 1..<close)
        var place = close + 1
        while text.at(place).isSpace { place += 1 }
        guard text.at(place) | 0x20 == 0x76, text.contains("values", in: place..<Swift.min(text.count, place + 6))
        else { return start..<start }
        place += 6
        let matters = wanted(names)
        guard matters.contains(true) else { return start..<start }
        let first = place
        var number = 0
        while true {
            while text.at(place).isSpace || text.at(place) == 0x2C { place += 1 }
            guard text.at(place) == 0x28 else { return first..<place }
            rows(number, place)
            number += 1
            place = row(from: place + 1, matters, body)
        }
    }

    /// Names between commas, without quotes and blanks.
    private func list(_ range: Range<Int>) -> [Range<Int>] {
        var names: [Range<Int>] = []
        var place = range.lowerBound
        while place < range.upperBound, names.count < Self.mostColumns {
            let stop = text.index(of: 0x2C, from: place, to: range.upperBound) ?? range.upperBound
            var name = text.trimmed(place..<stop)
            if name.count >= 2, text[name.lowerBound].isQuote { name = name.lowerBound + 1..<name.upperBound - 1 }
            names.append(name)
            place = stop + 1
        }
        return names
    }

    /// - Returns: the place after the row's closing parenthesis.
    private func row(from start: Int, _ matters: [Bool], _ body: (Int, Range<Int>) -> Void) -> Int {
        var place = start
        var column = 0
        while place < text.count {
            while text.at(place).isSpace || text.at(place) == 0x2C { place += 1 }
            guard place < text.count, text[place] != 0x29 else { return place + 1 }
            let begin: Int
            var end: Int
            if text[place] == 0x27 {
                begin = place + 1
                end = begin
                while end < text.count, text[end] != 0x27 || text.at(end + 1) == 0x27 {
                    end += text[end] == 0x27 || text[end] == 0x5C ? 2 : 1
                }
                end = Swift.min(end, text.count)
                place = end + 1
            } else {
                begin = place
                while place < text.count, text[place] != 0x2C, text[place] != 0x29 { place += 1 }
                end = place
            }
            if column < matters.count, matters[column] { body(column, begin..<end) }
            column += 1
        }
        return place
    }
}
