/// Letters and digits become others of their kind, and what stands between them stays: a bijection of texts of one
/// pattern.
final class LetterShape {
    private let radix: MixedRadix
    private let function: KeyedFunction
    private var digits: UnsafeMutableBufferPointer<UInt16>
    private var radices: UnsafeMutableBufferPointer<UInt16>
    /// Where each digit stands: its first byte, and the class of its sign.
    private var places: UnsafeMutableBufferPointer<(place: Int, kind: SignClass)>
    private var count = 0

    init(_ key: DomainKey) {
        radix = MixedRadix(key)
        function = KeyedFunction(key)
        digits = .allocate(capacity: 256)
        radices = .allocate(capacity: 256)
        places = .allocate(capacity: 256)
    }

    deinit {
        digits.deallocate()
        radices.deallocate()
        places.deallocate()
    }

    /// Appends what takes the text's place.
    ///
    /// - Parameter isHex: letters are digits of base 16 and stay such.
    func apply(_ text: UnsafeBufferPointer<UInt8>, isHex: Bool = false, into output: inout ByteBuffer) {
        reserve(text.count)
        collect(text, punctuation: false, isHex: isHex)
        if count == 0 { collect(text, punctuation: true, isHex: false) }
        let isChanged = radix.permute(
            UnsafeMutableBufferPointer(rebasing: digits[0..<count]), UnsafeBufferPointer(rebasing: radices[0..<count]))
        guard isChanged else { return nothing(text, into: &output) }
        let start = output.count
        output.append(contentsOf: text)
        let written = output.mutableBytes
        for index in 0..<count {
            places[index].kind.write(digits[index], at: start + places[index].place, in: written)
        }
    }

    /// Of blanks nothing is to be hidden; signs of no known kind give way to letters.
    private func nothing(_ text: UnsafeBufferPointer<UInt8>, into output: inout ByteBuffer) {
        if text.allSatisfy(\.isSpace) { return output.append(contentsOf: text) }
        let value = function.value(of: text)
        output.append(token: value.high, count: min(max(text.count / 3, 1), 12))
    }

    private func reserve(_ count: Int) {
        guard count > digits.count else { return }
        let capacity = max(2 * digits.count, count)
        digits.deallocate()
        radices.deallocate()
        places.deallocate()
        digits = .allocate(capacity: capacity)
        radices = .allocate(capacity: capacity)
        places = .allocate(capacity: capacity)
    }

    private func collect(_ text: UnsafeBufferPointer<UInt8>, punctuation: Bool, isHex: Bool) {
        count = 0
        var place = 0
        while place < text.count {
            let byte = text[place]
            if byte < 0x80 {
                if let kind = SignClass(ascii: byte, punctuation: punctuation, isHex: isHex) {
                    add(kind.digit(ofASCII: byte), kind, place)
                }
                place += 1
                continue
            }
            let (sign, length) = SignClass.scalar(in: text, at: place)
            if let sign, let kind = SignClass(scalar: sign) { add(kind.digit(of: sign), kind, place) }
            place += length
        }
    }

    @inline(__always) private func add(_ digit: UInt16, _ kind: SignClass, _ place: Int) {
        digits[count] = digit
        radices[count] = kind.radix
        places[count] = (place, kind)
        count += 1
    }
}

/// Signs that take each other's place.
enum SignClass: UInt8 {
    case digit, lower, upper, hexLower, hexUpper, punctuation
    case latinLower, latinUpper, greek, cyrillicLower, cyrillicUpper, hebrew, arabic, devanagari, hiragana, katakana
    case han, hangul, latinMore

