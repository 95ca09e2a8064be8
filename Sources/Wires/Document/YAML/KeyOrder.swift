/// The order in which go-yaml writes a map's keys (sorter.go): letters after all else, runs of digits by their number.
///
/// For a few sets of keys (`21100`, `21z`, `22b`) that is no order at all, and go-yaml's own result varies.
enum KeyOrder {
    /// Entries in that order.
    static func sorted(_ entries: [Mapping.Entry]) -> [Mapping.Entry] {
        var isSorted = true
        for index in entries.indices.dropFirst() where !precedes(entries[index - 1].key.text, entries[index].key.text) {
            isSorted = false
            break
        }
        return isSorted ? entries : entries.sorted { precedes($0.key.text, $1.key.text) }
    }

    static func precedes(_ left: String, _ right: String) -> Bool {
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
