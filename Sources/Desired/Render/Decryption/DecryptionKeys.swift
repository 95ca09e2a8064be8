package import Crypto
package import Document

/// Which private keys open the files of which environment.
package struct DecryptionKeys: Sendable {
    private let find: @Sendable (Environment) throws -> [AgeIdentity]
    /// Whether ciphertext may stay where no key opens it, because nothing of it is applied or shown.
    let leavesCiphertext: Bool

    /// - Parameter find: an environment's keys; what it throws refuses the rendering.
    package init(_ find: @escaping @Sendable (Environment) throws -> [AgeIdentity]) {
        self.find = find
        leavesCiphertext = false
    }

    private init(leavesCiphertext: Bool) {
        find = { _ in [] }
        self.leavesCiphertext = leavesCiphertext
    }

    /// No keys: a rendering that needs one is refused.
    package static let none = DecryptionKeys(leavesCiphertext: false)

    /// For checks and lists of what is read, which work without keys.
    package static let notNeeded = DecryptionKeys(leavesCiphertext: true)

    /// The same keys for every environment, as a person at a command line has them.
    package static func all(_ identities: [AgeIdentity]) -> DecryptionKeys { DecryptionKeys { _ in identities } }

    func identities(for environment: Environment) throws(Problem) -> [AgeIdentity] {
        do {
            return try find(environment)
        } catch let error as Problem {
            throw error
        } catch {
            throw Problem("the keys of environment \(environment.name) cannot be read: \(error)")
        }
    }
}

/// How an environment's files are decrypted: `decryption` of an environment in `belay.yaml`.
package struct Decryption: Sendable, Hashable {
    /// A key's name in the server's config; nil takes those that the server has for the environment.
    package var key: String?
    package var origin: Origin

    /// - Throws: `Problem` at a provider that is not known.
    init?(_ reader: FieldReader?) throws(Problem) {
        guard var reader else { return nil }
        let provider = try reader.required("provider")
        guard try reader.requiredString("provider") == "sops" else {
            throw Problem("the provider of \"decryption\" must be sops", at: provider.origin)
        }
        origin = reader.origin
        if var reference = try reader.fields("secretRef") {
            origin = try reference.required("name").origin
            key = try reference.requiredString("name")
            try reference.finish()
        }
        try reader.finish()
    }
}
