import Document
import FileTree
import Helm
import Kustomize

/// How charts are rendered, whether they are applications or parts of kustomizations.
struct ChartEngine {
    /// What holds for every chart of a rendering, unless it says otherwise.
    var settings: HelmRender.Settings

    /// The objects of a chart that is an application.
    func objects(
        of folder: TreePath, in tree: any FileTree, values: GivenValues
    ) throws(Problem) -> [Value] {
        try HelmRender.render(try Chart.load(folder, in: tree, known: settings.templates), values: values, settings)
    }

    /// The objects of a chart that a kustomization names: all that `helm template` prints, as there.
    func objects(of request: ChartRequest, in tree: any FileTree) throws(Problem) -> [Value] {
        var settings = settings
        if let template = request.nameTemplate {
            settings.release = try HelmRender.releaseName(template, key: settings.key)
        } else {
            settings.release = request.releaseName ?? "release-name"
        }
        settings.namespace = request.namespace ?? "default"
        settings.includesCRDs = request.includesCRDs
        settings.skipsTests = request.skipsTests
        settings.skipsHooks = request.skipsHooks
        if request.kubeVersion != nil || !request.apiVersions.isEmpty {
            settings.capabilities = try settings.capabilities.adapted(
                kubeVersion: request.kubeVersion?.string, extra: request.apiVersions,
                at: request.kubeVersion?.origin ?? request.origin)
        }
        let chart = try Chart.load(request.pinned?.folder ?? request.folder, in: tree, known: settings.templates)
        return try HelmRender.manifests(chart, values: GivenValues(request.values), settings)
    }
}
