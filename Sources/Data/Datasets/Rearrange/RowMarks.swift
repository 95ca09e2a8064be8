/// Which rows of a table are marked: a bit a row.
struct RowMarks: Sendable {
    private var words: [UInt64] = []
    /// Marks before each word; made when it is first asked for.
    private var before: [Int] = []

    func contains(_ row: Int) -> Bool {
        let word = row >> 6
        return word < words.count && words[word] >> UInt64(row & 63) & 1 == 1
    }

    /// - Returns: whether it was not marked before.
    @discardableResult
    mutating func insert(_ row: Int) -> Bool {
        let word = row >> 6
        while word >= words.count { words.append(0) }
        let bit = UInt64(1) << UInt64(row & 63)
        defer { words[word] |= bit }
        return words[word] & bit == 0
    }

    var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    /// The marked rows, in order.
    func forEach<Failure>(_ body: (Int) throws(Failure) -> Void) throws(Failure) {
        for (place, word) in words.enumerated() {
            var rest = word
            while rest != 0 {
                try body(place << 6 + rest.trailingZeroBitCount)
                rest &= rest - 1
            }
        }
    }

    /// Counts marks, so that `rank` can be asked for.
    mutating func index() {
        before.removeAll(keepingCapacity: true)
        var count = 0
        for word in words {
            before.append(count)
            count += word.nonzeroBitCount
        }
    }

    /// How many marked rows come before a marked one.
    func rank(of row: Int) -> Int {
        let word = row >> 6
        return before[word] + (words[word] & (UInt64(1) << UInt64(row & 63) - 1)).nonzeroBitCount
    }
}
