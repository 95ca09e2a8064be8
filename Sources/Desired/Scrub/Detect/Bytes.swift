/// What the scanners ask of ASCII bytes.
extension UInt8 {
    @inline(__always) var isDigit: Bool { self &- 0x30 < 10 }
    @inline(__always) var isLower: Bool { self &- 0x61 < 26 }
    @inline(__always) var isUpper: Bool { self &- 0x41 < 26 }
    @inline(__always) var isLetter: Bool { (self | 0x20) &- 0x61 < 26 }
    @inline(__always) var isWord: Bool { isLetter || isDigit || self == 0x5F }
    @inline(__always) var isHex: Bool { isDigit || (self | 0x20) &- 0x61 < 6 }
    @inline(__always) var isBlank: Bool { self == 0x20 || self == 0x09 }
    @inline(__always) var isLineEnd: Bool { self == 0x0A || self == 0x0D }
    @inline(__always) var isSpace: Bool { isBlank || isLineEnd }
    @inline(__always) var isQuote: Bool { self == 0x22 || self == 0x27 || self == 0x60 }
    /// Part of base64 in either alphabet.
    @inline(__always) var isBase64: Bool { isWord || self == 0x2B || self == 0x2F || self == 0x2D }
    @inline(__always) var uppercased: UInt8 { isLower ? self & 0xDF : self }
    @inline(__always) var lowercased: UInt8 { isUpper ? self | 0x20 : self }
}

extension [UInt8] {
    /// The byte at `place`, or 0 outside the text.
    @inline(__always) func at(_ place: Int) -> UInt8 { indices.contains(place) ? self[place] : 0 }

    @inline(__always) func has(_ literal: StaticString, at place: Int) -> Bool {
        guard place >= 0, place + literal.utf8CodeUnitCount <= count else { return false }
        for offset in 0..<literal.utf8CodeUnitCount where self[place + offset] != literal.utf8Start[offset] {
            return false
        }
        return true
    }

    /// The first place at or after `start`, before `end`, whose byte is `byte`.
    @inline(__always) func index(of byte: UInt8, from start: Int, to end: Int) -> Int? {
        var place = start
        while place < end {
            if self[place] == byte { return place }
            place += 1
        }
        return nil
    }

    /// The end of the line that `place` is on: its line feed, or the text's end.
    @inline(__always) func lineEnd(from place: Int) -> Int { index(of: 0x0A, from: place, to: count) ?? count }

    /// The start of the line that `place` is on.
    @inline(__always) func lineStart(of place: Int) -> Int {
        var start = place
        while start > 0, self[start - 1] != 0x0A { start -= 1 }
        return start
    }

    /// The start of the line that `place` is on, or what is 4 KiB before: in a hostile text a line has no end.
    @inline(__always) func nearLineStart(of place: Int) -> Int {
        var start = place
        while start > 0, place - start < 4096, self[start - 1] != 0x0A { start -= 1 }
        return start
    }

    /// The end of the line that `place` is on, or what is 4 KiB after.
    @inline(__always) func nearLineEnd(from place: Int) -> Int {
        let limit = Swift.min(count, place + 4096)
        return index(of: 0x0A, from: place, to: limit) ?? limit
    }

    /// `range` without blanks and line ends around it.
    func trimmed(_ range: Range<Int>) -> Range<Int> {
        var low = range.lowerBound
        var high = range.upperBound
        while low < high, self[low].isSpace { low += 1 }
        while high > low, self[high - 1].isSpace { high -= 1 }
        return low..<high
    }

    func text(_ range: Range<Int>) -> String { String(decoding: self[range], as: UTF8.self) }

    /// Whether `range` holds `literal`, whatever the case; `literal` is lower case.
    func contains(_ literal: StaticString, in range: Range<Int>) -> Bool {
        let length = literal.utf8CodeUnitCount
        guard range.count >= length else { return false }
        let first = literal.utf8Start[0]
        for start in range.lowerBound...(range.upperBound - length) where self[start].lowercased == first {
            var offset = 1
            while offset < length, self[start + offset].lowercased == literal.utf8Start[offset] { offset += 1 }
            if offset == length { return true }
        }
        return false
    }
}
