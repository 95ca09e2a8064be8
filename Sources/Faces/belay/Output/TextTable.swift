/// Rows in columns, as kubectl prints them: headings in capitals, three spaces between, none at the end.
struct TextTable {
    var headings: [String]
    var rows: [[String]] = []

    var text: String {
        let all = [headings] + rows
        let widths = headings.indices.map { column in all.map { width($0[column]) }.max() ?? 0 }
        return all.map { row in
            let cells = row.indices.map { column in
                column == row.count - 1 ? row[column] : padded(row[column], widths[column])
            }
            return cells.joined(separator: "   ") + "\n"
        }.joined()
    }

    private func padded(_ cell: String, _ width: Int) -> String {
        cell + String(repeating: " ", count: max(0, width - self.width(cell)))
    }

    /// Characters on the screen: colours take none.
    private func width(_ cell: String) -> Int {
        var count = 0
        var inEscape = false
        for character in cell {
            if character == "\u{1b}" { inEscape = true }
            if !inEscape { count += 1 }
            if inEscape, character == "m" { inEscape = false }
        }
        return count
    }
}
