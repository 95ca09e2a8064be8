package import Crypto
package import Document

/// How new files are encrypted: a creation rule of `.sops.yaml`, or what a command says.
package struct SopsRule {
    package static let fileName = ".sops.yaml"
    private static let otherKeys = [
        "kms", "pgp", "gcp_kms", "hckms", "azure_keyvault", "hc_vault_transit_uri", "aws_profile",
    ]

    package var recipients: [AgeRecipient]
    package var selection: SopsSelection
    /// The settings of the selection as they are written into files.
    var settings: [(String, Value)]

    /// - Parameter fields: settings such as `encrypted_regex`; without any, all is encrypted but `…_unencrypted`.
    package init(recipients: [AgeRecipient], fields: Value = .mapping(Mapping())) throws(Problem) {
        self.recipients = recipients
        selection = try SopsSelection(fields)
        settings = SopsSelection.names.compactMap { name in fields[name].map { (name, $0) } }
        if selection.isEmpty {
            selection.unencryptedSuffix = SopsSelection.defaultSuffix
            settings.append(("unencrypted_suffix", .string(SopsSelection.defaultSuffix)))
        }
    }

    /// The first rule of `.sops.yaml` that fits a file; nil when none does.
    ///
    /// - Parameter path: the file's, from the folder of `.sops.yaml`.
    /// - Throws: `Problem` at a rule that is none, or that asks for keys which are not supported.
    package static func first(in document: Value, for path: String) throws(Problem) -> SopsRule? {
        for rule in document["creation_rules"]?.items ?? [] {
            if let pattern = rule["path_regex"], let text = pattern.string {
                guard let fits = try SopsPattern(text, at: pattern.origin).isFound(in: path) else {
                    throw Problem("the regular expression \"\(text)\" takes too long", at: pattern.origin)
                }
                if !fits { continue }
            }
            return try SopsRule(rule)
        }
        return nil
    }

    private init(_ rule: Value) throws(Problem) {
        var keys = rule
        if let groups = rule["key_groups"]?.items, !groups.isEmpty {
            guard groups.count == 1 else {
                throw Problem(
                    "the rule splits the key among groups (Shamir's secret sharing), which is not supported",
                    at: groups[1].origin, hint: "leave one group of keys")
            }
            keys = groups[0]
        }
        for name in Self.otherKeys where keys[name]?.isNull == false {
            throw Problem(
                "the rule asks for keys of \(name), and files are encrypted to recipients of age alone",
                at: keys[name]?.origin ?? rule.origin, hint: "leave age, or encrypt such files with sops")
        }
        try self.init(recipients: try Self.recipients(keys["age"], at: rule.origin), fields: rule)
    }

    private static func recipients(_ value: Value?, at origin: Origin) throws(Problem) -> [AgeRecipient] {
        let texts = value?.string.map { [$0] } ?? value?.strings ?? []
        let recipients = try recipients(texts, at: value?.origin ?? origin)
        guard !recipients.isEmpty else {
            throw Problem("the rule names no recipient of age", at: origin, hint: "write age: age1…")
        }
        return recipients
    }

    /// Reads recipients, of which a text may hold several with commas between them.
    ///
    /// - Throws: `Problem` at one that is none.
    package static func recipients(_ texts: [String], at origin: Origin = .none) throws(Problem) -> [AgeRecipient] {
        var found: [AgeRecipient] = []
        for text in texts.flatMap({ $0.split { ", \n\t".contains($0) } }).map(String.init) {
            do throws(AgeError) {
                let recipient = try AgeRecipient(text)
                if !found.contains(recipient) { found.append(recipient) }
            } catch {
                // Who mistakes a private key for the recipient must not find it in a log.
                let isPrivate = text.uppercased().hasPrefix("AGE-SECRET-KEY")
                let shown = isPrivate ? "a private key" : "\"\(text.prefix(80))\""
                throw Problem(
                    "\(shown) is no recipient: \(error)", at: origin,
                    hint: isPrivate ? "name the public key, age1…, that belay secrets keygen printed with it" : "")
            }
        }
        return found
    }
}
