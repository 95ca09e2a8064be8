/// Words one after the other in memory that is never freed: a choice among them costs no reference counts.
///
/// Sendable unchecked: nothing writes to the memory after `init`.
struct WordList: @unchecked Sendable {
    private let bytes: UnsafeBufferPointer<UInt8>
    /// Where each word begins, and where the last ends.
    private let starts: UnsafeBufferPointer<Int>

    static let given = WordList(Dictionaries.given)
    static let family = WordList(Dictionaries.family)
    static let streets = WordList(Dictionaries.streets)
    static let streetKinds = WordList(Dictionaries.streetKinds)
    static let cities = WordList(Dictionaries.cities)
    static let trades = WordList(Dictionaries.trades)
    static let forms = WordList(Dictionaries.forms)

    /// - Parameter words: at least one; lists are made for the program's life, one a dictionary or a rule.
    init(_ words: [[UInt8]]) {
        precondition(!words.isEmpty)
        let bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(words.reduce(0) { $0 + $1.count }, 1))
        let starts = UnsafeMutableBufferPointer<Int>.allocate(capacity: words.count + 1)
        var place = 0
        for (index, word) in words.enumerated() {
            starts[index] = place
            for byte in word {
                bytes[place] = byte
                place += 1
            }
        }
        starts[words.count] = place
        self.bytes = UnsafeBufferPointer(bytes)
        self.starts = UnsafeBufferPointer(starts)
    }

    var count: Int { starts.count - 1 }

    @inline(__always) subscript(index: Int) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: bytes[starts[index]..<starts[index + 1]])
    }

    /// Without some words, given in lower case; all of them where none would be left.
    func without(_ avoided: Set<[UInt8]>) -> WordList {
        let kept = (0..<count).map { Array(self[$0]) }.filter { !avoided.contains($0.map(\.lowercased)) }
        return kept.isEmpty ? self : WordList(kept)
    }
}
