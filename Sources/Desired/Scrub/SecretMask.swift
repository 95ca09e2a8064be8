package import Document
package import Manifest

/// What may be shown of manifests to whoever reads a diff: where something secret or personal stands, only that it does.
package struct SecretMask: Sendable {
    private let policy: ScrubPolicy
    private static let hidden = "(secret)"

    package init(_ policy: ScrubPolicy = .standard) { self.policy = policy }

    /// A part of an object as it may be shown.
    ///
    /// - Parameters:
    ///   - value: the part, a scalar or more.
    ///   - path: where it is in the object.
    /// - Returns: nil for a scalar that is not for everybody.
    package func shown(_ value: Value, at path: FieldPath, of object: Manifest) -> Value? {
        let walk = ManifestWalk(object)
        let rules = policy.rules(for: object)
        let judge = LeafJudge(policy.detectors)
        let holdsNothing = ManifestWalk.holdsNothing(object)
        var field = walk.field(at: path.elements.map(PathStep.init))
        if let name = Self.name(at: path, in: object.value) { field.name = name }
        if value.scalar != nil { return isHidden(value, field, walk.key, rules, judge, holdsNothing) ? nil : value }
        var copy = value
        // The visitor throws nothing.
        try? walk.change(&copy, from: field) { (value, _, field) throws(Problem) -> ManifestWalk.Verdict in
            guard isHidden(value, field, walk.key, rules, judge, holdsNothing) else { return .same }
            value.content = .scalar(Scalar(Self.hidden))
            return .changed
        }
        return copy
    }

    /// What stands beside a scalar and says what it is: the option before it, the name or key that it is the value of.
    private static func name(at path: FieldPath, in value: Value) -> String? {
        guard let last = path.elements.last, let outer = FieldPath(Array(path.elements.dropLast())).find(in: value)
        else { return nil }
        switch last {
        case .index(let index): return outer.items.flatMap { OptionName.before($0, index) }
        case .field("value"): return outer["name"]?.string ?? outer["key"]?.string
        case .field, .key, .value: return nil
        }
    }

    private func isHidden(
        _ value: Value, _ field: Field, _ key: ObjectKey, _ rules: [ScrubPolicy.Rule], _ judge: LeafJudge,
        _ holdsNothing: Bool
    ) -> Bool {
        if field.isSecretEntry { return true }
        guard let scalar = value.scalar, scalar.kind != .null, !field.isIdentity else { return false }
        if let rule = rules.first(where: { rule in rule.fields.contains { $0.matches(field.place) } }) {
            return rule.action != .keep
        }
        guard scalar.kind != .bool, !holdsNothing,
            let plain = try? FieldText.plain(scalar, field, key, value.origin)
        else { return false }
        var isFound = false
        let unfolding = Unfolding { (leaf) throws(Problem) -> [UInt8]? in
            if !isFound { isFound = !judge.judge(leaf, at: field.place, isSecretEntry: false).isEmpty }
            return nil
        }
        _ = try? unfolding.unfold(field.leaf(plain))
        return isFound
    }
}

extension PathStep {
    /// The step as server-side apply has it.
    init(_ element: PathElement) {
        switch element {
        case .field(let name): self = .key(name)
        case .key(let keys): self = .item(0, name: keys.first { $0.name == "name" }?.value.text)
        case .value: self = .item(0)
        case .index(let number): self = .item(number)
        }
    }
}
