import Crypto
import Document

/// What SOPS keeps beside the values: whose keys open them, how they were chosen, and the code over them.
struct SopsMetadata {
    /// The key of the file, encrypted to one recipient.
    struct AgeKey {
        var recipient: String
        var file: String
    }

    private static let otherKeys = ["kms", "gcp_kms", "hckms", "azure_kv", "hc_vault", "pgp"]

    /// As it was read.
    let value: Value
    let age: [AgeKey]
    /// Kinds of keys beside age that open the file too.
    let others: [String]
    let selection: SopsSelection
    let lastModified: String
    let mac: String

    /// - Throws: `Problem` at what is missing or not supported.
    init(_ value: Value) throws(Problem) {
        self.value = value
        try Self.checkVersion(value)
        var keys = value
        if let groups = value["key_groups"]?.items, !groups.isEmpty {
            guard groups.count == 1 else {
                throw Problem(
                    "the file's key is split among \(groups.count) groups of keys (Shamir's secret sharing), which is not supported",
                    at: groups[1].origin, hint: "encrypt it with one group: remove key_groups and shamir_threshold")
            }
            keys = groups[0]
        }
        age = (keys["age"]?.items ?? []).compactMap { item in
            guard let file = item["enc"]?.scalar?.text else { return nil }
            return AgeKey(recipient: item["recipient"]?.scalar?.text ?? "", file: file)
        }
        others = Self.otherKeys.filter { keys[$0]?.items?.isEmpty == false }
        selection = try SopsSelection(value)
        lastModified = value["lastmodified"]?.scalar?.text ?? ""
        mac = value["mac"]?.scalar?.text ?? ""
    }

    private static func checkVersion(_ value: Value) throws(Problem) {
        guard let version = value["version"]?.scalar?.text else { return }
        let major = version.split(separator: ".").first.flatMap { Int($0) }
        guard let major, major <= 3 else {
            throw Problem(
                "the file is of SOPS \"\(version)\", a version that is not known",
                at: value["version"]?.origin ?? value.origin,
                hint: "versions up to 3 are read; encrypt it with one of them")
        }
    }

    /// The file's key, opened with one of the identities.
    ///
    /// - Throws: `Problem` that says whose key is needed.
    func key(with identities: [AgeIdentity]) throws(Problem) -> (key: [UInt8], recipient: AgeRecipient) {
        var damage: AgeError?
        for entry in age {
            do throws(AgeError) {
                let opened = try Age.decrypt(Array(entry.file.utf8), with: identities)
                guard opened.content.count == AEAD.keyCount else { throw .malformed("the key in it is none") }
                return (opened.content, opened.recipient)
            } catch {
                if case .noIdentity = error { continue }
                damage = damage ?? error
            }
        }
        if let damage {
            throw Problem(
                "the file's key cannot be read: \(damage)", at: value["age"]?.origin ?? value.origin,
                hint: "take the file from git as it was encrypted")
        }
        throw missingKey(hasIdentities: !identities.isEmpty)
    }

    private func missingKey(hasIdentities: Bool) -> Problem {
        let owners = age.map(\.recipient) + others
        let whose = owners.isEmpty ? "nobody" : owners.joined(separator: ", ")
        if age.isEmpty {
            return Problem(
                "the file is encrypted to \(whose), and no key of age opens it", at: value.origin,
                hint: "add a recipient of age to it (sops updatekeys)")
        }
        let which = hasIdentities ? "none of the age keys at hand opens it" : "no age key is at hand"
        return Problem(
            "the file is encrypted with SOPS, and \(which); it is for \(whose)", at: value.origin,
            hint:
                "name the private key: --age-key-file or SOPS_AGE_KEY_FILE for a command, spec.keys of the server's config for a service"
        )
    }
}
