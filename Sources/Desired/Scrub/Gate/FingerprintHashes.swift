import Crypto

/// A short keyed hash of eight bytes.
struct WindowHash: Sendable {
    static let width = 8
    private let first: UInt64
    private let second: UInt64
    private let third: UInt64

    init(key: [UInt8]) {
        let bytes = HMAC.sha256(Array("leak gate windows".utf8), key: key)
        func word(_ start: Int) -> UInt64 { bytes[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) } }
        first = word(0)
        second = word(8) | 1
        third = word(16) | 1
    }

    @inline(__always) func hash(_ window: UInt64) -> UInt32 {
        var mixed = (window ^ first) &* second
        mixed = (mixed ^ mixed >> 32) &* third
        return UInt32(truncatingIfNeeded: mixed >> 32)
    }

    /// Of eight bytes of a text.
    @inline(__always) func head(of text: UnsafeBufferPointer<UInt8>, at place: Int) -> UInt32 {
        var window: UInt64 = 0
        for offset in 0..<Self.width { window = window << 8 | UInt64(text[place + offset]) }
        return hash(window)
    }

    /// Of the first eight bytes.
    func head(of bytes: some Sequence<UInt8>) -> UInt32 {
        hash(bytes.prefix(Self.width).reduce(0) { $0 << 8 | UInt64($1) })
    }
}

/// One bit for each start of a head that a value has.
struct HeadFilter: Sendable {
    /// Its words, to be asked for each place of a text.
    struct View {
        fileprivate let words: UnsafeBufferPointer<UInt64>
        fileprivate let shift: UInt32

        @inline(__always) func mayHold(_ head: UInt32) -> Bool {
            let bit = head >> shift
            return words[Int(bit >> 6)] >> UInt64(bit & 63) & 1 == 1
        }
    }

    /// How many bits of a head are looked at.
    let bits: Int
    private var words: [UInt64]

    init(bits: Int) {
        self.bits = bits
        words = [UInt64](repeating: 0, count: 1 << (bits - 6))
    }

    mutating func insert(_ head: UInt32) {
        let bit = head >> UInt32(32 - bits)
        words[Int(bit >> 6)] |= 1 << UInt64(bit & 63)
    }

    func withView<Result>(_ body: (View) -> Result) -> Result {
        words.withUnsafeBufferPointer { body(View(words: $0, shift: UInt32(32 - bits))) }
    }
}

/// Makes the codes by which whole values are compared.
final class FingerprintKey: Sendable {
    private let key: [UInt8]

    init(key: [UInt8]) {
        self.key = HMAC.sha256(Array("leak gate values".utf8), key: key)
    }

    func code(_ value: [UInt8]) -> [UInt8] { Array(HMAC.sha256(value, key: key).prefix(16)) }
}
