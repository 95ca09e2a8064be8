package import Document
package import Manifest

/// What an object is to a sync, by its annotations: Belay's own, else Argo CD's, else Helm's.
package enum Role: Sendable, Hashable {
    /// One of those that stay.
    case steady
    case hook(Hook)
    /// Applied by no sync: a test, what only Helm's own rollback or deletion runs, what says that it is to be skipped.
    case leftOut

    /// Reads the role of a rendered object.
    ///
    /// - Throws: `Problem` at an annotation that names no phase, no policy or no weight.
    package static func of(_ manifest: Manifest) throws(Problem) -> Role {
        let annotations = manifest.value[path: "metadata", "annotations"]
        for name in ["belay/hook", "argocd.argoproj.io/hook"] {
            if let value = annotations?[name] { return try named(value, name, manifest) }
        }
        guard let value = annotations?["helm.sh/hook"] else { return .steady }
        return try helm(value, manifest)
    }

    private static func named(_ value: Value, _ name: String, _ manifest: Manifest) throws(Problem) -> Role {
        let words = words(of: value)
        if words.contains("Skip") { return .leftOut }
        var phases: Set<Phase> = []
        for word in words {
            guard let phase = Phase(rawValue: word) else {
                let known = Phase.allCases.map(\.rawValue).joined(separator: ", ")
                throw Problem(
                    "\(manifest.key): \(name) names “\(word)”, which is no phase of a sync", at: value.origin,
                    hint: "it may name: \(known), Skip")
            }
            phases.insert(phase)
        }
        guard !phases.isEmpty else { throw Problem("\(manifest.key): \(name) names no phase", at: value.origin) }
        return .hook(
            Hook(
                onInstall: phases, onUpgrade: phases, weight: try weight(of: manifest),
                deletePolicies: try deletePolicies(
                    of: manifest, [name + "-delete-policy", "helm.sh/hook-delete-policy"])
            ))
    }

    private static func helm(_ value: Value, _ manifest: Manifest) throws(Problem) -> Role {
        var (onInstall, onUpgrade): (Set<Phase>, Set<Phase>) = ([], [])
        for word in words(of: value) {
            switch word {
            case "pre-install": onInstall.insert(.preSync)
            case "post-install": onInstall.insert(.postSync)
            case "pre-upgrade": onUpgrade.insert(.preSync)
            case "post-upgrade": onUpgrade.insert(.postSync)
            // Going back is a commit like any other here, and what is deleted has left git.
            default: continue
            }
        }
        if onInstall.isEmpty, onUpgrade.isEmpty { return .leftOut }
        return .hook(
            Hook(
                onInstall: onInstall, onUpgrade: onUpgrade, weight: try weight(of: manifest),
                deletePolicies: try deletePolicies(of: manifest, ["helm.sh/hook-delete-policy"]), waitsForHealth: false)
        )
    }

    /// The wave of a hook: as every object says it, else Helm's weight.
    private static func weight(of manifest: Manifest) throws(Problem) -> Int {
        try ApplyOrder.number(of: manifest, in: ApplyOrder.waveAnnotations + ["helm.sh/hook-weight"]) ?? 0
    }

    private static func deletePolicies(of manifest: Manifest, _ names: [String]) throws(Problem) -> Set<DeletePolicy> {
        let annotations = manifest.value[path: "metadata", "annotations"]
        guard let name = names.first(where: { annotations?[$0] != nil }), let value = annotations?[name] else {
            return [.beforeHookCreation]
        }
        var policies: Set<DeletePolicy> = []
        for word in words(of: value) {
            switch word {
            case "before-hook-creation", "BeforeHookCreation": policies.insert(.beforeHookCreation)
            case "hook-succeeded", "HookSucceeded": policies.insert(.hookSucceeded)
            case "hook-failed", "HookFailed": policies.insert(.hookFailed)
            default:
                throw Problem(
                    "\(manifest.key): \(name) names “\(word)”, which is no policy", at: value.origin,
                    hint: "it may name: before-hook-creation, hook-succeeded, hook-failed")
            }
        }
        return policies.isEmpty ? [.beforeHookCreation] : policies
    }

    private static func words(of value: Value) -> [String] {
        let text = value.string ?? value.scalar?.text ?? ""
        return text.split(separator: ",").map { part in
            String(part.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
        }.filter { !$0.isEmpty }
    }
}
