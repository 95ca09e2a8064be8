package import Document
package import FileTree

/// What one kustomization file shows by itself.
package struct KustomizationCheck {
    private let tree: any FileTree
    private let file: TreePath

    package init(_ file: TreePath, in tree: any FileTree) {
        self.file = file
        self.tree = tree
    }

    /// - Returns: nothing for a file that is no YAML, which rendering says.
    package var findings: [Finding] {
        do throws(Problem) {
            let bytes = try tree.read(file, for: .none).bytes
            let source = tree.sourceFile(file)
            let repeated = try YAML.duplicateKeys(bytes, file: source)
            guard let value = try YAML.parse(bytes, file: source, repeatedKeys: .lastCounts).first else { return [] }
            return repeated.map { Finding(.duplicateKey, $0) }
                + KustomizationFields.all.unknown(in: value, of: "the kustomization") + deprecated(value)
                + duplicateResources(value)
        } catch {
            return []
        }
    }

    /// Deprecated fields and what they are called today.
    private static let newNames = [
        "bases": "resources", "imageTags": "images", "patchesStrategicMerge": "patches", "patchesJson6902": "patches",
        "commonLabels": "labels", "vars": "replacements", "helmChartInflationGenerator": "helmCharts",
    ]

    private func deprecated(_ value: Value) -> [Finding] {
        let hint = "belay fix rewrites it"
        var found = (value.fields?.entries ?? []).compactMap { entry in
            Self.newNames[entry.key.text].map { new in
                Finding(
                    .deprecatedField, "\"\(entry.key.text)\" is deprecated; it is \"\(new)\" today",
                    at: entry.key.origin, hint: hint)
            }
        }
        for list in ["configMapGenerator", "secretGenerator"] {
            for item in value[list]?.items ?? [] {
                guard let entry = item.fields?.entries.first(where: { $0.key.text == "env" }) else { continue }
                found.append(
                    Finding(
                        .deprecatedField, "\"env\" is deprecated; it is \"envs\" today", at: entry.key.origin,
                        hint: hint))
            }
        }
        if let patches = value["patches"], let items = patches.items, !items.isEmpty,
            items.allSatisfy({ $0.string != nil })
        {
            found.append(
                Finding(
                    .deprecatedField, "\"patches\" with files alone is deprecated; each is written as path: today",
                    at: items[0].origin, hint: hint))
        }
        return found
    }

    private func duplicateResources(_ value: Value) -> [Finding] {
        var found: [Finding] = []
        for keys in [["resources", "bases"], ["components"]] {
            var seen: [TreePath: Origin] = [:]
            for item in keys.flatMap({ value[$0]?.items ?? [] }) {
                guard let text = item.string, !RemoteBase.isAddress(text),
                    let path = file.parent?.resolving(text)
                else { continue }
                if let first = seen[path] {
                    found.append(
                        Finding(
                            .duplicateResource, "\(text) is listed already, on line \(first.line)", at: item.origin,
                            hint: "remove one of them"))
                } else {
                    seen[path] = item.origin
                }
            }
        }
        return found
    }
}
