package import Document
package import FileTree

/// One target of a project: where its applications go, and by which rules.
package struct Environment: Sendable {
    /// What may be shown of data in an environment.
    package enum DataClass: String, Sendable, Hashable, CaseIterable {
        /// Real data. Only an environment that says so has it.
        case production
        /// Nothing that production keeps secret gets here.
        case scrubbed
    }

    package var name: String
    /// Where namespaced objects go that leave it open.
    package var namespace: String?
    package var dataClass: DataClass
    /// A cluster's name in the server's config; `local` is the embedded one.
    package var cluster: String
    package var applications: [ApplicationPattern]
    /// What holds for every chart here.
    package var charts: EnvironmentCharts
    package var sync: SyncPolicy
    /// How files that are encrypted with SOPS are opened; nil takes the keys that the server has for the environment.
    package var decryption: Decryption? = nil
    /// nil for an environment that nothing is promoted to.
    package var promotion: PromotionRule?
    package var origin: Origin
    /// Where the namespace is written; nowhere when it is not.
    package var namespaceOrigin = Origin.none

    package static let localCluster = "local"
}

/// Which folders, or which chart, are applications of an environment.
package struct ApplicationPattern: Sendable {
    /// A path from the root, in which `*` and `?` stand for parts of one name; each folder that matches is an application.
    /// nil for a chart that is fetched.
    package var path: PathPattern?
    /// The application's name where the pattern does not give it.
    package var name: String?
    /// How a chart is rendered; nil where nothing is said of that.
    package var chart: ChartSettings?
    package var origin: Origin
}

/// How an environment follows git.
package struct SyncPolicy: Sendable, Hashable {
    /// Whether a new commit is applied without being asked.
    package var automatic: Bool
    /// Whether objects that left git are deleted.
    package var prune: Bool
    /// Whether live edits of owned fields are taken back.
    package var selfHeal: Bool

    package init(automatic: Bool = true, prune: Bool = true, selfHeal: Bool = true) {
        self.automatic = automatic
        self.prune = prune
        self.selfHeal = selfHeal
    }
}

/// How an environment gets what runs in another.
package struct PromotionRule: Sendable, Hashable {
    /// How the change reaches git.
    package enum Way: String, Sendable, Hashable, CaseIterable {
        case commit
        case pullRequest
    }

    /// The environment that it comes from.
    package var from: String
    package var via: Way
    /// All must be open.
    package var gates: [Gate]
    package var origin: Origin
}

/// A condition of a promotion.
package enum Gate: Sendable, Hashable {
    /// The source environment has been healthy that long.
    case healthyFor(Duration)
    /// A job of this manifest has succeeded.
    case verify(TreePath)
    /// So many people have approved.
    case approvals(Int)
    /// A time of the week: `Mon-Fri 09:00-17:00 Europe/Lisbon`.
    case window(String)
    /// The commit is signed by a key that the server trusts.
    case signed
}
