/// The order in which go-yaml writes a map's keys (sorter.go): letters after all else, runs of digits by their number.
///
/// For a few sets of keys (`21100`, `21z`, `22b`) that is no order at all, and go-yaml's own result varies.
enum KeyOrder {
    /// The positions of entries in that order; nil when they stand in it.
    static func positions(_ entries: [Mapping.Entry]) -> [Int]? {
        let isSorted = entries.indices.dropFirst().allSatisfy {
            precedes(entries[$0 - 1].key.text, entries[$0].key.text)
        }
        if isSorted { return nil }
        var positions = Array(entries.indices)
        if entries.count > 16 {
            positions.sort { precedes(entries[$0].key.text, entries[$1].key.text) }
            return positions
        }
        for end in positions.indices.dropFirst() {
            let moved = positions[end]
            var place = end
            while place > 0, precedes(entries[moved].key.text, entries[positions[place - 1]].key.text) {
                positions[place] = positions[place - 1]
                place -= 1
            }
            positions[place] = moved
        }
        return positions
    }

    static func precedes(_ left: String, _ right: String) -> Bool {
        // Most keys differ in their first letters.
        if let first = left.utf8.first, let second = right.utf8.first, first != second,
            first &- 0x61 < 26, second &- 0x61 < 26
        {
            return first < second
        }
        var (left, right) = (left, right)
        return left.withUTF8 { left in right.withUTF8 { right in precedes(left, right) } }
    }

    private static func precedes(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Bool {
        let shorter = min(left.count, right.count)
        var offset = 0
        while offset < shorter, left[offset] == right[offset] { offset += 1 }
        if offset == shorter { return left.count < right.count }
        while offset > 0, left[offset] & 0xC0 == 0x80 || right[offset] & 0xC0 == 0x80 { offset -= 1 }
        let (first, second) = (scalar(left, offset), scalar(right, offset))
        let (firstIsLetter, secondIsLetter) = (isLetter(first), isLetter(second))
        if firstIsLetter && secondIsLetter { return first < second }
        if firstIsLetter || secondIsLetter { return secondIsLetter }
        return numbersPrecede(left, right, offset) ?? (first < second)
    }

    /// Compares the runs of digits from an offset on; nil when they do not differ.
    private static func numbersPrecede(
        _ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>, _ offset: Int
    ) -> Bool? {
        var start: Int64 = 0
        if left[offset] == UInt8(ascii: "0") || right[offset] == UInt8(ascii: "0") {
            var before = offset - 1
            while before >= 0, isDigit(left[before]) {
                if left[before] != UInt8(ascii: "0") {
                    start = 1
                    break
                }
                before -= 1
            }
        }
        let (first, firstEnd) = number(left, from: offset, start: start)
        let (second, secondEnd) = number(right, from: offset, start: start)
        if first != second { return first < second }
        return firstEnd != secondEnd ? firstEnd < secondEnd : nil
    }

    /// The number that digits write behind a first one; it wraps, as Go's does.
    private static func number(
        _ text: UnsafeBufferPointer<UInt8>, from offset: Int, start: Int64
    ) -> (value: Int64, end: Int) {
        var value = start
        var end = offset
        while end < text.count, isDigit(text[end]) {
            value = value &* 10 &+ Int64(text[end] - 0x30)
            end += 1
        }
        return (value, end)
    }

    private static func scalar(_ text: UnsafeBufferPointer<UInt8>, _ offset: Int) -> UInt32 {
        Characters.code(text, offset, Characters.length(text[offset]))
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    private static func isLetter(_ code: UInt32) -> Bool {
        if code < 0x80 { return (0x61...0x7A).contains(code | 0x20) }
        switch Unicode.Scalar(code)?.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return true
        default: return false
        }
    }
}
