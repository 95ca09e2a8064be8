import Crypto
import Document
import Kustomize
import Manifest

extension LintRule {
    static let invalidManifest = LintRule(
        "invalid-manifest", .error, "A rendered object is one that Kubernetes would refuse: a field, name or label")
    static let unknownKind = LintRule(
        "unknown-kind", .warning, "A rendered object has a kind that its group in Kubernetes does not have")
    static let removedAPI = LintRule(
        "removed-api", .error, "A rendered object has an apiVersion that the Kubernetes version serves no longer")
    static let deprecatedAPI = LintRule(
        "deprecated-api", .warning, "A rendered object has an apiVersion that a later Kubernetes version drops")
    static let namespaceMismatch = LintRule(
        "namespace-mismatch", .warning,
        "A role binding names a service account in another namespace than the one that is rendered")
    static let secretInClear = LintRule(
        "secret-in-clear", .warning, "A Secret's values stand in git for everybody to read; values are never shown")
    static let duplicateObject = LintRule(
        "duplicate-object", .error, "Two rendered objects have the same kind, name and namespace")
}

/// Looks at rendered objects.
struct ManifestRules {
    static let rules: [LintRule] = [
        .invalidManifest, .unknownKind, .removedAPI, .deprecatedAPI, .namespaceMismatch, .secretInClear,
        .duplicateObject,
    ]

    /// What the objects are for.
    let version: KubernetesVersion
    /// Whether values of Secrets stand in files as they are, and are not computed.
    var readsSecrets = true

    func findings(in objects: [Value]) -> [Finding] {
        var found: [Finding] = []
        var seen: [ObjectKey: Origin] = [:]
        for object in objects where object.fields != nil && object["kind"]?.string != nil {
            let manifest = Manifest(object)
            found += kind(of: manifest)
            found += invalid(manifest)
            if readsSecrets, manifest.kind == "Secret", manifest.groupVersionKind.group.isEmpty {
                found += secret(manifest)
            }
            guard object[path: "metadata", "name"] != nil else { continue }
            if let first = seen.updateValue(Self.place(of: object), forKey: manifest.key) {
                found.append(
                    Finding(
                        .duplicateObject, "there are two manifests for \(manifest.key); the other is at \(first)",
                        at: Self.place(of: object), hint: "remove one, or give it another name or namespace"))
            }
        }
        return found + subjects(in: objects)
    }

    private func invalid(_ manifest: Manifest) -> [Finding] {
        Validation.problems(in: manifest).filter { problem in
            // Another program fills in variables; to Kubernetes a choice that is empty is one that is not made.
            !problem.message.contains("${") && !problem.message.contains("$(")
                && !problem.message.hasPrefix("is \"\" and must be one of")
        }.map { Finding(.invalidManifest, $0.problem(of: manifest)) }
    }

    private static func place(of object: Value) -> Origin {
        object[path: "metadata", "name"]?.origin ?? object.origin
    }

    private func kind(of manifest: Manifest) -> [Finding] {
        let kind = manifest.groupVersionKind
        let origin = manifest.value["apiVersion"]?.origin ?? manifest.value.origin
        if let removed = RemovedVersion.of(kind) {
            let isGone = removed.removedIn <= version
            let hint = removed.replacement.map { "use \($0)" } ?? "nothing takes its place"
            return [
                Finding(
                    isGone ? .removedAPI : .deprecatedAPI,
                    "\(kind.apiVersion) \(kind.kind) is gone since Kubernetes \(removed.removedIn)", at: origin,
                    hint: hint)
            ]
        }
        guard let known = KubernetesKinds.inGroup(kind.group), !known.contains(kind.kind) else { return [] }
        let elsewhere = Catalog.builtIn.find(word: kind.kind)?.groupVersionKind
        let hint =
            elsewhere.map { "it belongs to \($0.apiVersion)" }
            ?? Spelling.nearest(to: kind.kind, among: known).map { "did you mean \($0)?" } ?? ""
        return [
            Finding(
                .unknownKind, "\(kind.apiVersion) has no kind \(kind.kind)",
                at: manifest.value["kind"]?.origin ?? origin, hint: hint)
        ]
    }

    /// One finding for a Secret, at its first secret value.
    private func secret(_ manifest: Manifest) -> [Finding] {
        // Encrypted by SOPS.
        if manifest.value["sops"] != nil || manifest.value["type"]?.string == "kubernetes.io/service-account-token" {
            return []
        }
        let keys = ["data", "stringData"].flatMap { manifest.value[$0]?.fields?.keys ?? [] }
        if keys.contains(where: { $0.hasPrefix("sops_") }) { return [] }
        var names: [String] = []
        var place: Origin?
        for field in ["data", "stringData"] {
            for entry in manifest.value[field]?.fields?.entries ?? [] {
                guard let text = entry.value.scalar?.text, entry.value.origin.line > 0 else { continue }
                let plain =
                    field == "data"
                    ? Base64.decode(text.filter { !$0.isWhitespace }).map { String(decoding: $0, as: UTF8.self) }
                        ?? text
                    : text
                guard SecretKeys.isSecret(entry.key.text, plain) else { continue }
                names.append(entry.key.text)
                place = place ?? entry.value.origin
            }
        }
        guard let place else { return [] }
        return [
            Finding(
                .secretInClear,
                "the Secret \(manifest.name) has \(names.sorted().joined(separator: ", ")) in clear in git",
                at: place, hint: "encrypt it, or let the cluster make the Secret")
        ]
    }

    private func subjects(in objects: [Value]) -> [Finding] {
        var accounts: [String: Set<String>] = [:]
        for object in objects where object["kind"]?.string == "ServiceAccount" {
            guard let name = object[path: "metadata", "name"]?.string else { continue }
            accounts[name, default: []].insert(object[path: "metadata", "namespace"]?.string ?? "")
        }
        var found: [Finding] = []
        for object in objects where ["RoleBinding", "ClusterRoleBinding"].contains(object["kind"]?.string) {
            for subject in object["subjects"]?.items ?? [] where subject["kind"]?.string == "ServiceAccount" {
                guard let name = subject["name"]?.string, let namespace = subject["namespace"]?.string,
                    let real = accounts[name], !real.contains(namespace), !real.contains("")
                else { continue }
                let places = real.sorted().joined(separator: ", ")
                found.append(
                    Finding(
                        .namespaceMismatch,
                        "the binding names the service account \(name) of namespace \(namespace), which is in \(places)",
                        at: subject["namespace"]?.origin ?? subject.origin, hint: "name the namespace \(places)"))
            }
        }
        return found
    }
}
