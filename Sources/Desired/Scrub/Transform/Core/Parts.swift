/// What transforms share: the bytes of texts.
extension ByteBuffer {
    /// Signs of one word that can be read out: no vowel but those that make none, so that no word comes of it.
    static let tokenSigns = Array("0123456789bcdfghjkmnpqrstvwxz".utf8)

    /// `count` signs, at most 13, that a number determines.
    mutating func append(token number: UInt64, count: Int) {
        var rest = number
        for _ in 0..<count {
            let (next, sign) = rest.quotientAndRemainder(dividingBy: UInt64(Self.tokenSigns.count))
            append(Self.tokenSigns[Int(sign)])
            rest = next
        }
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether the bytes are these, whatever the case of ASCII letters.
    func isEqualIgnoringCase(_ other: some Collection<UInt8>) -> Bool {
        count == other.count && zip(self, other).allSatisfy { $0.lowercased == $1.lowercased }
    }

    /// Whether the bytes are these.
    func isEqual(_ other: UnsafeBufferPointer<UInt8>) -> Bool {
        count == other.count && zip(self, other).allSatisfy(==)
    }

    /// Without blanks and line ends around it.
    var trimmed: UnsafeBufferPointer<UInt8> {
        var low = 0
        var high = count
        while low < high, self[low].isSpace { low += 1 }
        while high > low, self[high - 1].isSpace { high -= 1 }
        return UnsafeBufferPointer(rebasing: self[low..<high])
    }
}

/// How a text is cased, so that what takes its place looks alike.
enum LetterCase {
    case upper
    case lower
    case mixed

    init(of text: UnsafeBufferPointer<UInt8>) {
        var hasUpper = false
        var hasLower = false
        var letters = 0
        for byte in text where byte.isLetter {
            letters += 1
            if byte.isUpper { hasUpper = true } else { hasLower = true }
        }
        self = hasUpper && hasLower || letters < 2 ? .mixed : hasUpper ? .upper : hasLower ? .lower : .mixed
    }
}
