import CCrypto

/// A whole number of any size that is not negative (BN_new(3)); what it held is wiped when it goes.
///
/// Its pointer outlives no use of the object: callers keep to the methods, or hold the object longer.
final class BigNumber {
    let pointer: OpaquePointer

    init() {
        guard let pointer = BN_new() else { preconditionFailure("libcrypto has no memory for a number") }
        self.pointer = pointer
    }

    convenience init(_ word: UInt) {
        self.init()
        BN_set_word(pointer, word)
    }

    /// From bytes, the highest first.
    convenience init(_ bytes: [UInt8]) {
        self.init()
        BN_bin2bn(bytes, Int32(bytes.count), pointer)
    }

    deinit {
        BN_clear_free(pointer)
    }

    /// The bytes, the highest first, with zeros in front up to a count.
    func bytes(_ count: Int = 0) -> [UInt8] {
        let used = Int(BN_num_bits(pointer) + 7) / 8
        var bytes = [UInt8](repeating: 0, count: used)
        BN_bn2bin(pointer, &bytes)
        return [UInt8](repeating: 0, count: max(0, count - used)) + bytes
    }

    /// The words, the highest first.
    var words: [UInt] {
        let bytes = bytes((bitCount + 63) / 64 * 8)
        return stride(from: 0, to: bytes.count, by: 8).map { first in
            bytes[first..<first + 8].reduce(0) { $0 << 8 | UInt($1) }
        }
    }

    func isEqual(_ other: BigNumber) -> Bool { BN_cmp(pointer, other.pointer) == 0 }
    var bitCount: Int { Int(BN_num_bits(pointer)) }
    var isZero: Bool { BN_is_zero(pointer) == 1 }
    var isOne: Bool { BN_is_one(pointer) == 1 }

    /// The number, if it fits into a word.
    var word: UInt? { bitCount <= UInt.bitWidth ? BN_get_word(pointer) : nil }

    func modulo(_ word: UInt) -> UInt { BN_mod_word(pointer, word) }

    func plus(_ word: UInt) -> BigNumber {
        let result = BigNumber()
        BN_copy(result.pointer, pointer)
        BN_add_word(result.pointer, word)
        return result
    }

    func plus(_ other: BigNumber) -> BigNumber {
        let result = BigNumber()
        BN_add(result.pointer, pointer, other.pointer)
        return result
    }

    func minus(_ word: UInt) -> BigNumber {
        let result = BigNumber()
        BN_copy(result.pointer, pointer)
        BN_sub_word(result.pointer, word)
        return result
    }

    func minus(_ other: BigNumber) -> BigNumber {
        let result = BigNumber()
        BN_sub(result.pointer, pointer, other.pointer)
        return result
    }

    func times(_ other: BigNumber) -> BigNumber {
        let result = BigNumber()
        Self.withContext { BN_mul(result.pointer, pointer, other.pointer, $0) }
        return result
    }

    func divided(by other: BigNumber) -> (quotient: BigNumber, remainder: BigNumber) {
        let (quotient, remainder) = (BigNumber(), BigNumber())
        Self.withContext { BN_div(quotient.pointer, remainder.pointer, pointer, other.pointer, $0) }
        return (quotient, remainder)
    }

    func modulo(_ other: BigNumber) -> BigNumber { divided(by: other).remainder }

    /// The number that times this one leaves 1; nil when there is none.
    func inverse(modulo other: BigNumber) -> BigNumber? {
        let result = BigNumber()
        let found = Self.withContext { BN_mod_inverse(result.pointer, pointer, other.pointer, $0) }
        return found == nil ? nil : result
    }

    func power(_ exponent: BigNumber, modulo other: BigNumber) -> BigNumber {
        let result = BigNumber()
        Self.withContext { BN_mod_exp(result.pointer, pointer, exponent.pointer, other.pointer, $0) }
        return result
    }

    /// Divides by two as often as that leaves no rest.
    func oddPart() -> (odd: BigNumber, twos: Int) {
        var twos = 0
        while BN_is_bit_set(pointer, Int32(twos)) == 0, twos < 1 << 20 { twos += 1 }
        let result = BigNumber()
        BN_rshift(result.pointer, pointer, Int32(twos))
        return (result, twos)
    }

    @discardableResult
    static func withContext<Result>(_ body: (OpaquePointer) -> Result) -> Result {
        guard let context = BN_CTX_secure_new() else { preconditionFailure("libcrypto has no memory for a number") }
        defer { BN_CTX_free(context) }
        return body(context)
    }
}
