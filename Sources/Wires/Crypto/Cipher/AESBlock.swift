import CCrypto

/// AES-128 on single blocks, for keyed functions and permutations; no mode of encryption for messages.
///
/// Its context is libcrypto's, set up once for a key. One thread at a time may use it.
package struct AESBlock: ~Copyable {
    /// The length of a block and of a key, in bytes.
    package static let blockSize = 16

    private let context: OpaquePointer

    /// libcrypto answers "no" here only when the machine has no memory left.
    ///
    /// - Parameter key: 16 bytes.
    package init(key: some Collection<UInt8>) {
        precondition(key.count == Self.blockSize, "an AES-128 key has 16 bytes")
        guard let context = EVP_CIPHER_CTX_new(),
            EVP_EncryptInit_ex(context, EVP_aes_128_ecb(), nil, Array(key), nil) == 1,
            EVP_CIPHER_CTX_set_padding(context, 0) == 1
        else { preconditionFailure("libcrypto has no memory for a cipher") }
        self.context = context
    }

    deinit {
        EVP_CIPHER_CTX_free(context)
    }

    /// Encrypts whole blocks in place, each for itself.
    ///
    /// - Parameter memory: `count` blocks of 16 bytes.
    @inline(__always)
    package borrowing func encrypt(_ memory: UnsafeMutableRawPointer, blocks count: Int = 1) {
        let bytes = memory.assumingMemoryBound(to: UInt8.self)
        let done = EVP_Cipher(context, bytes, bytes, UInt32(count &* Self.blockSize))
        precondition(done > 0, "libcrypto refused a block")
    }
}
