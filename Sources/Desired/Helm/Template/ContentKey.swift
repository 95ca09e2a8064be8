import Glibc

/// A text, hashed once, and compared as a whole and not byte by byte.
struct ContentKey: Hashable, Sendable {
    let bytes: [UInt8]
    private let digest: UInt64

    /// - Parameter seed: what nobody knows who writes charts, lest they make texts that hash alike.
    init(_ bytes: [UInt8], seed: UInt64) {
        self.bytes = bytes
        digest = bytes.withUnsafeBytes { bytes in
            var state = seed ^ UInt64(bytes.count)
            var offset = 0
            func mix(_ word: UInt64) {
                let product = (state ^ word).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
                state = product.high ^ product.low &+ seed
            }
            while offset + 8 <= bytes.count {
                mix(bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
                offset += 8
            }
            var last: UInt64 = 0
            for byte in bytes[offset...] { last = last << 8 | UInt64(byte) }
            mix(last)
            return state
        }
    }

    static func == (left: ContentKey, right: ContentKey) -> Bool {
        left.digest == right.digest && left.bytes.count == right.bytes.count
            && memcmp(left.bytes, right.bytes, left.bytes.count) == 0
    }

    func hash(into hasher: inout Hasher) { hasher.combine(digest) }

    /// A number that nobody can know in advance.
    static func seed() -> UInt64 { UInt64(bitPattern: Int64(Hasher().finalize())) }
}
