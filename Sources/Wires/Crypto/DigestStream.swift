import CCrypto

/// A digest that grows with the bytes it is fed, for what is too long to hold (EVP_DigestInit(3)).
///
/// Digests cannot fail on input. libcrypto's calls answer "no" here only when the machine has no memory left, and there
/// is nothing better to do then than to stop.
package struct DigestStream: ~Copyable {
    package let algorithm: Digest.Algorithm
    private let context: OpaquePointer

    package init(_ algorithm: Digest.Algorithm) {
        guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, Self.method(of: algorithm), nil) == 1 else {
            preconditionFailure("libcrypto has no memory for a digest")
        }
        self.algorithm = algorithm
        self.context = context
    }

    private init(copying other: borrowing DigestStream) {
        guard let context = EVP_MD_CTX_new(), EVP_MD_CTX_copy_ex(context, other.context) == 1 else {
            preconditionFailure("libcrypto has no memory for a digest")
        }
        algorithm = other.algorithm
        self.context = context
    }

    deinit {
        EVP_MD_CTX_free(context)
    }

    /// Feeds more bytes.
    package borrowing func update(_ bytes: some Collection<UInt8>) {
        let done: Void? = bytes.withContiguousStorageIfAvailable { update(UnsafeRawBufferPointer($0)) }
        if done == nil { Array(bytes).withUnsafeBytes { update($0) } }
    }

    /// Feeds more bytes from memory.
    package borrowing func update(_ bytes: UnsafeRawBufferPointer) {
        guard EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1 else {
            preconditionFailure("libcrypto has no memory for a digest")
        }
    }

    /// The digest of everything that was fed; the stream ends with it.
    package consuming func finish() -> Digest {
        var result = [UInt8](repeating: 0, count: algorithm.byteCount)
        guard EVP_DigestFinal_ex(context, &result, nil) == 1 else {
            preconditionFailure("libcrypto has no memory for a digest")
        }
        return Digest(finished: result, of: algorithm)
    }

    /// A second stream that has been fed the same bytes.
    package borrowing func copy() -> DigestStream {
        DigestStream(copying: self)
    }

    private static func method(of algorithm: Digest.Algorithm) -> OpaquePointer? {
        switch algorithm {
        case .sha1: sha1.pointer
        case .sha256: sha256.pointer
        case .sha512: sha512.pointer
        }
    }

    /// A method fetched once; a fetch costs more than a short digest.
    ///
    /// Sendable unchecked: libcrypto's methods are constant after the fetch, counted atomically, and never freed here.
    private struct Method: @unchecked Sendable {
        let pointer: OpaquePointer?
        init(_ name: String) { pointer = EVP_MD_fetch(nil, name, nil) }
    }

    private static let sha1 = Method("SHA1")
    private static let sha256 = Method("SHA2-256")
    private static let sha512 = Method("SHA2-512")
}
