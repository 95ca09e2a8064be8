import CCrypto

/// libcrypto's own opinion of certificates.
enum Verification {
    /// Whether a certificate is well formed, and signed by the authority that it is said to be under.
    static func holds(_ certificate: [UInt8], under authority: [UInt8]) -> Bool {
        guard let certificate = read(certificate), let authority = read(authority), let store = X509_STORE_new(),
            let context = X509_STORE_CTX_new()
        else { return false }
        defer {
            X509_STORE_CTX_free(context)
            X509_STORE_free(store)
            X509_free(certificate)
            X509_free(authority)
        }
        X509_STORE_add_cert(store, authority)
        guard X509_STORE_CTX_init(context, store, certificate, nil) == 1 else { return false }
        return X509_verify_cert(context) == 1
    }

    private static func read(_ bytes: [UInt8]) -> OpaquePointer? {
        bytes.withUnsafeBufferPointer { buffer in
            var start = buffer.baseAddress
            return d2i_X509(nil, &start, buffer.count)
        }
    }
}
