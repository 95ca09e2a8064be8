import Crypto
import Glibc

/// Sprig's functions that make keys and certificates. They draw from the call's own stream, so that they give the same
/// at every rendering, and count from the instant that `now` gives.
enum CertificateFunctions {
    static let all: [String: TemplateEvaluator.Function] = [
        "genPrivateKey": { arguments in
            let kind = try arguments.string(0)
            return .string(try privateKey(kind, arguments) ?? "Unknown type \(kind)")
        },
        "genCA": { try authority($0, key: nil) },
        "genCAWithKey": { try authority($0, key: $0.string(2)) },
        "genSelfSignedCert": { try selfSigned($0, key: nil) },
        "genSelfSignedCertWithKey": { try selfSigned($0, key: $0.string(4)) },
        "genSignedCert": { try signed($0, key: nil) },
        "genSignedCertWithKey": { try signed($0, key: $0.string(5)) },
        "buildCustomCert": { try custom($0) },
    ]

    /// The text of a new key; nil for an unknown kind.
    private static func privateKey(_ kind: String, _ arguments: Arguments) throws -> String? {
        let stream = RandomStream(arguments)
        switch kind {
        case "", "rsa":
            try arguments.evaluator.labour(rsaLabour(4096))
            return try rsa(bits: 4096, arguments, stream)
        case "ecdsa": return try PrivateKey.ecdsa(.p256, from: stream.take).pem
        case "ed25519": return try PrivateKey.ed25519(from: stream.take).pem
        case "dsa":
            try arguments.evaluator.labour(100)
            return try made("dsa", arguments, stream) { try PrivateKey.dsa(from: $0.take) }
        default: return nil
        }
    }

    /// How many milliseconds a key of RSA is likely to take.
    private static func rsaLabour(_ bits: Int) -> Int { bits > 2048 ? 200 : 15 }

    /// The text of a new key of RSA.
    private static func rsa(bits: Int, _ arguments: Arguments, _ stream: RandomStream) throws -> String {
        try made("rsa \(bits)", arguments, stream) { try PrivateKey.rsa(bits: bits, from: $0.take) }
    }

    /// The text of a key, from memory where it was made before.
    private static func made(
        _ kind: String, _ arguments: Arguments, _ stream: RandomStream, make: (RandomStream) throws -> PrivateKey
    ) throws -> String {
        let seed = Array(kind.utf8) + stream.take(32)
        return try arguments.evaluator.keys.text(from: seed) { try make(RandomStream(seed: seed)).pem }
    }

    /// The key that was handed in, or a new one of RSA with 2048 bits.
    private static func key(_ given: String?, _ arguments: Arguments, _ stream: RandomStream) throws -> PrivateKey {
        try read(try given ?? rsa(bits: 2048, arguments, stream))
    }

    private static func read(_ text: String) throws -> PrivateKey {
        do {
            return try PrivateKey.read(text)
        } catch {
            throw TemplateError("error parsing private key: \(error.reason)")
        }
    }

    // MARK: Certificates

    private static func content(_ arguments: Arguments, days: Int, _ stream: RandomStream) throws -> CertificateContent
    {
        let start = arguments.evaluator.now
        let (length, overflow) = try arguments.int(days).multipliedReportingOverflow(by: 86400)
        let (end, overflows) = start.addingReportingOverflow(length)
        guard !overflow, !overflows, (0...253_402_300_799).contains(end) else {
            throw TemplateError("a certificate cannot be valid for \(try arguments.int(days)) days")
        }
        return CertificateContent(
            commonName: try arguments.string(0), serial: stream.take(16), notBefore: start, notAfter: end)
    }

    private static func authority(_ arguments: Arguments, key given: String?) throws -> TemplateValue {
        try pair(arguments, key: given) { stream in
            var content = try content(arguments, days: 1, stream)
            content.isAuthority = true
            let key = try key(given, arguments, stream)
            return (try Certificate.issue(content, for: key), key)
        }
    }

    private static func selfSigned(_ arguments: Arguments, key given: String?) throws -> TemplateValue {
        try pair(arguments, key: given) { stream in
            var content = try content(arguments, days: 3, stream)
            try addNames(to: &content, arguments)
            let key = try key(given, arguments, stream)
            return (try Certificate.issue(content, for: key), key)
        }
    }

