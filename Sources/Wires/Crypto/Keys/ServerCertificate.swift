import CCrypto

/// A certificate that a service makes for itself, with its private key, both in PEM.
///
/// It is its own authority: a client that is handed it trusts this one server and nobody else (X.509, RFC 5280).
package struct ServerCertificate: Sendable {
    package var certificate: [UInt8]
    /// Never to be shown.
    package var key: [UInt8]

    package init(certificate: [UInt8], key: [UInt8]) {
        self.certificate = certificate
        self.key = key
    }

    /// Makes a key on P-256 and signs a certificate with it.
    ///
    /// - Parameters:
    ///   - name: the common name.
    ///   - alternatives: who the server is to its clients: `DNS:localhost`, `IP:127.0.0.1`.
    ///   - days: how long it is valid.
    /// - Throws: `CryptoError`.
    package static func make(name: String, alternatives: [String], days: Int) throws(CryptoError) -> ServerCertificate {
        guard let key = crypto_new_ec_key("P-256") else { throw CryptoError.last("EVP_PKEY_Q_keygen") }
        defer { EVP_PKEY_free(key) }
        guard let certificate = X509_new() else { throw CryptoError.last("X509_new") }
        defer { X509_free(certificate) }
        try fill(certificate, name: name, days: days)
        try check(X509_set_pubkey(certificate, key), "X509_set_pubkey")
        let extensions = [
            (NID_basic_constraints, "critical,CA:TRUE"), (NID_subject_alt_name, alternatives.joined(separator: ",")),
            (NID_key_usage, "critical,digitalSignature,keyCertSign"), (NID_ext_key_usage, "serverAuth"),
        ]
        for (identifier, value) in extensions { try add(identifier, value, to: certificate) }
        try check(X509_sign(certificate, key, EVP_sha256()), "X509_sign")
        return ServerCertificate(
            certificate: try pem { PEM_write_bio_X509($0, certificate) },
            key: try pem { PEM_write_bio_PrivateKey($0, key, nil, nil, 0, nil, nil) })
    }

    private static func fill(_ certificate: OpaquePointer, name: String, days: Int) throws(CryptoError) {
        try check(X509_set_version(certificate, 2), "X509_set_version")
        let serial = try Random.bytes(15)
        let number = BN_bin2bn(serial, Int32(serial.count), nil)
        defer { BN_free(number) }
        guard BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nil else {
            throw CryptoError.last("BN_to_ASN1_INTEGER")
        }
        // A clock that is a little behind must not refuse what was made a moment ago.
        X509_gmtime_adj(X509_getm_notBefore(certificate), -3600)
        X509_gmtime_adj(X509_getm_notAfter(certificate), days * 86400)
        let subject = X509_get_subject_name(certificate)
        let bytes = Array(name.utf8)
        try check(
            X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, bytes, Int32(bytes.count), -1, 0),
            "X509_NAME_add_entry_by_txt")
        try check(X509_set_issuer_name(certificate, subject), "X509_set_issuer_name")
    }

    private static func add(_ identifier: Int32, _ value: String, to certificate: OpaquePointer) throws(CryptoError) {
        guard let found = crypto_extension(identifier, value) else { throw CryptoError.last("X509V3_EXT_conf_nid") }
        defer { X509_EXTENSION_free(found) }
        try check(X509_add_ext(certificate, found, -1), "X509_add_ext")
    }

    private static func pem(_ write: (OpaquePointer) -> Int32) throws(CryptoError) -> [UInt8] {
        guard let bio = BIO_new(BIO_s_mem()) else { throw CryptoError.last("BIO_new") }
        defer { BIO_free(bio) }
        try check(write(bio), "PEM_write_bio")
        var start: UnsafeMutablePointer<CChar>?
        let count = crypto_bio_bytes(bio, &start)
        guard let start, count > 0 else { throw CryptoError.last("BIO_get_mem_data") }
        return UnsafeBufferPointer(start: start, count: count).map { UInt8(bitPattern: $0) }
    }

    private static func check(_ code: Int32, _ call: String) throws(CryptoError) {
        guard code > 0 else { throw CryptoError.last(call) }
    }
}
