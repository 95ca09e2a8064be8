import CCrypto

/// A certificate taken apart, to be made anew for another key (RFC 5280).
package struct CertificateParts {
    /// SHA-1 over the public key itself (section 4.2.1.2), whatever the certificate says.
    package let keyIdentifier: [UInt8]
    package let keyShape: PrivateKey.Shape
    /// The identifier of the key that signed it, as it says; empty when it does not.
    package let issuerIdentifier: [UInt8]
    /// The name of who signed it, in its binary form.
    package let issuer: [UInt8]
    /// What kind of key signed it.
    package let issuerShape: PrivateKey.Shape
    package var isSelfSigned: Bool {
        issuer == subject && (issuerIdentifier.isEmpty || issuerIdentifier == keyIdentifier)
    }

    private let version: [UInt8]
    private let serial: [UInt8]
    private let validity: [UInt8]
    private let subject: [UInt8]
    private let extensions: [Extension]

    private struct Extension {
        var identifier: [UInt8]
        var isCritical: Bool
        var value: [UInt8]
    }

    /// - Throws: `CryptoError` for what is no certificate of version 3, or is for a key of unknown kind.
    package init(_ encoding: [UInt8]) throws(CryptoError) {
        var outer = try DERReader.sequence(in: encoding)
        var body = try outer.sequence()
        let algorithm = try outer.element(0x30)
        let signature = try outer.content(0x03)
        version = try body.element(0xA0)
        serial = try body.content(0x02)
        _ = try body.element(0x30)
        issuer = try body.element(0x30)
        validity = try body.element(0x30)
        subject = try body.element(0x30)
        let info = try body.element(0x30)
        (keyShape, keyIdentifier) = try PrivateKey.Shape.ofPublic(info)
        issuerShape = try .ofSignature(algorithm: algorithm, bytes: signature.count - 1)
        var extensions: [Extension] = []
        // Unique identifiers, which nobody uses, may stand before.
        while !body.isAtEnd {
            guard body.tag == 0xA3 else {
                _ = try body.next()
                continue
            }
            var list = try DERReader.sequence(in: try body.content(0xA3))
            while !list.isAtEnd {
                var item = try list.sequence()
                let identifier = try item.element(0x06)
                let isCritical = item.tag == 0x01 ? try item.content(0x01) != [0] : false
                extensions.append(
                    Extension(identifier: identifier, isCritical: isCritical, value: try item.content(0x04)))
            }
        }
        self.extensions = extensions
        var issuerIdentifier: [UInt8] = []
        if let value = extensions.first(where: { $0.identifier == Self.authorityKey })?.value {
            var parts = try DERReader.sequence(in: value)
            if parts.tag == 0x80 { issuerIdentifier = try parts.content(0x80) }
        }
        self.issuerIdentifier = issuerIdentifier
    }

    private static let subjectKey = DER.identifier(2, 5, 29, 14)
    private static let authorityKey = DER.identifier(2, 5, 29, 35)
    private static let otherNames = DER.identifier(2, 5, 29, 17)
    /// Where production's issuer keeps its lists, and what logs have signed: nothing of a new certificate.
    private static let dropped = [
        DER.identifier(2, 5, 29, 31), DER.identifier(1, 3, 6, 1, 5, 5, 7, 1, 1),
        DER.identifier(1, 3, 6, 1, 4, 1, 11129, 2, 4, 2),
    ]

    /// The same certificate for another key and by another signer.
    ///
    /// - Parameters:
    ///   - mark: an organisational unit that subject and issuer get.
    ///   - name: what becomes of each DNS name.
    package func reissued(
        for key: PrivateKey, by signer: PrivateKey, mark: String, name: (String) -> String = { $0 }
    ) throws(CryptoError) -> Certificate {
        var list: [UInt8] = []
        for var item in extensions where !Self.dropped.contains(item.identifier) {
            switch item.identifier {
            case Self.subjectKey: item.value = DER.octets(try key.identifier())
            case Self.authorityKey:
                item.value = DER.sequence(DER.element(0x80, try signer.identifier()))
            case Self.otherNames: item.value = try Self.renamed(item.value, name)
            default: break
            }
            list += DER.sequence(item.identifier, item.isCritical ? DER.yes : [], DER.octets(item.value))
        }
        let serial = Array(Digest.sha256(self.serial + (try key.identifier())).bytes.prefix(16))
        let body = DER.sequence(
            version, DER.integer([serial[0] & 0x7F] + serial.dropFirst()), signer.algorithm,
            try Self.marked(issuer, mark), validity, try Self.marked(subject, mark), try key.publicInfo(),
            list.isEmpty ? [] : DER.element(0xA3, DER.element(0x30, list)))
        return try Certificate(DER.sequence(body, signer.algorithm, DER.bits(try signer.signature(of: body))))
    }

    /// A name with one more organisational unit.
    private static func marked(_ name: [UInt8], _ mark: String) throws(CryptoError) -> [UInt8] {
        var reader = DERReader(name)
        let parts = try reader.content(0x30)
        let unit = DER.set(DER.sequence(DER.identifier(2, 5, 4, 11), DER.element(0x0C, Array(mark.utf8))))
        return DER.element(0x30, parts + unit)
    }

    private static func renamed(_ value: [UInt8], _ name: (String) -> String) throws(CryptoError) -> [UInt8] {
        var reader = try DERReader.sequence(in: value)
        var list: [UInt8] = []
        while !reader.isAtEnd {
            if reader.tag == 0x82 {
                let text = String(decoding: try reader.content(0x82), as: UTF8.self)
                list += DER.element(0x82, Array(name(text).utf8))
            } else {
                list += try reader.next()
            }
        }
        return DER.element(0x30, list)
    }
}

