import Document
package import FileTree
import Kustomize

/// Charts of other places that kustomizations may inflate: what `belay.yaml` has under `spec.charts`.
package struct PinnedCharts: Sendable {
    private let pins: [ChartPin]
    private let store: any ChartStore

    package init(_ pins: [ChartPin], in store: any ChartStore) {
        self.pins = pins
        self.store = store
    }

    /// The chart that an entry of `helmCharts` names; nil when nothing of it is pinned.
    ///
    /// - Parameters:
    ///   - version: empty takes the one that is pinned.
    ///   - origin: the entry.
    /// - Throws: `Problem` for another version than the pinned one, and for a chart that is not on this machine.
    func chart(
        _ name: String, version: String, repository: String, at origin: Origin
    ) throws(Problem) -> PinnedChart? {
        let known = pins.filter { $0.name == name && $0.repository == ChartReader.trimmed(repository) }
        guard let first = known.first else { return nil }
        guard let pin = known.first(where: { version.isEmpty || $0.version == version }) else {
            throw Problem(
                "\(version) of the chart \(name) is not pinned", at: origin,
                hint:
                    "belay.yaml pins \(known.map(\.version).joined(separator: ", ")) (\(first.origin)); name that, or "
                    + "pin the other: belay chart pin \(repository) \(name) --version \(version)")
        }
        if version.isEmpty, known.count > 1 {
            throw Problem(
                "the entry names no version of the chart \(name), and several are pinned", at: origin,
                hint: "name one of: \(known.map(\.version).joined(separator: ", "))")
        }
        let (tree, folder) = try ArchivedChart.open(
            try store.archive(pin), pin.digest, displayedAs: pin.fileName, at: pin.origin)
        return PinnedChart(tree: tree, folder: folder)
    }
}

extension Project {
    /// The charts that a tree's project pins for kustomizations; none when there is no project, or none that can be read.
    package static func charts(in tree: any FileTree) -> [ChartPin] {
        (try? read(from: tree))?.charts ?? []
    }
}
