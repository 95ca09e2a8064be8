import Crypto
import Document
package import Manifest
import Render
package import Scrub

/// Compares a rendering with what lives, field by field, and only the fields that git owns.
///
/// Each object is compared with what server-side apply would make of it, so that fields which others own (a
/// controller's replicas, a webhook's certificates, the server's defaults) are never a difference, and a field that git
/// gave up is.
package struct Planner: Sendable {
    /// The label that says which application an object belongs to.
    package static let applicationLabel = "belay/application"
    /// Objects that say `disabled` here are never pruned.
    package static let pruneAnnotation = "belay/prune"
    /// The label that says which application's hook an object is; it is no member of the application.
    package static let hookLabel = "belay/hook-of"

    /// Who the plan is for.
    package struct Target: Sendable {
        package var project: String
        package var environment: String
        package var application: String
        package var revision: String
        /// The value of the application's label.
        package var label: String

        package init(project: String, environment: String, application: String, revision: String, label: String) {
            self.project = project
            self.environment = environment
            self.application = application
            self.revision = revision
            self.label = label
        }
    }

    private let fieldManager: String
    /// Keys the digests of values, so that a plan's hash says nothing of a secret to who has not the key.
    private let key: [UInt8]
    private let schemas: [GroupVersionKind: Schema]
    private let mask: SecretMask

    /// - Parameter mask: what a plan may show of values.
    package init(
        fieldManager: String, key: [UInt8], schemas: [GroupVersionKind: Schema], mask: SecretMask = SecretMask()
    ) {
        self.fieldManager = fieldManager
        self.key = key
        self.schemas = schemas
        self.mask = mask
    }

    /// - Parameters:
    ///   - desired: the rendering's manifests; every namespaced one with its namespace.
    ///   - live: finds a live object by its key.
    ///   - members: the live objects that carry the application's label.
    ///   - hooks: what decides whether hooks run; nil runs none.
    ///   - isKept: whether an object stays though this application no longer has it: another one has it now.
    /// - Throws: `Problem` for a wave that is no number, a hook that names no phase.
    package func plan(
        _ target: Target, desired: [Manifest], live: (ObjectKey) -> Manifest?, members: [Manifest],
        hooks: HookFacts? = nil, isKept: (ObjectKey) -> Bool = { _ in false }
    ) throws -> Plan {
        var changes: [Change] = []
        var unchanged: [ObjectKey] = []
        var steady: [Manifest] = []
        var called: [(hook: Hook, manifest: Manifest)] = []
        for manifest in desired {
            switch try Role.of(manifest) {
            case .steady: steady.append(prepare(manifest, target))
            case .hook(let hook): called.append((hook, prepare(manifest, target, isHook: true)))
            case .leftOut: continue
            }
        }
        for manifest in steady {
            let wave = try ApplyOrder.wave(of: manifest)
            if let change = change(of: manifest, live: live(manifest.key), wave: wave) {
                changes.append(change)
            } else {
                unchanged.append(manifest.key)
            }
        }
        let leaving = members.filter { !isKept($0.key) }
        changes += deletions(leaving, keeping: Set(desired.map(\.key)), &unchanged)
        changes.sort(by: ApplyOrder.precedes)
        let record =
            called.isEmpty && hooks?.record == nil
            ? nil
            : hooks?.due(
                hasChanges: changes.contains(where: Self.isOfGit),
                isThere: changes.contains { $0.live != nil } || !unchanged.isEmpty)
        let runs = record.map { Self.runs(called, $0) } ?? []
        return Plan(
            project: target.project, environment: target.environment, application: target.application,
            revision: target.revision, changes: changes, hooks: runs, hookRecord: record,
            unchanged: unchanged.sorted(), hash: hash(target, changes, runs))
    }

    /// The hooks that run on the record's occasion, in order.
    private static func runs(_ hooks: [(hook: Hook, manifest: Manifest)], _ record: HookRecord) -> [HookRun] {
        let runs = hooks.flatMap { hook, manifest in
            hook.phases(on: record.occasion).map { phase in
                var run = HookRun(phase: phase, hook: hook, manifest: manifest)
                run.isDone = record.succeeded.contains(run.name)
                return run
            }
        }
        return runs.sorted(by: ApplyOrder.precedes)
    }

    /// Whether a change is more than the label that Belay puts on what it takes over.
    private static func isOfGit(_ change: Change) -> Bool {
        change.action != .update || change.fields.contains { !$0.path.contains(applicationLabel) }
    }

    /// The manifest as it is applied: with the application's label, a Secret's text encoded, nothing that is null.
    private func prepare(_ manifest: Manifest, _ target: Target, isHook: Bool = false) -> Manifest {
        var manifest = manifest
        manifest.value = manifest.value.withoutNulls
        manifest.value["status"] = nil
        manifest.value[path: "metadata", "creationTimestamp"] = nil
        let label = isHook ? Self.hookLabel : Self.applicationLabel
        manifest.value[path: "metadata", "labels", label] = .string(target.label)
        if manifest.kind == "Secret", manifest.groupVersionKind.group.isEmpty { encodeText(of: &manifest) }
        return manifest
    }

    /// The server keeps `stringData` as `data`; compared as such, an unchanged Secret is no difference.
    private func encodeText(of secret: inout Manifest) {
        guard let texts = secret.value["stringData"]?.fields else { return }
        for entry in texts.entries {
            let text = entry.value.string ?? entry.value.scalar?.text ?? ""
            let encoded = Value(.scalar(Scalar(Base64.encode(Array(text.utf8)))), origin: entry.value.origin)
            secret.value[path: "data", entry.key.text] = encoded
        }
        secret.value["stringData"] = nil
    }

    private func change(of desired: Manifest, live: Manifest?, wave: Int) -> Change? {
        guard let live else {
            let fields = Difference.between(.mapping(Mapping()), desired.value, schema: schema(of: desired))
            return Change(
                key: desired.key, action: .create, desired: desired, live: nil,
                fields: fields.map { fieldChange($0, desired) }, wave: wave)
        }
        let (fields, result) = differences(desired, live)
        guard !fields.isEmpty else { return nil }
        let recreates = !Immutability.problems(changing: live, to: result).isEmpty
        return Change(
            key: desired.key, action: recreates ? .recreate : .update, desired: desired, live: live,
            fields: fields.map { fieldChange($0, desired) }, wave: wave)
    }

    /// What an apply would change, and what it would leave.
    private func differences(_ desired: Manifest, _ live: Manifest) -> (fields: [Difference], result: Manifest) {
        let schema = schema(of: desired)
        let live = Adoption.taken(live, by: fieldManager) ?? live
        // With `force` an apply never conflicts, so this cannot throw.
        let result = try? ServerSideApply.apply(
            desired, to: live, manager: fieldManager, force: true, schema: schema, now: "")
        guard var result else { return ([], live) }
        // What an apply replaces whole (a `fieldRef`) loses the defaults that the server filled in, and gets them back.
        var defaulted = live
        Defaults.apply(to: &result)
        Defaults.apply(to: &defaulted)
        let fields = Difference.between(defaulted.value, result.value, schema: schema).filter { difference in
            !Self.isBookkeeping(difference.path) && !Self.isSameQuantity(difference)
        }
        return (fields, result)
    }

    private func schema(of manifest: Manifest) -> Schema {
        schemas[manifest.groupVersionKind] ?? .any
    }

    private static func isBookkeeping(_ path: FieldPath) -> Bool {
        path.elements.starts(with: [.field("metadata"), .field("managedFields")])
    }

    /// The API server writes quantities in its own way: `1000m` is `1`.
    private static func isSameQuantity(_ difference: Difference) -> Bool {
        guard let old = difference.old?.scalar?.text, let new = difference.new?.scalar?.text,
            difference.path.elements.contains(where: { quantities.contains($0) }),
            let left = Quantity(old), let right = Quantity(new)
        else { return false }
        return left == right
    }

    private static let quantities: Set<PathElement> = [
        .field("limits"), .field("requests"), .field("capacity"), .field("sizeLimit"), .field("hard"),
    ]

    private func fieldChange(_ difference: Difference, _ desired: Manifest) -> FieldChange {
        let (old, new) = (shown(difference.old, difference, desired), shown(difference.new, difference, desired))
        let isSecret = old == nil && difference.old != nil || new == nil && difference.new != nil
        let origin = difference.new?.firstKnownOrigin ?? .none
        var change = FieldChange(
            path: difference.path.description, old: isSecret ? nil : old, new: isSecret ? nil : new, origin: origin,
            isSecret: isSecret,
            kind: difference.old == nil ? .added : difference.new == nil ? .removed : .changed)
        change.oldDigest = FieldChange.digest(difference.old, key: key)
        change.newDigest = FieldChange.digest(difference.new, key: key)
        return change
    }

    private func shown(_ value: Value?, _ difference: Difference, _ desired: Manifest) -> Value? {
        value.flatMap { mask.shown($0, at: difference.path, of: desired) }
    }

    private func deletions(_ members: [Manifest], keeping: Set<ObjectKey>, _ unchanged: inout [ObjectKey]) -> [Change] {
        var changes: [Change] = []
        for member in members where !keeping.contains(member.key) && member.deletionTimestamp == nil {
            // What a controller made from an object of ours carries our label by inheritance and is its owner's to end.
            if member.controller != nil { continue }
            if Self.staysWhenGone(member) {
                unchanged.append(member.key)
                continue
            }
            let wave = (try? ApplyOrder.wave(of: member)) ?? 0
            changes.append(
                Change(key: member.key, action: .delete, desired: nil, live: member, fields: [], wave: wave))
        }
        return changes
    }

    /// Whether an object says that it outlives its line in git: in Belay's words, Helm's or Argo CD's.
    private static func staysWhenGone(_ member: Manifest) -> Bool {
        let annotations = member.annotations
        let options = annotations["argocd.argoproj.io/sync-options"] ?? ""
        return annotations[pruneAnnotation] == "disabled" || annotations["helm.sh/resource-policy"] == "keep"
            || options.split(separator: ",").contains { $0.filter { !$0.isWhitespace } == "Prune=false" }
    }

    private func hash(_ target: Target, _ changes: [Change], _ hooks: [HookRun]) -> String {
        var text = "\(target.project)\n\(target.environment)\n\(target.application)\n"
        for change in changes {
            let desired = change.desired.map { JSON.text($0.value, .go) } ?? ""
            text += "\(change.action.rawValue) \(change.key) \(change.live?.uid ?? "") \(desired)\n"
            for field in change.fields {
                text += "  \(field.path) \(field.old.map { JSON.text($0, .go) } ?? "")\n"
            }
        }
        for run in hooks where !run.isDone {
            text += "\(run.name) \(run.hook.weight) \(JSON.text(run.manifest.value, .go))\n"
        }
        return Hex.encode(HMAC.sha256(Array(text.utf8), key: key))
    }
}

extension Value {
    /// The origin of the value, or of the first thing in it that has one.
    var firstKnownOrigin: Origin? {
        if origin.isKnown { return origin }
        switch content {
        case .scalar: return nil
        case .sequence(let items): return items.lazy.compactMap(\.firstKnownOrigin).first
        case .mapping(let mapping): return mapping.entries.lazy.compactMap(\.value.firstKnownOrigin).first
        }
    }

    /// The value without keys that say null, which to an API server is to say nothing.
    var withoutNulls: Value {
        switch content {
        case .scalar: return self
        case .sequence(let items):
            return Value(.sequence(items.map(\.withoutNulls)), origin: origin, trivia: trivia)
        case .mapping(let mapping):
            let kept = mapping.entries.filter { !$0.value.isNull }.map { entry in
                Mapping.Entry(key: entry.key, value: entry.value.withoutNulls)
            }
            return Value(.mapping(Mapping(kept)), origin: origin, trivia: trivia)
        }
    }
}
