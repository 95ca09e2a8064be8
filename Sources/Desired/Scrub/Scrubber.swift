import Crypto
package import Document
import Manifest

/// Takes what production keeps secret out of manifests, and fails closed: what it cannot judge is an error.
package struct Scrubber {
    private let policy: ScrubPolicy
    private let placeholder: Placeholder
    private let isShared: (Origin) -> Bool
    package private(set) var report = ScrubReport()

    /// - Parameters:
    ///   - key: the environment's own; see `key(from:project:environment:)`.
    ///   - isShared: whether production reads the file that a value comes from. Values of unknown origin are shared.
    package init(policy: ScrubPolicy, key: [UInt8], isShared: @escaping (Origin) -> Bool) {
        self.policy = policy
        placeholder = Placeholder(key: key)
        self.isShared = isShared
    }

    /// The key of one environment of a project, from a root key that never leaves the service.
    ///
    /// - Throws: `CryptoError`.
    package static func key(from root: [UInt8], project: String, environment: String) throws -> [UInt8] {
        try HKDF.derive(from: root, info: "belay scrub\0\(project)\0\(environment)")
    }

    /// Scrubs one manifest.
    ///
    /// - Throws: `Problem` at the value that cannot be judged, such as `data` of a Secret that is no base64.
    package mutating func scrub(_ manifest: inout Value) throws(Problem) {
        let view = Manifest(manifest)
        let key = view.key
        let isSecret = view.kind == "Secret" && key.group.isEmpty
        let rules = policy.rules.filter { rule in
            (rule.kinds.isEmpty || rule.kinds.contains(view.kind))
                && (rule.names.isEmpty || rule.names.contains { NamePattern.matches(view.name, $0) })
                && (rule.namespaces.isEmpty
                    || rule.namespaces.contains { NamePattern.matches(view.namespace ?? "", $0) })
                && rule.labels.allSatisfy { label in
                    view.labels[label.key].map { NamePattern.matches($0, label.value) } ?? false
                }
        }
        guard isSecret || !rules.isEmpty else { return }
        if isSecret { Self.dropCopies(&manifest) }
        try walk(&manifest, [], Subject(key: key, isSecret: isSecret, rules: rules))
    }

    private struct Subject {
        var key: ObjectKey
        var isSecret: Bool
        var rules: [ScrubPolicy.Rule]
    }

    /// kubectl's annotation repeats the whole object, `data` included.
    private static func dropCopies(_ manifest: inout Value) {
        let name = "kubectl.kubernetes.io/last-applied-configuration"
        if manifest[path: "metadata", "annotations", name] != nil {
            manifest[path: "metadata", "annotations", name] = nil
        }
    }

    private mutating func walk(_ value: inout Value, _ place: [PathStep], _ subject: Subject) throws(Problem) {
        switch value.content {
        case .mapping(var mapping):
            value.content = .sequence([])
            for position in mapping.entries.indices {
                try walk(&mapping[valueAt: position], place + [.key(mapping.entries[position].key.text)], subject)
            }
            value.content = .mapping(mapping)
        case .sequence(var items):
            value.content = .sequence([])
            for position in items.indices { try walk(&items[position], place + [.item(position)], subject) }
            value.content = .sequence(items)
        case .scalar(let scalar):
            try judge(&value, scalar, place, subject)
        }
    }

    private mutating func judge(
        _ value: inout Value, _ scalar: Scalar, _ place: [PathStep], _ subject: Subject
    ) throws(Problem) {
        let isEncoded = subject.isSecret && place.count == 2 && place[0] == .key("data")
        let isSecretValue = isEncoded || subject.isSecret && place.count == 2 && place[0] == .key("stringData")
        let rule = subject.rules.first { $0.fields.contains { $0.matches(place) } }
        guard rule != nil || isSecretValue else { return }
        guard scalar.kind != .null else { return }
        if isSecretValue, scalar.kind != .string {
            throw Problem(
                "\(PathStep.text(place)) of \(subject.key) is no text, so it cannot be scrubbed", at: value.origin,
                hint: "quote it")
        }
        let origin = value.origin
        var field = ScrubReport.Field(
            object: subject.key, path: PathStep.text(place), rule: "", action: .kept, origin: origin)
        switch rule?.action {
        case .keep:
            field.rule = "rule at \(rule?.origin ?? .none)"
        case .fixed(let text):
            field.rule = "rule at \(rule?.origin ?? .none)"
            field.action = .fixed
            try replace(&value, isEncoded: isEncoded) { _ in Array(text.revealed.utf8) }
            // The policy has set it, whatever stood there.
            value = Value(value.content, origin: rule?.valueOrigin ?? origin).replacing(value)
        case .replace, .regenerate:
            field.rule = "rule at \(rule?.origin ?? .none)"
            field.action = .replaced
            try replace(&value, isEncoded: isEncoded, by: placeholder.bytes)
        case .map(let table):
            field.rule = "rule at \(rule?.origin ?? .none)"
            field.action = .mapped
            let text = isEncoded ? Base64.decode(scalar.text).map { String(decoding: $0, as: UTF8.self) } : scalar.text
            guard let new = text.flatMap({ table[SecretText($0)] }) else {
                throw Problem(
                    "the value of \(PathStep.text(place)) of \(subject.key) is none that the rule maps", at: origin,
                    hint: "add it to the rule at \(rule?.origin ?? .none)")
            }
            try replace(&value, isEncoded: isEncoded) { _ in Array(new.revealed.utf8) }
        case .refuse, .drop:
            throw Problem(
                "\(PathStep.text(place)) of \(subject.key) may not be in a scrubbed environment", at: origin,
                hint: "the rule at \(rule?.origin ?? .none) says so")
        case nil:
            if !origin.isKnown || isShared(origin) {
                field.rule = "secret shared with production"
                field.action = .replaced
                try replace(&value, isEncoded: isEncoded, by: placeholder.bytes)
            } else {
                field.rule = "secret of this environment alone"
            }
        }
        report.fields.append(field)
    }

    private func replace(
        _ value: inout Value, isEncoded: Bool, by change: ([UInt8]) -> [UInt8]
    ) throws(Problem) {
        guard var scalar = value.scalar else { return }
        if isEncoded {
            guard let plain = Base64.decode(scalar.text) else {
                throw Problem(
                    "a value under \"data\" of a Secret is no base64, so it cannot be scrubbed", at: value.origin,
                    hint: "encode it, or write it under stringData")
            }
            scalar.text = Base64.encode(change(plain))
        } else {
            scalar.text = String(decoding: change(Array(scalar.text.utf8)), as: UTF8.self)
        }
        value.content = .scalar(scalar)
    }
}
