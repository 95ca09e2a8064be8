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
    /// The entry's name, where it is written.
    package var origin: Origin
}

/// Inflates a chart from a tree to its objects. Kustomize knows nothing of charts: whoever builds hands it this.
package typealias ChartInflation = (ChartRequest, any FileTree) throws(Problem) -> [Value]
