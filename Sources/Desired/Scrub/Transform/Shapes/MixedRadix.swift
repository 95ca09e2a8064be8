/// A keyed bijection of sequences of digits, each of a radix of its own, under which no sequence stays that has a digit
/// with more than one value.
///
/// Up to 65,536 sequences it is a table; up to two halves of 2^60 a Feistel network; what follows the second half is
/// moved by a stream that the permuted halves determine, which in turn hang on it by their tweak. All steps can be
/// undone, so no two sequences of the same radices meet.
final class MixedRadix {
    /// The bits that both halves may have together, and each for itself.
    private static let bits = (both: 104, half: 60)
    /// Tables kept for small products.
    private static let tables = 64

    private let key: DomainKey
    private let feistel: Feistel
    private let function: KeyedFunction
    private var small: [UInt64: Permutation] = [:]

    init(_ key: DomainKey) {
        self.key = key
        feistel = Feistel(key)
        function = KeyedFunction(key)
    }

    /// Permutes `digits` in place, each below its radix.
    ///
    /// - Returns: false where no digit has a choice.
    func permute(_ digits: UnsafeMutableBufferPointer<UInt16>, _ radices: UnsafeBufferPointer<UInt16>) -> Bool {
        var product: UInt64 = 1
        for radix in radices {
            product = product &* UInt64(radix)
            if product > 1 << 16 { break }
        }
        if product == 1 { return false }
        if product <= 1 << 16 {
            let number = value(of: digits, radices, 0..<digits.count)
            store(permutation(product).image(of: number), digits, radices, 0..<digits.count)
            return true
        }
        halves(digits, radices)
        return true
    }

    private func permutation(_ product: UInt64) -> Permutation {
        if let known = small[product] { return known }
        if small.count == Self.tables { small.removeAll() }
        let made = Permutation(key, count: product, tweak: 0x6D << 24 | product)
        small[product] = made
        return made
    }

    private func halves(_ digits: UnsafeMutableBufferPointer<UInt16>, _ radices: UnsafeBufferPointer<UInt16>) {
        let (middle, head) = Self.division(radices)
        var products: (UInt64, UInt64) = (1, 1)
        for index in 0..<middle { products.0 *= UInt64(radices[index]) }
        for index in middle..<head { products.1 *= UInt64(radices[index]) }
        let tail = head..<digits.count
        let tweak = tail.isEmpty ? UInt64(head) : digest(digits, tail) >> 8
        var left = value(of: digits, radices, 0..<middle)
        var right = value(of: digits, radices, middle..<head)
        feistel.next(&left, &right, width: products.0, height: products.1, tweak: tweak)
        store(left, digits, radices, 0..<middle)
        store(right, digits, radices, middle..<head)
        if !tail.isEmpty { stream(from: left, right, over: digits, radices, tail) }
    }

    /// Where the first half ends, and where the second: as many digits as two halves can hold.
    private static func division(_ radices: UnsafeBufferPointer<UInt16>) -> (middle: Int, head: Int) {
        func width(_ index: Int) -> Int { UInt16.bitWidth - (radices[index] - 1).leadingZeroBitCount }
        var head = 0
        var rest = Self.bits.both
        while head < radices.count, width(head) <= rest {
            rest -= width(head)
            head += 1
        }
        // A sign of a large script takes the room of four digits, so as many signs may be more than a half holds. No
        // sign has more than 15 bits: a half that gives one away just in time leaves room in the other.
        var middle = head / 2
        var left = (0..<middle).reduce(0) { $0 + width($1) }
        while left > Self.bits.half {
            middle -= 1
            left -= width(middle)
        }
        while Self.bits.both - rest - left > Self.bits.half {
            left += width(middle)
            middle += 1
        }
        return (middle, head)
    }

    private func digest(_ digits: UnsafeMutableBufferPointer<UInt16>, _ range: Range<Int>) -> UInt64 {
        let bytes = UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: UnsafeBufferPointer(digits)[range]))
        return function.value(of: bytes.bindMemory(to: UInt8.self)).high
    }

    private func stream(
        from left: UInt64, _ right: UInt64, over digits: UnsafeMutableBufferPointer<UInt16>,
        _ radices: UnsafeBufferPointer<UInt16>, _ tail: Range<Int>
    ) {
        var block = Pseudorandom(high: 0, low: 0)
        for (place, index) in tail.enumerated() {
            if place % 4 == 0 {
                block = function.more(of: Pseudorandom(high: left, low: ~right), UInt64(place) << 1 | 1)
            }
            let bits = UInt32(truncatingIfNeeded: (place % 4 < 2 ? block.high : block.low) >> (place % 2 == 0 ? 0 : 32))
            let radix = UInt64(radices[index])
            let added = (UInt64(bits) * radix) >> 32
            digits[index] = UInt16((UInt64(digits[index]) + added) % radix)
        }
    }

    private func value(
        of digits: UnsafeMutableBufferPointer<UInt16>, _ radices: UnsafeBufferPointer<UInt16>, _ range: Range<Int>
    ) -> UInt64 {
        var value: UInt64 = 0
        for index in range { value = value &* UInt64(radices[index]) &+ UInt64(digits[index]) }
        return value
    }

    private func store(
        _ value: UInt64, _ digits: UnsafeMutableBufferPointer<UInt16>, _ radices: UnsafeBufferPointer<UInt16>,
        _ range: Range<Int>
    ) {
        var rest = value
        for index in range.reversed() {
            let (next, digit) = rest.quotientAndRemainder(dividingBy: UInt64(radices[index]))
            digits[index] = UInt16(truncatingIfNeeded: digit)
            rest = next
        }
    }
}
