import Document
import Manifest

extension ScrubPolicy {
    /// The rules that are for an object.
    ///
    /// - Parameter namespace: where it goes if it names none.
    func rules(for object: Manifest, in namespace: String? = nil) -> [Rule] {
        guard !rules.isEmpty else { return [] }
        let name = object.writtenName
        return rules.filter { rule in
            func fits(_ patterns: [String], _ name: String) -> Bool {
                patterns.isEmpty || patterns.contains { NamePattern.matches(name, $0) }
            }
            return (rule.kinds.isEmpty || rule.kinds.contains(object.kind)) && fits(rule.names, name)
                && fits(rule.namespaces, object.namespace ?? namespace ?? "")
                && rule.labels.allSatisfy { label in
                    object.labels[label.key].map { NamePattern.matches($0, label.value) } ?? false
                }
        }
    }
}

extension Manifest {
    /// Its name without the hash that kustomize puts behind those of generated objects: what people know it by.
    var writtenName: String {
        guard value[path: "metadata", "name"]?.trivia?.synthesis == .part, let end = name.lastIndex(of: "-") else {
            return name
        }
        return String(name[..<end])
    }
}
