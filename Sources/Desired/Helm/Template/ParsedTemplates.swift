import Glibc
import Synchronization

/// Texts that were parsed before, by what they hold: charts share helpers with one another, and with what they were a
/// revision ago.
package final class ParsedTemplates: Sendable {
    /// A text, hashed once, and compared as a whole and not byte by byte.
    private struct Key: Hashable {
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

        static func == (left: Key, right: Key) -> Bool {
            left.digest == right.digest && left.bytes.count == right.bytes.count
                && memcmp(left.bytes, right.bytes, left.bytes.count) == 0
        }

        func hash(into hasher: inout Hasher) { hasher.combine(digest) }
    }

    private struct State {
        var texts: [Key: ParsedText] = [:]
        var bytes = 0
    }

    private let state = Mutex(State())
    private let limit: Int
    private let seed = UInt64(bitPattern: Int64(Hasher().finalize()))

    /// - Parameter limit: bytes of texts; beyond it everything is forgotten.
    package init(limit: Int = 32 << 20) {
        self.limit = limit
    }

    /// What a source's text is parsed as.
    func text(_ source: TemplateSource, parse: () throws -> ParsedText) rethrows -> ParsedText {
        let key = Key(source.bytes, seed: seed)
        if let known = state.withLock({ $0.texts[key] }) { return known }
        let text = try parse()
        state.withLock { state in
            if state.bytes + source.bytes.count > limit { state = State() }
            state.bytes += source.bytes.count
            state.texts[key] = text
        }
        return text
    }
}