    private static func signed(_ arguments: Arguments, key given: String?) throws -> TemplateValue {
        guard case .host(let object) = try arguments[4], let authority = object as? KeyPair else {
            throw arguments.mismatch(try arguments[4], "sprig.certificate", 4)
        }
        return try pair(arguments, key: given) { stream in
            var content = try content(arguments, days: 3, stream)
            try addNames(to: &content, arguments)
            let issuer = (try certificate(authority.certificate), try read(authority.key))
            let key = try key(given, arguments, stream)
            return (try Certificate.issue(content, for: key, by: issuer), key)
        }
    }

    /// A certificate with its key, from memory where they were made of the same.
    private static func pair(
        _ arguments: Arguments, key given: String?, make: (RandomStream) throws -> (Certificate, PrivateKey)
    ) throws -> TemplateValue {
        if given == nil { try arguments.evaluator.labour(rsaLabour(2048)) }
        let stream = RandomStream(arguments)
        var told = Array("\(arguments.name) \(arguments.evaluator.now)".utf8)
        for value in arguments.values {
            let text = GoText.of(value)
            told += Array(" \(text.utf8.count) \(value.typeName) \(text)".utf8)
        }
        let text = try arguments.evaluator.keys.text(from: HMAC.sha256(told, key: stream.take(32))) {
            let (certificate, key) = try make(stream)
            return certificate.pem + key.pem
        }
        let end = "-----END CERTIFICATE-----\n"
        guard let mark = Search.find(Array(end.utf8), in: Array(text.utf8), from: 0) else {
            throw TemplateError("unable to decode certificate")
        }
        let (certificate, key) = (text.utf8.prefix(mark + end.utf8.count), text.utf8.dropFirst(mark + end.utf8.count))
        return .host(
            KeyPair(
                certificate: String(decoding: certificate, as: UTF8.self), key: String(decoding: key, as: UTF8.self)))
    }

    private static func certificate(_ pem: String) throws -> Certificate {
        guard let block = PEM.decode(pem) else { throw TemplateError("unable to decode certificate") }
        do {
            return try Certificate(block.bytes)
        } catch {
            throw TemplateError("error parsing certificate: \(error.reason)")
        }
    }

    private static func custom(_ arguments: Arguments) throws -> TemplateValue {
        guard let certificate = Base64.decode(try arguments.string(0)) else {
            throw TemplateError("unable to decode base64 certificate")
        }
        guard let key = Base64.decode(try arguments.string(1)) else {
            throw TemplateError("unable to decode base64 private key")
        }
        let pair = KeyPair(
            certificate: String(decoding: certificate, as: UTF8.self), key: String(decoding: key, as: UTF8.self))
        _ = try self.certificate(pair.certificate)
        _ = try read(pair.key)
        return .host(pair)
    }

    private static func addNames(to content: inout CertificateContent, _ arguments: Arguments) throws {
        for item in try items(arguments, 1) {
            guard let text = item.string else {
                throw TemplateError("error parsing ip: \(GoText.of(item)) is not a string")
            }
            guard let address = address(text) else { throw TemplateError("error parsing ip: \(text)") }
            content.addresses.append(address)
        }
        for item in try items(arguments, 2) {
            guard let text = item.string else {
                throw TemplateError("error processing alternate dns name: \(GoText.of(item)) is not a string")
            }
            content.names.append(text)
        }
    }

    private static func items(_ arguments: Arguments, _ index: Int) throws -> [TemplateValue] {
        let value = try arguments[index]
        if value.isNone { return [] }
        guard case .list(let items) = value else { throw arguments.mismatch(value, "[]interface {}", index) }
        return items
    }

    private static func address(_ text: String) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &bytes) == 1 { return Array(bytes.prefix(4)) }
        return inet_pton(AF_INET6, text, &bytes) == 1 ? bytes : nil
    }
}

/// A certificate with its key, as templates see it.
struct KeyPair: HostObject {
    let certificate: String
    let key: String

    var typeName: String { "sprig.certificate" }
    var text: String { "{\(certificate) \(key)}" }
    var plain: TemplateValue { .map(["Cert": .string(certificate), "Key": .string(key)]) }

    func member(_ name: String, _ arguments: [TemplateValue]) throws -> TemplateValue? {
        switch name {
        case "Cert": .string(certificate)
        case "Key": .string(key)
        default: nil
        }
    }
}
