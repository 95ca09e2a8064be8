import CCrypto

/// What a certificate says (RFC 5280).
package struct CertificateContent {
    package var commonName: String
    /// Four or sixteen bytes each.
    package var addresses: [[UInt8]] = []
    package var names: [String] = []
    package var serial: [UInt8]
    /// Seconds since 1970.
    package var notBefore: Int
    package var notAfter: Int
    /// Whether it may sign others.
    package var isAuthority = false

    package init(commonName: String, serial: [UInt8], notBefore: Int, notAfter: Int) {
        self.commonName = commonName
        self.serial = serial
        self.notBefore = notBefore
        self.notAfter = notAfter
    }
}

/// A certificate with the parts that certificates below it name.
package struct Certificate {
    package let encoding: [UInt8]
    private let subject: [UInt8]
    private let keyIdentifier: [UInt8]

    package var pem: String { PEM.encode("CERTIFICATE", encoding) }

    /// Reads a certificate in its binary form.
    package init(_ encoding: [UInt8]) throws(CryptoError) {
        let read = encoding.withUnsafeBufferPointer { buffer in
            var start = buffer.baseAddress
            return d2i_X509(nil, &start, buffer.count)
        }
        guard let read else { throw CryptoError.last("d2i_X509") }
        defer { X509_free(read) }
        self.encoding = encoding
        var start: UnsafeMutablePointer<UInt8>?
        let count = i2d_X509_NAME(X509_get_subject_name(read), &start)
        guard count > 0, let start else { throw CryptoError.last("i2d_X509_NAME") }
        subject = Array(UnsafeBufferPointer(start: start, count: Int(count)))
        CRYPTO_free(start, nil, 0)
        keyIdentifier =
            X509_get0_subject_key_id(read).map { identifier in
                let count = Int(ASN1_STRING_length(identifier))
                return Array(UnsafeBufferPointer(start: ASN1_STRING_get0_data(identifier), count: count))
            } ?? []
    }

    /// Signs a certificate for a key.
    ///
    /// - Parameters:
    ///   - issuer: nil signs it with its own key.
    package static func issue(
        _ content: CertificateContent, for key: PrivateKey,
        by issuer: (certificate: Certificate, key: PrivateKey)? = nil
    ) throws(CryptoError) -> Certificate {
        let subject = DER.sequence(DER.set(DER.sequence(DER.identifier(2, 5, 4, 3), DER.text(content.commonName))))
        let signer = issuer?.key ?? key
        let info = try key.publicInfo()
        let own = content.isAuthority ? try Digest.sha1(publicBits(of: info)).bytes : []
        let body = DER.sequence(
            DER.element(0xA0, DER.integer(2)), DER.integer(content.serial), signer.algorithm,
            issuer?.certificate.subject ?? subject,
            DER.sequence(try time(content.notBefore), try time(content.notAfter)), subject, info,
            DER.element(
                0xA3, DER.element(0x30, extensions(content, own, issuer?.certificate.keyIdentifier ?? []))))
        let signature = try signer.signature(of: body)
        return Certificate(
            encoding: DER.sequence(body, signer.algorithm, DER.bits(signature)), subject: subject, keyIdentifier: own)
    }

    private init(encoding: [UInt8], subject: [UInt8], keyIdentifier: [UInt8]) {
        self.encoding = encoding
        self.subject = subject
        self.keyIdentifier = keyIdentifier
    }

    /// The key itself, without its algorithm: what its identifier is a digest of (RFC 5280, section 4.2.1.2).
    private static func publicBits(of info: [UInt8]) throws(CryptoError) -> [UInt8] {
        var parts = try DERReader.sequence(in: info)
        _ = try parts.next()
        return Array(try parts.content(0x03).dropFirst())
    }

    private static func time(_ seconds: Int) throws(CryptoError) -> [UInt8] {
        guard let time = ASN1_TIME_set(nil, seconds) else { throw CryptoError.last("ASN1_TIME_set") }
        defer { ASN1_STRING_free(time) }
        let bytes = UnsafeBufferPointer(start: ASN1_STRING_get0_data(time), count: Int(ASN1_STRING_length(time)))
        return DER.element(UInt8(ASN1_STRING_type(time)), Array(bytes))
    }

    private static func extensions(_ content: CertificateContent, _ own: [UInt8], _ issuer: [UInt8]) -> [UInt8] {
        func add(_ identifier: [UInt8], _ value: [UInt8], isCritical: Bool = false) -> [UInt8] {
            DER.sequence(identifier, isCritical ? DER.yes : [], DER.octets(value))
        }
        // Digital signature, key encipherment, and signing certificates.
        var result = add(
            DER.identifier(2, 5, 29, 15),
            content.isAuthority ? DER.bits([0b1010_0100], unused: 2) : DER.bits([0b1010_0000], unused: 5),
            isCritical: true)
        result += add(
            DER.identifier(2, 5, 29, 37),
            DER.sequence(
                DER.identifier(1, 3, 6, 1, 5, 5, 7, 3, 1), DER.identifier(1, 3, 6, 1, 5, 5, 7, 3, 2)))
        result += add(
            DER.identifier(2, 5, 29, 19), DER.sequence(content.isAuthority ? DER.yes : []), isCritical: true)
        if !own.isEmpty { result += add(DER.identifier(2, 5, 29, 14), DER.octets(own)) }
        if !issuer.isEmpty {
            result += add(DER.identifier(2, 5, 29, 35), DER.sequence(DER.element(0x80, issuer)))
        }
        let others =
            content.names.flatMap { DER.element(0x82, Array($0.utf8)) }
            + content.addresses.flatMap { DER.element(0x87, $0) }
        if !others.isEmpty { result += add(DER.identifier(2, 5, 29, 17), DER.element(0x30, others)) }
        return result
    }
}
