import Crypto

/// 128 bits that look random, as two numbers.
package struct Pseudorandom: Hashable {
    package var high: UInt64
    package var low: UInt64

    /// A number below `bound`, at least 1; every one is as likely as the others but for 2^-64.
    @inline(__always) func below(_ bound: UInt64) -> UInt64 {
        let upper = high.multipliedFullWidth(by: bound)
        let lower = low.multipliedFullWidth(by: bound)
        return upper.high &+ (upper.low.addingReportingOverflow(lower.high).overflow ? 1 : 0)
    }
}

/// A keyed function of any bytes: AES-CMAC (RFC 4493). A cell of up to 16 bytes costs one block.
package final class KeyedFunction {
    private let cipher: AESBlock
    /// The subkeys for a last block that is whole, and for one that is padded.
    private let whole: (UInt64, UInt64)
    private let padded: (UInt64, UInt64)

    package init(_ key: DomainKey) {
        let cipher = AESBlock(key: key.function)
        var block: (UInt64, UInt64) = (0, 0)
        withUnsafeMutableBytes(of: &block) { memory in
            if let start = memory.baseAddress { cipher.encrypt(start) }
        }
        self.cipher = cipher
        whole = Self.doubled(block)
        padded = Self.doubled(whole)
    }

    /// The product with x in the field that RFC 4493 works in; the block's bytes are big-endian.
    private static func doubled(_ block: (UInt64, UInt64)) -> (UInt64, UInt64) {
        let high = UInt64(bigEndian: block.0)
        let low = UInt64(bigEndian: block.1)
        let reduced = (low << 1) ^ (high >> 63 == 1 ? 0x87 : 0)
        return ((high << 1 | low >> 63).bigEndian, reduced.bigEndian)
    }

    /// The function's value for some bytes.
    package func value(of bytes: UnsafeBufferPointer<UInt8>) -> Pseudorandom {
        var state: (UInt64, UInt64) = (0, 0)
        let memory = UnsafeRawBufferPointer(bytes)
        var place = 0
        while bytes.count - place > 16 {
            state.0 ^= memory.loadUnaligned(fromByteOffset: place, as: UInt64.self)
            state.1 ^= memory.loadUnaligned(fromByteOffset: place + 8, as: UInt64.self)
            encrypt(&state)
            place += 16
        }
        let rest = bytes.count - place
        if rest == 16 {
            state.0 ^= memory.loadUnaligned(fromByteOffset: place, as: UInt64.self) ^ whole.0
            state.1 ^= memory.loadUnaligned(fromByteOffset: place + 8, as: UInt64.self) ^ whole.1
        } else {
            var low: UInt64 = 0
            var high: UInt64 = 0
            for offset in 0..<rest {
                let byte = UInt64(bytes[place + offset])
                if offset < 8 { low |= byte << (8 * UInt64(offset)) } else { high |= byte << (8 * UInt64(offset - 8)) }
            }
            if rest < 8 { low |= 0x80 << (8 * UInt64(rest)) } else { high |= 0x80 << (8 * UInt64(rest - 8)) }
            state.0 ^= low ^ padded.0
            state.1 ^= high ^ padded.1
        }
        encrypt(&state)
        return Pseudorandom(high: state.0, low: state.1)
    }

    /// More bits from a value: `place` 0, 1, 2… gives each time others.
    func more(of value: Pseudorandom, _ place: UInt64) -> Pseudorandom {
        var state = (value.high ^ place, value.low ^ 0x6265_6c61_7921)
        encrypt(&state)
        return Pseudorandom(high: state.0, low: state.1)
    }

    @inline(__always) private func encrypt(_ state: inout (UInt64, UInt64)) {
        withUnsafeMutableBytes(of: &state) { memory in
            if let start = memory.baseAddress { cipher.encrypt(start) }
        }
    }
}
