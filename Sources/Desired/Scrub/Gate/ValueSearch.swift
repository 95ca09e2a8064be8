/// Searches plain texts for all values at once, by their first eight bytes.
struct ValueSearch {
    /// Which of a value's occurrences are told.
    enum Scope {
        /// The first of each value.
        case eachValue
        /// All that do not overlap.
        case allApart
    }

    let fingerprints: Fingerprints
    /// How many bytes may be hashed, at the most: a hostile text may begin as a long value does at each of its places.
    private(set) var effort: Int

    init(_ fingerprints: Fingerprints, effort: Int) {
        self.fingerprints = fingerprints
        self.effort = effort
    }

    /// The values in a plain text and where they start, in order.
    ///
    /// - Parameter text: what the plain text was made of; where blanks were in it, words end.
    mutating func values(
        in plain: [UInt8], of text: [UInt8], _ scope: Scope
    ) -> [(place: Int, entry: Int)] {
        guard plain.count >= WindowHash.width else { return [] }
        var found: [(place: Int, entry: Int)] = []
        var words = WordEnds(text, isPlain: plain.count == text.count)
        var free = 0
        let hash = fingerprints.hash
        plain.withUnsafeBufferPointer { plain in
            fingerprints.withFilter { filter in
                var window: UInt64 = 0
                for place in 0..<WindowHash.width - 1 { window = window << 8 | UInt64(plain[place]) }
                for end in WindowHash.width - 1..<plain.count {
                    window = window << 8 | UInt64(plain[end])
                    let head = hash.hash(window)
                    guard filter.mayHold(head) else { continue }
                    let place = end - WindowHash.width + 1
                    guard place >= free else { continue }
                    let known = scope == .eachValue ? found : []
                    if let match = match(head, plain, place, known, &words) {
                        found.append((place, match.entry))
                        if scope == .allApart { free = place + match.length }
                    }
                }
            }
        }
        return found
    }

    /// The longest value at a place that is not known yet.
    private mutating func match(
        _ head: UInt32, _ plain: UnsafeBufferPointer<UInt8>, _ place: Int, _ known: [(place: Int, entry: Int)],
        _ words: inout WordEnds
    ) -> (entry: Int, length: Int)? {
        for group in fingerprints.alike(startingWith: head) where place + group.length <= plain.count {
            let range = place..<place + group.length
            guard
                let candidates = group.ends[fingerprints.hash.head(of: plain, at: range.upperBound - WindowHash.width)]
            else { continue }
            for candidate in candidates where effort > 0 && !known.contains(where: { $0.entry == candidate.entry }) {
                guard candidate.reach == .anywhere || words.standsAlone(range) else { continue }
                effort -= range.count
                if fingerprints.isEntry(candidate.entry, plain, at: place, count: range.count) {
                    return (candidate.entry, range.count)
                }
            }
        }
        return nil
    }
}

/// Where the words of a text end, by places of its plain form.
private struct WordEnds {
    private let text: [UInt8]
    /// nil while nobody has asked, and where places are the same in both.
    private var places: [Int]?
    private let isPlain: Bool

    init(_ text: [UInt8], isPlain: Bool) {
        self.text = text
        self.isPlain = isPlain
    }

    /// Whether no word goes on before or behind a range of the plain form.
    mutating func standsAlone(_ range: Range<Int>) -> Bool {
        if !isPlain, places == nil { places = PlainForm.withPlaces(text).places }
        let (start, end): (Int, Int)
        if let places {
            guard range.upperBound <= places.count else { return false }
            (start, end) = (places[range.lowerBound], places[range.upperBound - 1] + 1)
        } else {
            (start, end) = (range.lowerBound, range.upperBound)
        }
        func continues(_ byte: UInt8) -> Bool { byte.isWord || byte == 0x2D || byte == 0x2E }
        let ends = end == text.count || !continues(text[end]) || text[end] == 0x2E && !continues(text.at(end + 1))
        return ends && (start == 0 || !continues(text[start - 1]))
    }
}
