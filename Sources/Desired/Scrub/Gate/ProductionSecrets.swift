package import Document
package import Manifest

/// Finds what production's manifests keep secret, so that it can be looked for elsewhere.
package final class ProductionSecrets {
    private let policy: ScrubPolicy
    private let taint: Taint
    private let application: String
    private let judge: LeafJudge
    package private(set) var fingerprints: Fingerprints

    /// - Parameters:
    ///   - application: whose rendering it is: `prod/web`.
    ///   - policy: as it holds in the environment that must not have the values.
    ///   - key: of the project's fingerprints.
    package init(of application: String, policy: ScrubPolicy, key: [UInt8], taint: Taint) {
        self.application = application
        self.policy = policy
        self.taint = taint
        judge = LeafJudge(policy.detectors)
        fingerprints = Fingerprints(key: key)
    }

    /// Takes in one manifest.
    ///
    /// - Throws: `Problem` at a value that cannot be judged.
    package func add(_ manifest: Manifest) throws(Problem) {
        let walk = ManifestWalk(manifest)
        let rules = policy.rules(for: manifest)
        if ManifestWalk.holdsNothing(manifest), rules.isEmpty { return }
        var value = manifest.value
        try walk.change(&value) { (value, scalar, field) throws(Problem) -> ManifestWalk.Verdict in
            guard scalar.kind != .null, !field.isIdentity else { return .same }
            let rule = rules.first { rule in rule.fields.contains { $0.matches(field.place) } }
            if rule?.action == .keep { return .same }
            let isDecrypted = self.taint.isDecrypted(value.origin)
            guard scalar.kind != .bool || rule != nil || isDecrypted else { return .same }
            let plain = try FieldText.plain(scalar, field, walk.key, value.origin)
            let place = SecretPlace(
                application: self.application, object: walk.key, path: field.path, origin: value.origin,
                type: rule?.dataClass?.rawValue ?? "secret")
            try self.add(field.leaf(plain), field, place, isClassified: rule?.isClassifying ?? false || isDecrypted)
            if field.isSecretEntry { self.addShort(plain, field, place) }
            return .same
        }
    }

    private func add(
        _ leaf: Leaf, _ field: Field, _ place: SecretPlace, isClassified: Bool
    ) throws(Problem) {
        let unfolding = Unfolding { (leaf) throws(Problem) -> [UInt8]? in
            if leaf.role == .pem {
                self.addKeys(of: leaf, field, place)
                return nil
            }
            if isClassified, leaf.role != .host, leaf.role != .key, !(leaf.isNested && OpenSettings.isOpen(leaf)),
                let reach = SecretReach.classified(PlainForm.of(leaf.bytes))
            {
                self.fingerprints.add(leaf.bytes, reach, at: place)
            }
            for judgement in self.judge.judge(leaf, at: field.place, isSecretEntry: field.isSecretEntry) {
                let part = Array(leaf.bytes[judgement.range])
                let reach: Fingerprints.Reach? =
                    leaf.role == .binary
                    ? (part.count >= 16 ? .anywhere : nil) : SecretReach.of(judgement, in: leaf)
                guard let reach else { continue }
                var place = place
                place.type = judgement.type
                self.fingerprints.add(part, reach, at: place)
                for word in Self.randomWords(part) { self.fingerprints.add(word, .anywhere, at: place) }
            }
            return nil
        }
        _ = try unfolding.unfold(leaf)
    }

    /// A short password may be readable base64 or hexadecimal of a still shorter text by chance; it counts as it is, too.
    private func addShort(_ plain: [UInt8], _ field: Field, _ place: SecretPlace) {
        let leaf = field.leaf(plain)
        guard plain.count <= 24, let form = EncodedForm(plain, leaf), form.plain.count < 12,
            !SecretReach.isCommon(form.plain), !PlainWords.contains(form.plain)
        else { return }
        let judgement = Judgement(type: "kubernetes-secret", dataClass: .secret, range: 0..<plain.count)
        guard let reach = SecretReach.of(judgement, in: leaf) else { return }
        fingerprints.add(plain, reach, at: place)
    }

    /// In a text of several words those that chance made: somebody may copy them alone.
    private static func randomWords(_ text: [UInt8]) -> [[UInt8]] {
        guard text.count <= 65_536, text.contains(where: \.isSpace) else { return [] }
        let words = text.split { $0.isSpace || $0 == 0x22 || $0 == 0x27 || $0 == 0x2C || $0 == 0x3B }
        return words.filter { $0.count >= 12 && SecretReach.isStrong(Array($0)) }.map(Array.init)
    }

    /// Certificates are for everybody to read; private keys are looked for by their text, however it is wrapped.
    private func addKeys(of leaf: Leaf, _ field: Field, _ place: SecretPlace) {
        var place = place
        place.type = "pem-private-key"
        for block in PEMText.bodies(leaf.bytes) where block.isPrivate && block.body.count >= 16 {
            fingerprints.add(block.body, .anywhere, at: place)
        }
        let keys = PEMText.keys(leaf.bytes)
        guard field.isSecretEntry || PEMText.holdsPrivateKey(leaf.bytes) else { return }
        for key in keys.own + keys.signers { fingerprints.add(key: key) }
    }
}
