import CCrypto
import Glibc

/// Slow digests of passwords.
package enum PasswordHash {
    private typealias Crypt =
        @convention(c) (
            UnsafePointer<CChar>, UnsafePointer<CChar>, UnsafeMutableRawPointer
        ) -> UnsafeMutablePointer<CChar>?

    /// libcrypt's function, loaded when it is first needed, as few charts ever need it (crypt(3)).
    private static let crypt: Crypt? = {
        guard let library = dlopen("libcrypt.so.1", RTLD_NOW), let symbol = dlsym(library, "crypt_r") else {
            return nil
        }
        return unsafeBitCast(symbol, to: Crypt.self)
    }()

    /// More than the `struct crypt_data` of every libcrypt.
    private static let workspace = 1 << 18

    /// bcrypt in the form `$2a$10$…`.
    ///
    /// - Parameters:
    ///   - cost: the rounds' binary logarithm, from 4 to 31.
    ///   - salt: 16 bytes.
    package static func bcrypt(_ password: [UInt8], cost: Int = 10, salt: [UInt8]) throws(CryptoError) -> String {
        guard let crypt else { throw CryptoError(call: "bcrypt", reason: "libcrypt.so.1 is not installed") }
        let setting = "$2b$\(cost < 10 ? "0" : "")\(cost)$" + radix64(salt)
        let result = withUnsafeTemporaryAllocation(byteCount: workspace, alignment: 16) { memory -> String? in
            memory.initializeMemory(as: UInt8.self, repeating: 0)
            guard let base = memory.baseAddress else { return nil }
            let text = password.map { CChar(bitPattern: $0) } + [0]
            return crypt(text, setting, base).map { String(cString: $0) }
        }
        guard let result, result.hasPrefix("$2b$") else {
            throw CryptoError(call: "bcrypt", reason: "libcrypt refuses the setting")
        }
        return "$2a$" + result.dropFirst(4)
    }

    static let digits = Array("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)

    /// Base 64 with bcrypt's own alphabet, without padding.
    private static func radix64(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        var (buffer, bits): (UInt32, Int) = (0, 0)
        for byte in bytes {
            buffer = buffer << 8 | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                text.append(digits[Int(buffer >> UInt32(bits) & 63)])
            }
        }
        if bits > 0 { text.append(digits[Int(buffer << UInt32(6 - bits) & 63)]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// scrypt (RFC 7914).
    package static func scrypt(
        _ password: [UInt8], salt: [UInt8], cost: UInt64, blockSize: UInt64, parallel: UInt64, count: Int
    ) throws(CryptoError) -> [UInt8] {
        var key = [UInt8](repeating: 0, count: count)
        let text = password.map { CChar(bitPattern: $0) }
        guard
            EVP_PBE_scrypt(
                text, text.count, salt, salt.count, cost, blockSize, parallel, 256 << 20, &key, count) == 1
        else { throw CryptoError.last("EVP_PBE_scrypt") }
        return key
    }
}

/// AES with a key of 256 bits in cipher-block chaining, padded (RFC 3602, RFC 5652 section 6.3). It proves nothing of
/// where a text comes from: for what others wrote only.
package enum BlockCipher {
    /// - Parameters:
    ///   - key: 32 bytes.
    ///   - start: 16 bytes.
    package static func encrypt(_ bytes: [UInt8], key: [UInt8], start: [UInt8]) throws(CryptoError) -> [UInt8] {
        try run(bytes, key, start, encrypts: 1)
    }

    package static func decrypt(_ bytes: [UInt8], key: [UInt8], start: [UInt8]) throws(CryptoError) -> [UInt8] {
        try run(bytes, key, start, encrypts: 0)
    }

    private static func run(
        _ bytes: [UInt8], _ key: [UInt8], _ start: [UInt8], encrypts: Int32
    ) throws(CryptoError) -> [UInt8] {
        guard key.count == 32, start.count == 16 else {
            throw CryptoError(call: "AES", reason: "a key of wrong length")
        }
        guard let context = EVP_CIPHER_CTX_new() else { throw CryptoError.last("EVP_CIPHER_CTX_new") }
        defer { EVP_CIPHER_CTX_free(context) }
        var result = [UInt8](repeating: 0, count: bytes.count + 16)
        var (count, rest): (Int32, Int32) = (0, 0)
        guard EVP_CipherInit_ex(context, EVP_aes_256_cbc(), nil, key, start, encrypts) == 1,
            EVP_CipherUpdate(context, &result, &count, bytes, Int32(bytes.count)) == 1,
            result.withUnsafeMutableBufferPointer({
                EVP_CipherFinal_ex(context, $0.baseAddress?.advanced(by: Int(count)), &rest)
            }) == 1
        else { throw CryptoError.last("EVP_CipherFinal_ex") }
        return Array(result.prefix(Int(count + rest)))
    }
}
