package import Document
package import Manifest

/// A first policy for a project, from what production's manifests hold: a rule where something was found, and a list of
/// what nobody has decided about. It proposes `keep` for nothing.
package struct PolicySuggestion {
    /// One rule, and why.
    package struct Proposal: Sendable, Hashable {
        package var kind: String
        /// Of the objects; sorted.
        package var names: [String]
        /// As a rule's `fields` has it.
        package var field: String
        package var dataClass: ScrubPolicy.DataClass
        /// What was found: `email`, `github-pat`.
        package var types: [String]
        package var origin: Origin
    }

    /// A text that neither its name nor its form says anything about.
    package struct Undecided: Sendable, Hashable {
        package var object: ObjectKey
        package var path: String
        package var origin: Origin
    }

    package private(set) var undecided: [Undecided] = []
    private var found: [Key: Proposal] = [:]
    private var order: [Key] = []
    private var hasSecrets = false
    private let judge: LeafJudge
    private let policy: ScrubPolicy

    private struct Key: Hashable {
        var kind: String
        var field: String
        var dataClass: ScrubPolicy.DataClass
    }

    /// - Parameter policy: what is decided already.
    package init(beside policy: ScrubPolicy = .standard) {
        self.policy = policy
        judge = LeafJudge(policy.detectors)
    }

    package var proposals: [Proposal] {
        var all = order.compactMap { found[$0] }
        if hasSecrets {
            for field in ["stringData.*", "data.*"] {
                all.insert(
                    Proposal(
                        kind: "Secret", names: [], field: field, dataClass: .secret, types: ["kubernetes-secret"],
                        origin: .none), at: 0)
            }
        }
        return all
    }

    /// Takes in one manifest of production's.
    ///
    /// - Throws: `Problem` at a value that cannot be judged.
    package mutating func add(_ manifest: Manifest) throws(Problem) {
        let walk = ManifestWalk(manifest)
        if ManifestWalk.holdsNothing(manifest) { return }
        let rules = policy.rules(for: manifest)
        var value = manifest.value
        var seen: [(Field, [Judgement], Origin, isOpen: Bool)] = []
        try walk.change(&value) { (value, scalar, field) throws(Problem) -> ManifestWalk.Verdict in
            guard scalar.kind != .null, scalar.kind != .bool, !field.isIdentity, !scalar.text.isEmpty,
                !rules.contains(where: { rule in rule.fields.contains { $0.matches(field.place) } })
            else { return .same }
            let plain = try FieldText.plain(scalar, field, walk.key, value.origin)
            let judgements = try self.judgements(plain, field)
            let isOpen = scalar.kind != .string || !Self.isFree(field) || SelfEvident.is(plain)
            seen.append((field, judgements, value.origin, isOpen))
            return .same
        }
        for (field, judgements, origin, isOpen) in seen {
            if field.isSecretEntry {
                hasSecrets = true
            } else if !judgements.isEmpty {
                propose(field, judgements, origin, manifest)
            } else if !isOpen {
                undecided.append(Undecided(object: walk.key, path: field.path, origin: origin))
            }
        }
    }

    private func judgements(_ plain: [UInt8], _ field: Field) throws(Problem) -> [Judgement] {
        var all: [Judgement] = []
        let unfolding = Unfolding { (leaf) throws(Problem) -> [UInt8]? in
            all += self.judge.judge(leaf, at: field.place, isSecretEntry: field.isSecretEntry)
            return nil
        }
        _ = try unfolding.unfold(field.leaf(plain))
        return all
    }

    private mutating func propose(_ field: Field, _ judgements: [Judgement], _ origin: Origin, _ object: Manifest) {
        let dataClass: ScrubPolicy.DataClass =
            judgements.contains { $0.dataClass == .secret } ? .secret : .personal
        let key = Key(kind: object.kind, field: Self.pattern(field.place), dataClass: dataClass)
        if found[key] == nil { order.append(key) }
        var proposal =
            found[key]
            ?? Proposal(
                kind: object.kind, names: [], field: key.field, dataClass: dataClass, types: [], origin: origin)
        let name = object.writtenName
        if !proposal.names.contains(name) { proposal.names = (proposal.names + [name]).sorted() }
        for type in judgements.map(\.type) where !proposal.types.contains(type) { proposal.types.append(type) }
        found[key] = proposal
    }

    /// The path with items by their names, or all of them.
    private static func pattern(_ place: [PathStep]) -> String {
        place.reduce(into: "") { text, step in
            switch step {
            case .key(let name) where name.contains(".") || name.contains("["): text += "[\"\(name)\"]"
            case .key(let name): text += text.isEmpty ? name : ".\(name)"
            case .item(_, let name?): text += "[name=\(name)]"
            case .item: text += "[*]"
            }
        }
    }

    /// Fields that people fill as they like.
    private static func isFree(_ field: Field) -> Bool {
        let keys = field.place.compactMap { step in if case .key(let key) = step { key } else { nil } }
        guard let top = keys.first, let last = keys.last else { return false }
        if top == "data" || top == "stringData" || top == "binaryData" { return true }
        if keys.contains("annotations") { return !last.contains("kubernetes.io/") }
        if last == "value" && keys.contains("env") { return true }
        return ["args", "command", "host", "hosts", "url", "endpoint"].contains(last) || keys.contains("values")
    }

    /// The policy as a value, for YAML; `sha256` of nothing and `keep` of nothing.
    package var document: Value {
        let rules = proposals.map { proposal -> Value in
            var rule: Value = ["kinds": [.string(proposal.kind)]]
            if !proposal.names.isEmpty, proposal.names.count <= 4 {
                rule["names"] = .sequence(proposal.names.map(Value.string))
            }
            rule["fields"] = [.string(proposal.field)]
            rule["class"] = .string(proposal.dataClass.rawValue)
            return rule
        }
        return [
            "apiVersion": "belay/v1", "kind": "ScrubPolicy", "metadata": ["name": "suggested"],
            "spec": ["rules": .sequence(rules)],
        ]
    }
}

/// Values that need no decision: plain words, numbers, times, sizes, and addresses in the cluster.
enum SelfEvident {
    static func `is`(_ bytes: [UInt8]) -> Bool {
        if bytes.count <= 3 || PlainWords.contains(bytes) { return true }
        if bytes.allSatisfy({ $0.isDigit || $0 == 0x2E || $0 == 0x3A || $0 == 0x2D }) { return true }
        if bytes.count <= 24, bytes.allSatisfy({ $0.isLower || $0 == 0x2D || $0 == 0x5F }) { return true }
        if bytes.count <= 24, bytes.allSatisfy({ $0.isUpper || $0 == 0x5F }) { return true }
        if bytes[0].isDigit, bytes.count <= 8, bytes.suffix(2).contains(where: \.isLetter) { return true }
        if bytes[0] == 0x2F, !RandomText.isIn(bytes), bytes.count <= 120, !bytes.contains(where: \.isSpace) {
            return true
        }
        let text = String(decoding: bytes, as: UTF8.self)
        return text.hasSuffix(".svc") || text.hasSuffix(".svc.cluster.local")
    }
}