    /// The first and the last sign of each class that is a range of Unicode; within one all take as many bytes.
    private static let ranges: [(UInt32, UInt32)] = [
        (0x30, 0x39), (0x61, 0x7A), (0x41, 0x5A), (0, 0), (0, 0), (0, 0),
        (0xE0, 0xFE), (0xC0, 0xDE), (0x3B1, 0x3C9), (0x430, 0x44F), (0x410, 0x42F), (0x5D0, 0x5EA), (0x627, 0x63A),
        (0x905, 0x939), (0x3041, 0x3093), (0x30A1, 0x30F3), (0x4E00, 0x9FA5), (0xAC00, 0xD7A3), (0x100, 0x17F),
    ]
    private static let marks = Array(##"!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~"##.utf8)
    private static let markPlaces: [UInt16] = (0..<128).map { byte in
        UInt16(marks.firstIndex(of: UInt8(byte)) ?? 0)
    }
    private static let lowerHex = Array("0123456789abcdef".utf8)
    private static let upperHex = Array("0123456789ABCDEF".utf8)

    @inline(__always)
    init?(ascii byte: UInt8, punctuation: Bool, isHex: Bool) {
        if punctuation {
            guard byte > 0x20, byte < 0x7F else { return nil }
            self = .punctuation
        } else if isHex, byte.isHex {
            self = byte.isUpper ? .hexUpper : .hexLower
        } else if byte.isDigit {
            self = .digit
        } else if byte.isLower {
            self = .lower
        } else if byte.isUpper {
            self = .upper
        } else {
            return nil
        }
    }

    init?(scalar: UInt32) {
        for raw in SignClass.latinLower.rawValue...SignClass.latinMore.rawValue {
            let range = Self.ranges[Int(raw)]
            if scalar >= range.0, scalar <= range.1, scalar != 0xD7, scalar != 0xF7 {
                self.init(rawValue: raw)
                return
            }
        }
        return nil
    }

    var first: UInt32 { Self.ranges[Int(rawValue)].0 }

    var radix: UInt16 {
        switch self {
        case .digit: 10
        case .lower, .upper: 26
        case .hexLower, .hexUpper: 16
        case .punctuation: UInt16(Self.marks.count)
        // Of two of them a sign in the middle is no letter: × and ÷.
        case .latinLower, .latinUpper: 30
        default: UInt16(Self.ranges[Int(rawValue)].1 - Self.ranges[Int(rawValue)].0 + 1)
        }
    }

    private static let gap: UInt32 = 0x17

    func digit(of scalar: UInt32) -> UInt16 {
        let digit = scalar - first
        return UInt16(radix == 30 && digit > Self.gap ? digit - 1 : digit)
    }

    @inline(__always)
    func digit(ofASCII byte: UInt8) -> UInt16 {
        switch self {
        case .digit: UInt16(byte &- 0x30)
        case .lower: UInt16(byte &- 0x61)
        case .upper: UInt16(byte &- 0x41)
        case .hexLower, .hexUpper: UInt16(byte.isDigit ? byte &- 0x30 : (byte | 0x20) &- 0x61 &+ 10)
        default: Self.markPlaces[Int(byte & 0x7F)]
        }
    }

    /// Writes a sign of the class over another of it.
    func write(_ digit: UInt16, at place: Int, in bytes: UnsafeMutableBufferPointer<UInt8>) {
        switch self {
        case .digit: bytes[place] = 0x30 + UInt8(digit)
        case .lower: bytes[place] = 0x61 + UInt8(digit)
        case .upper: bytes[place] = 0x41 + UInt8(digit)
        case .hexLower: bytes[place] = Self.lowerHex[Int(digit)]
        case .hexUpper: bytes[place] = Self.upperHex[Int(digit)]
        case .punctuation: bytes[place] = Self.marks[Int(digit)]
        default:
            let skipped: UInt32 = radix == 30 && digit >= Self.gap ? 1 : 0
            write(scalar: first + UInt32(digit) + skipped, at: place, in: bytes)
        }
    }

    private func write(scalar: UInt32, at place: Int, in bytes: UnsafeMutableBufferPointer<UInt8>) {
        if scalar < 0x800 {
            bytes[place] = UInt8(0xC0 | scalar >> 6)
            bytes[place + 1] = UInt8(0x80 | scalar & 0x3F)
        } else {
            bytes[place] = UInt8(0xE0 | scalar >> 12)
            bytes[place + 1] = UInt8(0x80 | scalar >> 6 & 0x3F)
            bytes[place + 2] = UInt8(0x80 | scalar & 0x3F)
        }
    }

    /// The sign of two or three bytes at `place` and its length; nil for what is longer, or no UTF-8.
    static func scalar(in text: UnsafeBufferPointer<UInt8>, at place: Int) -> (UInt32?, Int) {
        let byte = UInt32(text[place])
        let length = byte >= 0xE0 && byte < 0xF0 ? 3 : byte >= 0xC2 && byte < 0xE0 ? 2 : 0
        guard length > 0, place + length <= text.count else { return (nil, 1) }
        var scalar = length == 2 ? byte & 0x1F : byte & 0xF
        for offset in 1..<length {
            guard text[place + offset] & 0xC0 == 0x80 else { return (nil, 1) }
            scalar = scalar << 6 | UInt32(text[place + offset] & 0x3F)
        }
        return (scalar, length)
    }
}
