/// The digest of some bytes: the algorithm and its result.
package struct Digest: Sendable, Hashable, CustomStringConvertible {
    /// The algorithms, named as OCI names them (image-spec, descriptor.md, "Registered algorithms").
    package enum Algorithm: String, Sendable, Hashable, CaseIterable {
        /// For git's object ids alone: it keeps no secret and proves nothing.
        case sha1
        case sha256
        case sha512

        /// The result's length in bytes.
        package var byteCount: Int {
            switch self {
            case .sha1: 20
            case .sha256: 32
            case .sha512: 64
            }
        }

        /// The length of the blocks that it reads, in bytes; HMAC pads its key to one.
        var blockSize: Int { self == .sha512 ? 128 : 64 }
    }

    package let algorithm: Algorithm
    package let bytes: [UInt8]

    /// A digest that is known already; nil when the length is not the algorithm's.
    package init?(_ algorithm: Algorithm, bytes: [UInt8]) {
        guard bytes.count == algorithm.byteCount else { return nil }
        self.algorithm = algorithm
        self.bytes = bytes
    }

    /// For `DigestStream`, whose results have the right length.
    init(finished bytes: [UInt8], of algorithm: Algorithm) {
        self.algorithm = algorithm
        self.bytes = bytes
    }

    /// Reads `sha256:6b86…`: lower-case hexadecimal of the algorithm's length, as OCI asks; nil for anything else.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let algorithm = Algorithm(rawValue: String(parts[0])), let bytes = Hex.decode(parts[1])
        else { return nil }
        guard bytes.count == algorithm.byteCount, Hex.encode(bytes) == parts[1] else { return nil }
        self.algorithm = algorithm
        self.bytes = bytes
    }

    /// The digest of bytes in memory.
    package static func of(_ bytes: some Collection<UInt8>, by algorithm: Algorithm) -> Digest {
        let stream = DigestStream(algorithm)
        stream.update(bytes)
        return stream.finish()
    }

    package static func sha1(_ bytes: some Collection<UInt8>) -> Digest { of(bytes, by: .sha1) }
    package static func sha256(_ bytes: some Collection<UInt8>) -> Digest { of(bytes, by: .sha256) }
    package static func sha512(_ bytes: some Collection<UInt8>) -> Digest { of(bytes, by: .sha512) }

    /// The SHA-256 of a text's UTF-8.
    package static func sha256(_ text: String) -> Digest { of(Array(text.utf8), by: .sha256) }

    /// Lower-case hexadecimal.
    package var hex: String { Hex.encode(bytes) }

    /// `sha256:6b86…`
    package var description: String { "\(algorithm.rawValue):\(hex)" }
}
