/// Where the lines of a text begin, as libyaml counts lines: NEL, LS and PS end one too (YAML 1.1, 5.4).
struct LineTable {
    private let text: UnsafeBufferPointer<UInt8>
    private var starts: [Int]

    /// - Parameter text: must outlive the table.
    init(_ text: UnsafeBufferPointer<UInt8>) {
        self.text = text
        // A byte order mark stands before the first column.
        starts = [text.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0]
        var offset = 0
        while offset < text.count {
            let byte = text[offset]
            if byte < 0x80 {
                offset += 1
                guard byte == 0x0A || byte == 0x0D else { continue }
                if byte == 0x0D, offset < text.count, text[offset] == 0x0A { offset += 1 }
                starts.append(offset)
            } else {
                let length = Characters.length(byte)
                if Characters.breakLength(text, offset) > 0 { starts.append(offset + length) }
                offset += length
            }
        }
    }

    /// The byte at a line and a column in characters, both from 0.
    func offset(line: Int, column: Int) -> Int {
        guard line < starts.count else { return text.count }
        var offset = starts[line]
        for _ in 0..<column where offset < text.count { offset += Characters.length(text[offset]) }
        return min(offset, text.count)
    }

    /// The line, from 0, that a byte stands on.
    func line(at offset: Int) -> Int {
        var (low, high) = (0, starts.count)
        while low + 1 < high {
            let middle = (low + high) / 2
            if starts[middle] <= offset { low = middle } else { high = middle }
        }
        return low
    }

    /// The first byte of a line.
    func start(ofLine line: Int) -> Int {
        line < starts.count ? starts[line] : text.count
    }
}