/// Reads ASN.1 in its distinguished encoding (X.690), one element after another.
struct DERReader {
    private let bytes: [UInt8]
    private var place = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// A reader of what is in the sequence that some bytes are.
    static func sequence(in bytes: [UInt8]) throws(CryptoError) -> DERReader {
        var reader = DERReader(bytes)
        return try reader.sequence()
    }

    var isAtEnd: Bool { place >= bytes.count }
    /// The tag of the next element; 0 at the end.
    var tag: UInt8 { isAtEnd ? 0 : bytes[place] }

    /// The next element, whole.
    mutating func next() throws(CryptoError) -> [UInt8] {
        let content = try bounds()
        defer { place = content.upperBound }
        return Array(bytes[place..<content.upperBound])
    }

    /// The next element, which must have this tag.
    mutating func element(_ tag: UInt8) throws(CryptoError) -> [UInt8] {
        guard self.tag == tag else { throw Self.broken }
        return try next()
    }

    /// What is in the next element.
    mutating func content(_ tag: UInt8) throws(CryptoError) -> [UInt8] {
        guard self.tag == tag else { throw Self.broken }
        let content = try bounds()
        place = content.upperBound
        return Array(bytes[content])
    }

    /// A reader of what is in a sequence.
    mutating func sequence() throws(CryptoError) -> DERReader { DERReader(try content(0x30)) }

    private static let broken = CryptoError(call: "ASN.1", reason: "not what a certificate holds")

    private func bounds() throws(CryptoError) -> Range<Int> {
        guard place + 2 <= bytes.count else { throw Self.broken }
        var start = place + 2
        var count = Int(bytes[place + 1])
        if count >= 0x80 {
            let digits = count & 0x7F
            guard (1...4).contains(digits), start + digits <= bytes.count else { throw Self.broken }
            count = bytes[start..<start + digits].reduce(0) { $0 << 8 | Int($1) }
            start += digits
        }
        guard count <= bytes.count - start else { throw Self.broken }
        return start..<start + count
    }
}
