import Document
import Helm
import Manifest
import Plan

/// How an application that was imported stands to what Helm deployed of the release.
struct ReleaseComparison {
    let release: HelmRelease
    let rendered: [Manifest]

    /// A line for each object or field that differs; values are not shown, as those of Secrets must not be.
    func lines() throws -> [String] {
        var deployed: [ObjectKey: Manifest] = [:]
        for value in release.manifests {
            let manifest = Manifest(value)
            deployed[key(of: manifest)] = manifest
        }
        var lines: [String] = []
        for manifest in rendered where try Role.of(manifest) == .steady {
            guard let old = deployed.removeValue(forKey: key(of: manifest)) else {
                // Helm keeps what is in crds/ apart from what it deploys.
                guard manifest.kind != "CustomResourceDefinition" else { continue }
                lines.append("\(key(of: manifest)) is not in the release")
                continue
            }
            let schema = Catalog.builtIn.description(of: manifest.groupVersionKind)?.schema ?? .any
            for difference in Difference.between(comparable(old), comparable(manifest), schema: schema) {
                lines.append("\(key(of: manifest)): \(difference.path) differs")
            }
        }
        return lines + deployed.keys.sorted().map { "\($0) is in the release, and is not rendered" }
    }

    /// An object's key, with the release's namespace where it leaves that open.
    private func key(of manifest: Manifest) -> ObjectKey {
        var key = manifest.key
        let isNamespaced = Catalog.builtIn.description(of: manifest.groupVersionKind)?.isNamespaced ?? true
        key.namespace = isNamespaced ? key.namespace ?? release.namespace : nil
        return key
    }

    /// The object without what only one side writes out.
    private func comparable(_ manifest: Manifest) -> Value {
        var value = manifest.value
        value[path: "metadata", "namespace"] = nil
        value["status"] = nil
        return value
    }
}
