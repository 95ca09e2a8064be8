/// Who an age file is encrypted to.
package struct AgeRecipient: Sendable, Hashable, CustomStringConvertible {
    /// A point of Curve25519.
    let point: [UInt8]

    /// Reads `age1…`.
    ///
    /// - Throws: `AgeError` that names kinds which are not supported.
    package init(_ text: String) throws(AgeError) {
        if text.hasPrefix("ssh-") { throw .unsupported("the recipient \(text.prefix { $0 != " " }), a key of SSH,") }
        guard let (prefix, bytes) = Bech32.decode(text) else { throw .noKey("a recipient such as age1…") }
        if prefix == "age1pq" { throw .unsupported("the post-quantum recipient age1pq1…") }
        if prefix.hasPrefix("age1") { throw .unsupported("a recipient of the plug-in \(prefix.dropFirst(4))") }
        guard prefix == "age", text == text.lowercased(), bytes.count == X25519.count else {
            throw .noKey("a recipient such as age1…")
        }
        point = bytes
    }

    init(point: [UInt8]) {
        self.point = point
    }

    /// `age1…`
    package var description: String { Bech32.encode(point, prefix: "age") }
}

/// What opens age files: a secret number. What prints it shows who it belongs to, never what it is.
package struct AgeIdentity: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    private static let prefix = "AGE-SECRET-KEY-"
    let secret: [UInt8]
    /// Who opens with it.
    package let recipient: AgeRecipient

    /// Reads `AGE-SECRET-KEY-1…`.
    package init(_ text: String) throws(AgeError) {
        guard let (prefix, bytes) = Bech32.decode(text), text == text.uppercased(),
            prefix == Self.prefix.lowercased(), bytes.count == X25519.count
        else {
            if text.hasPrefix("AGE-PLUGIN-") { throw .unsupported("an identity of a plug-in") }
            if text.hasPrefix("AGE-SECRET-KEY-PQ-") { throw .unsupported("a post-quantum identity") }
            throw .noKey("an identity, AGE-SECRET-KEY-1…,")
        }
        try self.init(secret: bytes)
    }

    init(secret: [UInt8]) throws(AgeError) {
        self.secret = secret
        recipient = AgeRecipient(
            point: try AgeError.wrapping { () throws(CryptoError) in try X25519.publicKey(of: secret) })
    }

    /// A new one.
    ///
    /// - Parameter random: so many bytes that nobody can foresee.
    package static func generate(_ random: (Int) throws(CryptoError) -> [UInt8]) throws(AgeError) -> AgeIdentity {
        try AgeIdentity(secret: try AgeError.wrapping { () throws(CryptoError) in try random(X25519.count) })
    }

    /// The identities of a key file: one a line; empty lines and those that begin with `#` are left out.
    ///
    /// - Throws: the error with the number of the line, from 1.
    package static func identities(in text: String) throws(AgeFileError) -> [AgeIdentity] {
        var found: [AgeIdentity] = []
        for (index, line) in text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            let word = String(Substring(line).filter { !$0.isWhitespace })
            if word.isEmpty || word.hasPrefix("#") { continue }
            do throws(AgeError) {
                found.append(try AgeIdentity(word))
            } catch {
                throw AgeFileError(line: index + 1, error: error)
            }
        }
        return found
    }

    /// `AGE-SECRET-KEY-1…`, for the one place that writes it down.
    package var revealed: String { Bech32.encode(secret, prefix: Self.prefix) }

    package var description: String { "(identity of \(recipient))" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// A line of a key file that is no key.
package struct AgeFileError: Error, Hashable {
    /// From 1.
    package var line: Int
    package var error: AgeError
}
