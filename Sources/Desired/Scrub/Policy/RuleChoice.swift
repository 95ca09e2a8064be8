import Manifest

extension ScrubPolicy {
    /// The rules that are for an object.
    ///
    /// - Parameter namespace: where it goes if it names none.
    func rules(for object: Manifest, in namespace: String? = nil) -> [Rule] {
        guard !rules.isEmpty else { return [] }
        return rules.filter { rule in
            func fits(_ patterns: [String], _ name: String) -> Bool {
                patterns.isEmpty || patterns.contains { NamePattern.matches(name, $0) }
            }
            return (rule.kinds.isEmpty || rule.kinds.contains(object.kind)) && fits(rule.names, object.name)
                && fits(rule.namespaces, object.namespace ?? namespace ?? "")
                && rule.labels.allSatisfy { label in
                    object.labels[label.key].map { NamePattern.matches($0, label.value) } ?? false
                }
        }
    }
}
