import Document

/// What is secret or personal in a leaf.
struct Judgement {
    /// `secret-assignment`, `email`, `github-pat`: see `FindingTypes`.
    var type: String
    var dataClass: ScrubPolicy.DataClass
    /// In bytes of the leaf.
    var range: Range<Int>
}

/// Says of leaves what in them is secret or personal: by their names, by their forms, and because they stand in a Secret.
final class LeafJudge {
    private let detectors: ScrubPolicy.Detectors
    private var detector = Detector()
    private var names = FieldNames()

    init(_ detectors: ScrubPolicy.Detectors) { self.detectors = detectors }

    /// - Parameters:
    ///   - place: the field that the leaf is a part of.
    ///   - isSecretEntry: whether that field is a value of a Secret.
    func judge(_ leaf: Leaf, at place: [PathStep], isSecretEntry: Bool) -> [Judgement] {
        guard !leaf.bytes.isEmpty, !PlainWords.contains(leaf.bytes), !Ciphertext.isOne(leaf) else { return [] }
        let found = findings(leaf, isSecretEntry: isSecretEntry)
        guard !found.isEmpty else { return [] }
        return found.filter { !isAllowed($0, leaf, place) }
    }

    private func findings(_ leaf: Leaf, isSecretEntry: Bool) -> [Judgement] {
        let whole = 0..<leaf.bytes.count
        if isSecretEntry, leaf.role != .key, !OpenSettings.isOpen(leaf) {
            return [Judgement(type: "kubernetes-secret", dataClass: .secret, range: whole)]
        }
        switch leaf.role {
        case .binary: return []
        case .host: return []
        case .pem:
            let holdsKey = PEMText.holdsPrivateKey(leaf.bytes)
            return holdsKey ? [Judgement(type: "pem-private-key", dataClass: .secret, range: whole)] : []
        case .password:
            let value = SecretValue(text: leaf.bytes, range: whole, isQuoted: true)
            let isStandIn = leaf.bytes.count >= 4 && value.isStandIn
            return isStandIn ? [] : [Judgement(type: "url-password", dataClass: .secret, range: whole)]
        case .user, .path:
            return RandomText.isIn(leaf.bytes) ? [Judgement(type: "url-token", dataClass: .secret, range: whole)] : []
        case .key: return texts(leaf, FieldName([], 0..<0), whole)
        case .text: break
        }
        let meaning = names.name(Array(leaf.name.utf8), 0..<leaf.name.utf8.count)
        if ClaimedSecret.isOne(leaf.bytes, meaning.secrecy, leaf.name) {
            return [Judgement(type: "secret-assignment", dataClass: .secret, range: whole)]
        }
        if PasswordHashText.isOne(leaf.bytes) {
            return [Judgement(type: "password-hash", dataClass: .secret, range: whole)]
        }
        return texts(leaf, meaning, whole)
    }

    /// What the detectors find in a text.
    private func texts(_ leaf: Leaf, _ meaning: FieldName, _ whole: Range<Int>) -> [Judgement] {
        guard leaf.bytes.count >= 5 else { return [] }
        var found = detector.findings(in: leaf.bytes).map { finding in
            Judgement(
                type: finding.type, dataClass: finding.family == .secret ? .secret : .personal, range: finding.range)
        }
        if meaning.personal != .none, leaf.bytes.count <= 300,
            let named = PersonalFields(text: leaf.bytes).finding(meaning.personal, whole),
            !found.contains(where: { $0.range.overlaps(named.range) })
        {
            found.append(Judgement(type: named.type, dataClass: .personal, range: named.range))
        }
        if found.isEmpty, meaning.secrecy != .none || !PublicNames.isPublic(leaf.name), RandomText.isIn(leaf.bytes) {
            found.append(Judgement(type: "random-text", dataClass: .secret, range: whole))
        }
        return found.sorted { $0.range.lowerBound < $1.range.lowerBound }
    }

    private func isAllowed(_ judgement: Judgement, _ leaf: Leaf, _ place: [PathStep]) -> Bool {
        if detectors.off.contains(judgement.type) { return true }
        return detectors.allowed.contains { allowance in
            guard allowance.types.isEmpty || allowance.types.contains(judgement.type) else { return false }
            if allowance.fields.contains(where: { $0.matches(place) }) { return true }
            return !allowance.digests.isEmpty
                && (allowance.digests.contains(Digests.hex(leaf.bytes))
                    || allowance.digests.contains(Digests.hex(Array(leaf.bytes[judgement.range]))))
        }
    }
}

/// What SOPS has encrypted, and what it writes beside.
enum Ciphertext {
    static func isOne(_ leaf: Leaf) -> Bool {
        leaf.bytes.has("ENC[AES256_GCM,", at: 0) || leaf.name.hasPrefix("sops_") || leaf.path.first == "sops"
    }
}
