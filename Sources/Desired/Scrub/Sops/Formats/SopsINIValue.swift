/// A value of an INI file: its text is told from its quotes as go-ini tells them, SOPS's parser, and is written so that it
/// is told alike.
struct SopsINIValue {
    /// The bytes of the text.
    let text: Range<Int>
    /// All the bytes that write it: with three quotes or a backtick it may go on for lines.
    let range: Range<Int>
    /// Whether it begins with quotes that may go on for lines, which neither its line nor one below closes.
    let isOpen: Bool

    private static let quotes: [[UInt8]] = [Array("\"\"\"".utf8), [0x60], [0x22], [0x27]]

    /// - Parameter place: what stands behind the `=` on its line, without blanks around it.
    init(_ bytes: [UInt8], at place: Range<Int>) {
        var isOpen = false
        for quote in Self.quotes where bytes[place].starts(with: quote) {
            let start = place.lowerBound + quote.count
            let isLong = quote.count == 3 || quote == [0x60]
            let end: Int?
            if isLong {
                end = Self.lastEnd(of: quote, in: bytes, from: start, &isOpen)
            } else {
                end = Self.find(quote, in: bytes[..<place.upperBound], from: start)
            }
            // With more behind it the quotes are part of the value, and it is no shorter than its line.
            guard let end, Self.isEnded(bytes, end + quote.count) else { continue }
            text = start..<end
            range = place.lowerBound..<(end + quote.count)
            self.isOpen = false
            return
        }
        var end = place.lowerBound
        while end < place.upperBound {
            let isMark = bytes[end] == UInt8(ascii: "#") || bytes[end] == UInt8(ascii: ";")
            if isMark, end > place.lowerBound, bytes[end - 1] <= 0x20 { break }
            end += 1
        }
        text = Self.trimmed(place.lowerBound..<end, in: bytes)
        range = text
        self.isOpen = isOpen
    }

    /// The last closing quote of the first line that has one, since the text may hold the same quotes.
    private static func lastEnd(of quote: [UInt8], in bytes: [UInt8], from start: Int, _ isOpen: inout Bool) -> Int? {
        guard var last = find(quote, in: bytes[...], from: start) else {
            isOpen = true
            return nil
        }
        let lineEnd = bytes[last...].firstIndex(of: 0x0A) ?? bytes.count
        isOpen = isOpen || bytes[start..<last].contains(0x0A)
        while let next = find(quote, in: bytes[..<lineEnd], from: last + 1) { last = next }
        return last
    }

    /// Whether nothing but a comment follows on the line.
    private static func isEnded(_ bytes: [UInt8], _ place: Int) -> Bool {
        let rest = bytes[place...].prefix { $0 != 0x0A }.drop { $0 <= 0x20 }
        return rest.first.map { $0 == UInt8(ascii: "#") || $0 == UInt8(ascii: ";") } ?? true
    }

    private static func find(_ quote: [UInt8], in bytes: ArraySlice<UInt8>, from start: Int) -> Int? {
        var place = start
        while place + quote.count <= bytes.endIndex {
            if bytes[place] == quote[0], bytes[place..<(place + quote.count)].elementsEqual(quote) { return place }
            place += 1
        }
        return nil
    }

    /// A range without the blanks around what stands in it.
    static func trimmed(_ range: Range<Int>, in bytes: [UInt8]) -> Range<Int> {
        var (low, high) = (range.lowerBound, range.upperBound)
        while low < high, bytes[low] <= 0x20 { low += 1 }
        while high > low, bytes[high - 1] <= 0x20 { high -= 1 }
        return low..<high
    }

    // MARK: Writing

    /// A text as it stands behind the `=`: in the first of the forms, go-ini's own before the others, that reads back.
    ///
    /// - Parameter rest: what follows it on its line, such as a comment.
    static func written(_ text: String, before rest: ArraySlice<UInt8>) -> [UInt8] {
        let bytes = Array(text.utf8)
        let forms = [[]] + quotes
        let isLong = bytes.contains(0x0A) || bytes.contains(0x60)
        let isPlain = !bytes.contains { "#;\"'".utf8.contains($0) } && bytes.first != 0x20 && bytes.last != 0x20
        let first = isLong ? quotes[0] : isPlain ? [] : quotes[1]
        let candidates = [first + bytes + first] + forms.filter { $0 != first }.map { $0 + bytes + $0 }
        return candidates.first { isRead($0, as: bytes, before: rest) } ?? candidates[0]
    }

    private static func isRead(_ written: [UInt8], as text: [UInt8], before rest: ArraySlice<UInt8>) -> Bool {
        let line = written + rest
        let end = line.firstIndex(of: 0x0A) ?? line.count
        let value = SopsINIValue(line, at: trimmed(0..<end, in: line))
        return !value.isOpen && value.range.count == written.count && line[value.text].elementsEqual(text)
    }
}
