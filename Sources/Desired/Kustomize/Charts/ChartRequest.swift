package import Document
package import FileTree

/// A chart that a kustomization wants inflated: an entry of `helmCharts`, with its values put together.
package struct ChartRequest: Sendable {
    package var name: String
    /// The folder where the chart must be.
    package var folder: TreePath
    package var version: String
    /// Where the chart is from; empty for one that is the repository's own.
    package var repository: String
    /// nil lets the template decide, or the default.
    package var releaseName: String?
    /// A template of the release's name.
    package var nameTemplate: Value?
    package var namespace: String?
    /// Values files and values of the kustomization, later ones counting more.
    package var values: [Value]
    package var includesCRDs: Bool
    package var skipsHooks: Bool
    package var skipsTests: Bool
    package var apiVersions: [String]
    package var kubeVersion: Value?
    /// Where the chart is instead, for one that is pinned.
    package var pinned: PinnedChart?
    /// The entry's name, where it is written.
    package var origin: Origin
}

/// A chart that is not in the tree of the kustomizations.
package struct PinnedChart: Sendable {
    package var tree: any FileTree
    package var folder: TreePath

    package init(tree: any FileTree, folder: TreePath) {
        self.tree = tree
        self.folder = folder
    }
}

/// Finds the chart of another place by name, version (empty for any) and repository, for the entry at an origin; nil when
/// it is not pinned.
package typealias ChartFinder = (String, String, String, Origin) throws(Problem) -> PinnedChart?

/// Inflates a chart from a tree to its objects. Kustomize knows nothing of charts: whoever builds hands it this.
package typealias ChartInflation = (ChartRequest, any FileTree) throws(Problem) -> [Value]
