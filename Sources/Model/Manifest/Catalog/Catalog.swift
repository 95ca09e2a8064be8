/// What is known of kinds: the one table that plans, the embedded cluster, patches and tables of output look into.
package struct Catalog: Sendable {
    private var kinds: [GroupVersionKind: KindDescription] = [:]
    /// Kinds by every word that names them, the preferred one first.
    private var words: [String: [GroupVersionKind]] = [:]

    package init(_ kinds: [KindDescription] = []) {
        for kind in kinds { add(kind) }
    }

    /// The kinds that are known without asking a cluster.
    package static let builtIn = Catalog(coreKinds + workloadKinds + networkKinds + policyKinds + extensionKinds)

    /// Adds a kind, such as a custom resource's, or replaces what was known of it.
    package mutating func add(_ kind: KindDescription) {
        let key = kind.groupVersionKind
        kinds[key] = kind
        for word in kind.words where words[word]?.contains(key) != true { words[word, default: []].append(key) }
    }

    /// All kinds, by group, version and kind.
    package var all: [KindDescription] {
        kinds.values.sorted {
            let (left, right) = ($0.groupVersionKind, $1.groupVersionKind)
            return (left.group, left.version, left.kind) < (right.group, right.version, right.kind)
        }
    }

    /// What is known of a kind; nil for kinds of which not even the scope is known.
    package func description(of kind: GroupVersionKind) -> KindDescription? {
        kinds[kind]
    }

    /// The kind of a resource in a URL: `deployments` of `apps/v1`.
    package func description(ofResource plural: String, group: String, version: String) -> KindDescription? {
        words[plural]?.lazy
            .filter { $0.group == group && $0.version == version }
            .compactMap { kinds[$0] }.first { $0.plural == plural }
    }

    /// The kind in its newest version, whatever version is asked for.
    package func description(group: String, kind: String) -> KindDescription? {
        words[kind.lowercased()]?.first { $0.group == group && $0.kind == kind }.flatMap { kinds[$0] }
    }

    /// The kind that a person names: `deploy`, `pods`, `deployments.apps`, `Deployment.v1.apps`; case does not matter.
    package func find(word: String) -> KindDescription? {
        let parts = word.lowercased().split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard let candidates = words[parts[0]] else { return nil }
        let group = parts.dropFirst().joined(separator: ".")
        let found = candidates.first {
            group.isEmpty || $0.group == group || [$0.version, $0.group].joined(separator: ".") == group
        }
        return found.flatMap { kinds[$0] }
    }

    /// Every word that names a kind, in the order of the alphabet: for hints and completion.
    package var allWords: [String] { words.keys.sorted() }
}

extension KindDescription {
    /// All words for the kind in lower case: plural, singular, kind and short names.
    fileprivate var words: Set<String> {
        Set([plural, singular, groupVersionKind.kind.lowercased()] + shortNames)
    }

    /// One kind in several versions, the newest first.
    static func versions(
        _ group: String, _ versions: String..., kind: String, plural: String, shortNames: [String] = [],
        isNamespaced: Bool = true, hasStatus: Bool = true, columns: [PrinterColumn] = [], schema: [String: Schema] = [:]
    ) -> [KindDescription] {
        versions.map { version in
            KindDescription(
                GroupVersionKind(group: group, version: version, kind: kind), plural: plural, shortNames: shortNames,
                isNamespaced: isNamespaced, hasStatus: hasStatus, columns: columns, schema: .manifest(schema))
        }
    }
}
