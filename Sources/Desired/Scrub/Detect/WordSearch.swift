/// Words that are looked for all at once, whatever the case of ASCII letters.
struct WordSearch: Sendable {
    /// Sorted, so that those which begin alike stand together.
    private let words: [[UInt8]]
    /// For each byte where the words that begin with it start in `words`, plus one; 0 where there are none.
    private let starts: [UInt8]
    /// For each first byte the second ones that a word has, as bits: it tells most places of a text.
    private let pairs: [UInt64]

    /// - Parameter words: at most 254, in lower case, of two signs or more.
    init(_ words: [String]) {
        self.words = words.map { Array($0.utf8) }.sorted { $0[0] < $1[0] }
        var starts = [UInt8](repeating: 0, count: 256)
        for (position, word) in self.words.enumerated() where starts[Int(word[0])] == 0 {
            starts[Int(word[0])] = UInt8(position + 1)
            // Upper case begins the same words.
            if word[0].isLower { starts[Int(word[0] & 0xDF)] = UInt8(position + 1) }
        }
        self.starts = starts
        var pairs = [UInt64](repeating: 0, count: 256)
        for word in self.words {
            for first in [word[0], word[0].uppercased] {
                for second in [word[1], word[1].uppercased] { pairs[Int(first)] |= 1 << UInt64(second & 63) }
            }
        }
        self.pairs = pairs
    }

    /// Whether one of the words stands anywhere in a range.
    func isFound(in text: [UInt8], _ range: Range<Int>) -> Bool {
        text.withUnsafeBufferPointer { text in
            pairs.withUnsafeBufferPointer { pairs in
                var place = range.lowerBound
                while place + 1 < range.upperBound {
                    let isPair = pairs[Int(text[place])] >> UInt64(text[place + 1] & 63) & 1 == 1
                    if isPair, begins(text, at: place, range.upperBound) { return true }
                    place += 1
                }
                return false
            }
        }
    }

    private func begins(_ text: UnsafeBufferPointer<UInt8>, at place: Int, _ end: Int) -> Bool {
        let start = Int(starts[Int(text[place])])
        guard start > 0 else { return false }
        var position = start - 1
        let byte = words[position][0]
        while position < words.count, words[position][0] == byte {
            let word = words[position]
            var offset = 1
            if word.count <= end - place {
                while offset < word.count, text[place + offset].lowercased == word[offset] { offset += 1 }
                if offset == word.count { return true }
            }
            position += 1
        }
        return false
    }
}

/// Words that a whole text is compared with, by their hashes (FNV-1a, 64 bits).
struct WordHashes: Sendable {
    private static let start: UInt64 = 0xcbf2_9ce4_8422_2325
    /// Open addressing, a power of two long; 0 where nothing is.
    private let slots: [UInt64]

    init(_ words: some Collection<String>) {
        var size = 16
        while size < words.count * 4 { size *= 2 }
        var slots = [UInt64](repeating: 0, count: size)
        for word in words {
            var hash = Self.start
            for byte in word.utf8 { Self.add(byte, to: &hash) }
            var slot = Int(truncatingIfNeeded: hash) & (size - 1)
            while slots[slot] != 0, slots[slot] != hash { slot = (slot + 1) & (size - 1) }
            slots[slot] = hash
        }
        self.slots = slots
    }

    @inline(__always) static func add(_ byte: UInt8, to hash: inout UInt64) {
        hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
    }

    static var empty: UInt64 { start }

    /// Whether one of the words is the range, ASCII letters taken as lower case.
    @inline(__always) func contains(_ text: [UInt8], _ range: Range<Int>) -> Bool {
        var hash = Self.start
        for place in range { Self.add(text[place].lowercased, to: &hash) }
        return contains(hash)
    }

    @inline(__always) func contains(_ hash: UInt64) -> Bool {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while slots[slot] != 0 {
            if slots[slot] == hash { return true }
            slot = (slot + 1) & mask
        }
        return false
    }
}
