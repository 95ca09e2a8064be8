import CCrypto

/// A call of libcrypto that failed: which one and what the library says of it. It never holds key material.
package struct CryptoError: Error, Hashable, CustomStringConvertible {
    /// The call, as its man page is named: `RAND_bytes`.
    package var call: String
    /// The library's reason, empty when it gives none.
    package var reason: String

    package init(call: String, reason: String = "") {
        self.call = call
        self.reason = reason
    }

    /// Takes this thread's last error out of libcrypto's queue (ERR_get_error(3)) and empties the queue.
    static func last(_ call: String) -> CryptoError {
        let code = ERR_peek_last_error()
        ERR_clear_error()
        guard code != 0 else { return CryptoError(call: call) }
        var text = [CChar](repeating: 0, count: 256)
        ERR_error_string_n(code, &text, text.count)
        return CryptoError(
            call: call, reason: String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }

    package var description: String {
        reason.isEmpty ? "\(call) failed" : "\(call): \(reason)"
    }
}
