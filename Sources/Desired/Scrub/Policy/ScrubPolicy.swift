package import Document

/// What is sensitive and what becomes of it in a scrubbed environment: a file of kind `ScrubPolicy`.
///
/// Without any rule it already holds that a secret or personal value which production reads too is replaced. Rules come
/// before that, and the first that fits a field decides.
package struct ScrubPolicy: Sendable, Hashable {
    /// What a value is to the people who must not lose it.
    package enum DataClass: String, Sendable, Hashable, CaseIterable {
        case secret
        case personal
        case `internal`
    }

    /// What kind of secret is made in the place of one.
    package enum SecretType: String, Sendable, Hashable, CaseIterable {
        case password
        case keyPair = "key-pair"
        case sshKey = "ssh-key"
        case bcrypt
        case jwt
        case connectionString = "connection-string"
        case token
    }

    /// What becomes of a field.
    package enum Action: Sendable, Hashable {
        /// A placeholder of the same shape takes its place.
        case replace
        /// It stays as it is, and is nothing that the leak gate looks for.
        case keep
        /// This value takes its place.
        case fixed(SecretText)
        /// A secret of the same type, or of this one, takes its place.
        case regenerate(SecretType?)
        /// What the table says of it takes its place; a value that the table has not is refused.
        case map([SecretText: SecretText])
        /// The rendering fails.
        case refuse
        /// The field is left out.
        case drop
    }

    /// Which fields of which objects, and what becomes of them.
    package struct Rule: Sendable, Hashable {
        /// Environments that it holds in; empty for every scrubbed one.
        package var environments: [String] = []
        /// Empty for every kind.
        package var kinds: [String]
        /// Names with `*` and `?`; empty for every name.
        package var names: [String]
        /// Namespaces with `*` and `?`; empty for every one, and for objects that name none.
        package var namespaces: [String] = []
        /// Labels that the object must all have; values with `*` and `?`.
        package var labels: [String: String] = [:]
        /// Paths such as `data.password`, `stringData.*`, `spec.containers[*].env[name=TOKEN].value`.
        package var fields: [FieldPattern]
        package var action: Action
        /// What the field's values are; nil leaves it to the detectors.
        package var dataClass: DataClass?
        package var origin: Origin
        /// Where the value of a fixed rule is written.
        package var valueOrigin = Origin.none

        /// Whether it says that production's values are not for others, wherever they stand.
        var isClassifying: Bool {
            switch action {
            case .keep: false
            case .replace, .regenerate, .refuse: true
            case .fixed, .map, .drop: dataClass != nil
            }
        }
    }

    /// What detectors look for, and what is none of their business.
    package struct Detectors: Sendable, Hashable {
        /// Types of findings that count for nothing.
        package var off: Set<String> = []
        package var allowed: [Allowance] = []
    }

    /// What a detector finds there, or finds to be this, is no finding.
    package struct Allowance: Sendable, Hashable {
        /// Types that it is for; empty for all.
        package var types: Set<String>
        package var fields: [FieldPattern]
        /// SHA-256 of whole values, in lower-case hex.
        package var digests: Set<String>
    }

    /// Names of production's that are others elsewhere: hosts, mail domains, buckets.
    package struct Substitution: Sendable, Hashable {
        /// Environments that it holds in; empty for every scrubbed one.
        package var environments: [String]
        /// From a name to the one that takes its place, wherever it stands alone in a text.
        package var names: [String: String]
    }

    package var rules: [Rule]
    package var detectors = Detectors()
    package var substitutions: [Substitution] = []
    /// What becomes of tables and files of data; renderings have none.
    package var datasets: [DatasetRules] = []

    package init(rules: [Rule] = []) {
        self.rules = rules
    }

    package static let standard = ScrubPolicy()

    /// What holds in one environment.
    package func restricted(to environment: String) -> ScrubPolicy {
        func holds(_ environments: [String]) -> Bool { environments.isEmpty || environments.contains(environment) }
        var policy = self
        policy.rules.removeAll { !holds($0.environments) }
        policy.substitutions.removeAll { !holds($0.environments) }
        return policy
    }
}
