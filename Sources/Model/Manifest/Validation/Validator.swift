import Document

/// What the API server checks of objects before it takes them (kubernetes, `pkg/apis/*/validation`).
package enum Validation {
    /// What is wrong with an object, defaulted or not; empty when nothing is. Of kinds that are not known, only the
    /// metadata is checked.
    package static func problems(in object: Manifest) -> [FieldProblem] {
        var validator = Validator()
        let root = Field(object.value, path: "", origin: object.value.origin)
        validator.metadata(root["metadata"], of: object)
        let kind = object.groupVersionKind
        if let check = Validator.table[kind.group]?[kind.kind] { check(&validator, root) }
        return validator.problems
    }

    /// What is wrong with changing a live object into another: fields that cannot change.
    package static func problems(changing old: Manifest, to new: Manifest) -> [FieldProblem] {
        Immutability.problems(changing: old, to: new)
    }
}

/// Collects what is wrong.
struct Validator {
    private(set) var problems: [FieldProblem] = []

    typealias Check = @Sendable (inout Validator, Field) -> Void

    static let table: [String: [String: Check]] = [
        "": [
            "Pod": { $0.podSpec($1["spec"], policies: ["Always", "OnFailure", "Never"]) },
            "Service": { $0.service($1["spec"]) }, "ConfigMap": { $0.configMap($1) }, "Secret": { $0.secret($1) },
            "PersistentVolumeClaim": { $0.claim($1["spec"]) }, "PersistentVolume": { $0.persistentVolume($1["spec"]) },
        ],
        "apps": [
            "Deployment": { $0.deployment($1["spec"]) }, "ReplicaSet": { $0.replicated($1["spec"]) },
            "StatefulSet": { $0.statefulSet($1["spec"]) }, "DaemonSet": { $0.daemonSet($1["spec"]) },
        ],
        "batch": ["Job": { $0.job($1["spec"]) }, "CronJob": { $0.cronJob($1["spec"]) }],
        "networking.k8s.io": [
            "Ingress": { $0.ingress($1["spec"]) }, "NetworkPolicy": { $0.networkPolicy($1["spec"]) },
        ],
        "rbac.authorization.k8s.io": [
            "Role": { $0.role($1) }, "ClusterRole": { $0.role($1) }, "RoleBinding": { $0.binding($1) },
            "ClusterRoleBinding": { $0.binding($1) },
        ],
        "autoscaling": ["HorizontalPodAutoscaler": { $0.autoscaler($1["spec"]) }],
        "policy": ["PodDisruptionBudget": { $0.disruptionBudget($1["spec"]) }],
    ]

    mutating func add(_ reason: FieldProblem.Reason, _ field: Field, _ message: String) {
        problems.append(FieldProblem(reason, path: field.path, message: message, origin: field.origin))
    }

    /// Whether a field is there; says so when not.
    @discardableResult mutating func require(_ field: Field) -> Bool {
        if field.exists { return true }
        add(.required, field, "is required")
        return false
    }

    /// The text of a field that must be one; nil when it is absent or not.
    mutating func text(_ field: Field, isRequired: Bool = false) -> String? {
        guard let value = field.value else {
            if isRequired { require(field) }
            return nil
        }
        guard let text = value.string else {
            add(
                .typeInvalid, field,
                "must be a string, and is \(value.typeName)\(value.scalar == nil ? "" : "; quote it")")
            return nil
        }
        if text.isEmpty, isRequired {
            add(.required, field, "must not be empty")
            return nil
        }
        return text
    }

    /// The number of a field that must be one within a range.
    @discardableResult
    mutating func number(_ field: Field, _ range: ClosedRange<Int> = 0...Int(Int32.max), isRequired: Bool = false)
        -> Int?
    {
        guard let value = field.value else {
            if isRequired { require(field) }
            return nil
        }
        guard let number = value.int else {
            add(.typeInvalid, field, "must be a whole number, and is \(value.typeName)")
            return nil
        }
        guard range.contains(number) else {
            let bound = number < range.lowerBound ? "at least \(range.lowerBound)" : "at most \(range.upperBound)"
            add(.invalid, field, "is \(number) and must be \(bound)")
            return nil
        }
        return number
    }

    /// The text of a field that must be one of a few.
    @discardableResult
    mutating func choice(_ field: Field, _ words: [String], isRequired: Bool = false) -> String? {
        guard let text = text(field, isRequired: isRequired) else { return nil }
        guard words.contains(text) else {
            add(.notSupported, field, "is \"\(text)\" and must be one of \(words.joined(separator: ", "))")
            return nil
        }
        return text
    }

    mutating func flag(_ field: Field) {
        guard let value = field.value, value.bool == nil else { return }
        add(.typeInvalid, field, "must be true or false, and is \(value.typeName)")
    }

    /// The items of a field that must be a list.
    mutating func list(_ field: Field, isRequired: Bool = false) -> [Field] {
        guard let value = field.value else {
            if isRequired { require(field) }
            return []
        }
        guard value.items != nil else {
            add(.typeInvalid, field, "must be a list, and is \(value.typeName)")
            return []
        }
        if isRequired, field.items.isEmpty { add(.required, field, "must not be empty") }
        return field.items
    }

    /// A list whose items are all strings.
    mutating func texts(_ field: Field) {
        for item in list(field) { _ = text(item) }
    }

    /// A mapping of strings.
    mutating func textMap(_ field: Field) {
        guard let value = field.value else { return }
        guard value.fields != nil else {
            return add(.typeInvalid, field, "must be a mapping, and is \(value.typeName)")
        }
        for (_, entry) in field.entries { _ = text(entry) }
    }

    mutating func dnsLabel(_ field: Field, isRequired: Bool = false) -> String? {
        guard let text = text(field, isRequired: isRequired) else { return nil }
        if !LabelSyntax.isDNSLabel(text) {
            add(.invalid, field, "is \"\(text)\" and must be at most 63 lower-case letters, digits and \"-\"")
        }
        return text
    }

    /// An amount such as `500m` or `1Gi`, at least nothing.
    @discardableResult mutating func quantity(_ field: Field) -> Quantity? {
        guard let scalar = field.value?.scalar else {
            if field.exists { add(.typeInvalid, field, "must be a quantity such as 500m or 1Gi") }
            return nil
        }
        guard let quantity = Quantity(scalar.text) else {
            add(.invalid, field, "is \"\(scalar.text)\", which is no quantity such as 500m or 1Gi")
            return nil
        }
        if quantity < Quantity(0) { add(.invalid, field, "must not be negative") }
        return quantity
    }

    /// Says of each value that came before.
    mutating func unique<Key: Hashable>(_ found: [(Key, Field)], _ what: (Key) -> String) {
        var seen: [Key: Field] = [:]
        for (key, field) in found {
            if let first = seen[key] {
                add(.duplicate, field, "is \(what(key)), which \(first.path) is already")
            } else {
                seen[key] = field
            }
        }
    }
}
