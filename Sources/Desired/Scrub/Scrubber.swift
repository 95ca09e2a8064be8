package import Crypto
package import Document
import Manifest

/// Takes what is production's and secret or personal out of manifests, and fails closed: what it cannot judge is an error.
package struct Scrubber {
    private let policy: ScrubPolicy
    private let replacement: Replacement
    private let substitutions: NameTable
    private let taint: Taint
    private let production: Fingerprints
    private let namespace: String?
    private let judge: LeafJudge
    package private(set) var report = ScrubReport()
    /// Which of production's values were found by their fingerprints alone, as codes.
    package private(set) var recognised: Set<[UInt8]> = []

    /// - Parameters:
    ///   - policy: as it holds in this environment.
    ///   - key: the environment's own; see `key(from:project:environment:rotation:)`.
    ///   - namespace: where objects go that name none.
    ///   - production: what production keeps secret, wherever it stands.
    ///   - taint: what production reads.
    ///   - keys: keys that were made before.
    package init(
        policy: ScrubPolicy, key: [UInt8], namespace: String? = nil, production: Fingerprints = Fingerprints(key: []),
        taint: Taint, keys: MadeKeys = MadeKeys()
    ) {
        self.namespace = namespace
        self.policy = policy
        let table = NameTable(policy.substitutions)
        substitutions = table
        replacement = Replacement(key: key, memory: keys) { table.changed($0) ?? $0 }
        self.taint = taint
        self.production = production
        judge = LeafJudge(policy.detectors)
    }

    /// The key of one environment of a project, from a root key that never leaves the service.
    ///
    /// - Parameter rotation: counted up, it gives new stand-ins for everything.
    /// - Throws: `CryptoError`.
    package static func key(
        from root: [UInt8], project: String, environment: String, rotation: Int = 0
    ) throws -> [UInt8] {
        let turn = rotation == 0 ? "" : "\0\(rotation)"
        return try HKDF.derive(from: root, info: "belay scrub\0\(project)\0\(environment)\(turn)")
    }

    /// The key of a project's fingerprints of production's values.
    ///
    /// - Throws: `CryptoError`.
    package static func fingerprintKey(from root: [UInt8], project: String) throws -> [UInt8] {
        try HKDF.derive(from: root, info: "belay leak gate\0\(project)")
    }

    /// Scrubs one manifest.
    ///
    /// - Throws: `Problem` at the value that cannot be judged, such as `data` of a Secret that is no base64.
    package mutating func scrub(_ manifest: inout Value) throws(Problem) {
        let view = Manifest(manifest)
        let walk = ManifestWalk(view)
        Self.dropCopies(&manifest)
        let rules = policy.rules(for: view, in: namespace)
        let holdsNothing = ManifestWalk.holdsNothing(view)
        if holdsNothing, rules.isEmpty, substitutions.isEmpty { return }
        let siblings = Siblings(manifest, walk.key)
        try walk.change(&manifest) { (value, scalar, field) throws(Problem) -> ManifestWalk.Verdict in
            try self.change(
                &value, scalar, field,
                Subject(
                    key: walk.key, origin: value.origin, holdsNothing: holdsNothing, rules: rules, siblings: siblings))
        }
    }

    private struct Subject {
        var key: ObjectKey
        /// Of the field that is looked at.
        var origin: Origin
        /// Whether it holds no values of its own; rules and substitutions reach it nevertheless.
        var holdsNothing: Bool
        var rules: [ScrubPolicy.Rule]
        var siblings: Siblings
    }

    /// kubectl's annotation repeats the whole object, `data` included.
    private static func dropCopies(_ manifest: inout Value) {
        guard manifest[path: "metadata", "annotations", ManifestWalk.lastApplied] != nil else { return }
        manifest[path: "metadata", "annotations", ManifestWalk.lastApplied] = nil
    }

    // MARK: One field

    private mutating func change(
        _ value: inout Value, _ scalar: Scalar, _ field: Field, _ subject: Subject
    ) throws(Problem) -> ManifestWalk.Verdict {
        guard scalar.kind != .null else { return .same }
        if let rule = subject.rules.first(where: { rule in rule.fields.contains { $0.matches(field.place) } }) {
            return try apply(rule, to: &value, scalar, field, subject)
        }
        guard !field.isIdentity else { return .same }
        if field.isSecretEntry, scalar.kind != .string, scalar.kind != .timestamp {
            throw Problem(
                "\(field.path) of \(subject.key) is no text, so it cannot be scrubbed", at: value.origin,
                hint: "quote it")
        }
        guard taint.isShared(value.origin) else {
            if field.isSecretEntry, !scalar.text.isEmpty {
                note(.kept, "secret of this environment alone", value.origin, field, subject)
            }
            return try substitute(&value, scalar, field, subject)
        }
        if subject.holdsNothing { return try substitute(&value, scalar, field, subject) }
        guard field.isSecretEntry || scalar.kind != .bool else { return .same }
        let plain = try FieldText.plain(scalar, field, subject.key, value.origin)
        var outcome = Outcome()
        let leaf = field.leaf(plain)
        let changed = try unfolded(leaf, field, subject, &outcome)
        recognised.formUnion(outcome.recognised)
        if let changed {
            FieldText.set(&value, scalar, changed, field)
            note(outcome.action, outcome.rule, value.origin, field, subject)
            return .changed
        }
        return try substitute(&value, scalar, field, subject)
    }

    /// What became of a field's parts, in a word.
    private struct Outcome {
        var types: [String] = []
        var action = ScrubReport.Field.Action.replaced
        var isSecretEntry = false
        /// Codes of production's values that their fingerprints alone have told.
        var recognised: Set<[UInt8]> = []

        var rule: String {
            if isSecretEntry { return "secret shared with production" }
            var seen: Set<String> = []
            let names = types.filter { seen.insert($0).inserted }
            return "\(names.prefix(3).joined(separator: ", ")) shared with production"
        }
    }

    /// The field's text with its secret and personal parts replaced; nil when there are none.
    private func unfolded(
        _ leaf: Leaf, _ field: Field, _ subject: Subject, _ outcome: inout Outcome
    ) throws(Problem) -> [UInt8]? {
        var found = outcome
        let unfolding = Unfolding { (leaf) throws(Problem) -> [UInt8]? in
            try self.changed(leaf, field, subject, &found)
        }
        defer { outcome = found }
        return try unfolding.unfold(leaf)
    }

    private func changed(
        _ leaf: Leaf, _ field: Field, _ subject: Subject, _ outcome: inout Outcome
    ) throws(Problem) -> [UInt8]? {
        if leaf.role == .host { return substitutions.changed(leaf.bytes) ?? outsideHost(leaf, field) }
        var judgements = judge.judge(leaf, at: field.place, isSecretEntry: field.isSecretEntry)
        if judgements.isEmpty { judgements = known(leaf, field, &outcome.recognised) }
        guard !judgements.isEmpty else { return substitutions.changed(leaf.bytes) }
        try check(leaf, field, subject)
        outcome.isSecretEntry = outcome.isSecretEntry || field.isSecretEntry
        outcome.types += judgements.map(\.type)
        if judgements.contains(where: { $0.dataClass == .secret }) { outcome.action = .regenerated }
        var result: [UInt8] = []
        var done = 0
        for judgement in judgements where judgement.range.lowerBound >= done {
            result += leaf.bytes[done..<judgement.range.lowerBound]
            result += replacement.value(
                for: Array(leaf.bytes[judgement.range]), judgement.type, candidates: subject.siblings.plain)
            done = judgement.range.upperBound
        }
        return result + leaf.bytes[done...]
    }

    /// Refuses what nothing can take the place of.
    private func check(_ leaf: Leaf, _ field: Field, _ subject: Subject) throws(Problem) {
        guard let refusal = replacement.refusal(of: leaf.bytes, candidates: subject.siblings.plain) else { return }
        throw Problem("\(field.path) of \(subject.key) is \(refusal.reason)", at: subject.origin, hint: refusal.hint)
    }

    /// In a Secret a host outside of the cluster says where production's data is.
    private func outsideHost(_ leaf: Leaf, _ field: Field) -> [UInt8]? {
        guard field.isSecretEntry else { return nil }
        return HostName.replaced(leaf.bytes) { self.replacement.value(for: $0, "") }
    }

    /// What production keeps secret elsewhere, and certificates of its keys.
    private func known(_ leaf: Leaf, _ field: Field, _ recognised: inout Set<[UInt8]>) -> [Judgement] {
        let whole = 0..<leaf.bytes.count
        if leaf.role == .pem, !production.keys.isEmpty {
            let keys = PEMText.keys(leaf.bytes)
            guard (keys.own + keys.signers).contains(where: production.keys.contains) else { return [] }
            return [Judgement(type: "certificate", dataClass: .secret, range: whole)]
        }
        guard !PlainWords.contains(leaf.bytes) else { return [] }
        if production.looksForWholes, leaf.role != .path,
            let entry = production.entry(whole: leaf.bytes, asAccount: AccountName.isOne(leaf)),
            production.entries[entry].reach != .whole || SecretContext.holds(leaf, field)
        {
            recognised.insert(production.entries[entry].code)
            return [Judgement(type: production.entries[entry].place.type, dataClass: .secret, range: whole)]
        }
        return LeakScanner.places(of: production, in: leaf.bytes).map { range, entry in
            recognised.insert(production.entries[entry].code)
            return Judgement(type: production.entries[entry].place.type, dataClass: .secret, range: range)
        }
    }

    /// Puts this environment's names in the place of production's.
    private mutating func substitute(
        _ value: inout Value, _ scalar: Scalar, _ field: Field, _ subject: Subject
    ) throws(Problem) -> ManifestWalk.Verdict {
        guard !substitutions.isEmpty, scalar.kind == .string else { return .same }
        let plain = try FieldText.plain(scalar, field, subject.key, value.origin)
        guard let changed = substitutions.changed(plain) else { return .same }
        FieldText.set(&value, scalar, changed, field)
        note(.mapped, "a name that the policy substitutes", value.origin, field, subject)
        return .changed
    }

    // MARK: Rules

    private mutating func apply(
        _ rule: ScrubPolicy.Rule, to value: inout Value, _ scalar: Scalar, _ field: Field, _ subject: Subject
    ) throws(Problem) -> ManifestWalk.Verdict {
        let old = value
        let origin = value.origin
        let name = "rule at \(rule.origin)"
        func plain() throws(Problem) -> [UInt8] {
            try FieldText.plain(scalar, field, subject.key, origin)
        }
        switch rule.action {
        case .keep:
            note(.kept, name, origin, field, subject)
            return .same
        case .drop:
            note(.dropped, name, origin, field, subject)
            return .dropped
        case .refuse:
            throw Problem(
                "\(field.path) of \(subject.key) may not be in a scrubbed environment", at: origin,
                hint: "the \(name) says so; give the environment a value of its own, or change the rule")
        case .fixed(let text):
            FieldText.set(&value, scalar, Array(text.revealed.utf8), field)
            // The policy has set it, whatever stood there.
            value = Value(value.content, origin: rule.valueOrigin).replacing(old)
            note(.fixed, name, origin, field, subject)
        case .map(let table):
            guard let new = table[SecretText(String(decoding: try plain(), as: UTF8.self))] else {
                throw Problem(
                    "the value of \(field.path) of \(subject.key) is none that the rule maps", at: origin,
                    hint: "add it to the \(name)")
            }
            FieldText.set(&value, scalar, Array(new.revealed.utf8), field)
            note(.mapped, name, origin, field, subject)
        case .replace:
            FieldText.set(&value, scalar, try replaced(try plain(), nil, field, subject), field)
            note(.replaced, name, origin, field, subject)
        case .regenerate(let type):
            FieldText.set(&value, scalar, try replaced(try plain(), type, field, subject), field)
            note(.regenerated, name, origin, field, subject)
        }
        return .changed
    }

    /// The whole value replaced: what in it the detectors know by its type, all else as a secret.
    private func replaced(
        _ plain: [UInt8], _ type: ScrubPolicy.SecretType?, _ field: Field, _ subject: Subject
    ) throws(Problem) -> [UInt8] {
        if let type, type != .connectionString {
            try check(field.leaf(plain), field, subject)
            return replacement.value(for: plain, "", type, candidates: subject.siblings.plain)
        }
        let open = LeafJudge(ScrubPolicy.Detectors())
        let unfolding = Unfolding { (leaf) throws(Problem) -> [UInt8]? in
            if leaf.role == .host {
                return self.substitutions.changed(leaf.bytes)
                    ?? HostName.replaced(leaf.bytes) { self.replacement.value(for: $0, "") }
            }
            let judgements = open.judge(leaf, at: field.place, isSecretEntry: false)
            if leaf.role == .key ? judgements.isEmpty : leaf.isNested && OpenSettings.isOpen(leaf) { return nil }
            try self.check(leaf, field, subject)
            let whole = judgements.first { $0.range == 0..<leaf.bytes.count }
            return self.replacement.value(for: leaf.bytes, whole?.type ?? "", candidates: subject.siblings.plain)
        }
        return try unfolding.unfold(field.leaf(plain)) ?? plain
    }

    private mutating func note(
        _ action: ScrubReport.Field.Action, _ rule: String, _ origin: Origin, _ field: Field, _ subject: Subject
    ) {
        report.fields.append(
            ScrubReport.Field(object: subject.key, path: field.path, rule: rule, action: action, origin: origin))
    }
}

/// The plain values of the object that a field is in, of which a password's hash may be one.
private struct Siblings {
    /// Short ones, as passwords are.
    let plain: [[UInt8]]

    init(_ manifest: Value, _ key: ObjectKey) {
        guard key.kind == "Secret", key.group.isEmpty else {
            plain = []
            return
        }
        var plain: [[UInt8]] = []
        for entry in manifest["data"]?.fields?.entries ?? [] {
            if let bytes = entry.value.string.flatMap({ Base64.decode($0) }) { plain.append(bytes) }
        }
        for entry in manifest["stringData"]?.fields?.entries ?? [] {
            if let text = entry.value.string { plain.append(Array(text.utf8)) }
        }
        self.plain = plain.filter { $0.count <= 72 && !PasswordHashText.isOne($0) }
    }
}

/// Whether a leaf stands where secrets stand: there even a short value of production's is no chance.
enum SecretContext {
    static func holds(_ leaf: Leaf, _ field: Field) -> Bool {
        if field.isSecretEntry || leaf.role == .password { return true }
        let secrecy = FieldName(Array(leaf.name.utf8), 0..<leaf.name.utf8.count).secrecy
        return secrecy == .password || secrecy == .token
    }
}
