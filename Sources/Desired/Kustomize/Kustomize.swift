package import Document
package import FileTree

/// Renders kustomizations: `kustomization.yaml` with what it names, to the objects that `kubectl kustomize` prints.
package enum Kustomize {
    /// How a kustomization is rendered; the defaults are kustomize's own.
    package struct Options: Sendable, Hashable {
        /// The order of the objects.
        package enum Order: String, Sendable, Hashable, CaseIterable {
            /// Namespaces and other kinds that others need first, then by group, kind, namespace and name.
            case legacy
            /// As they were accumulated.
            case none
        }

        /// nil leaves it to the kustomization's `sortOptions`, and without those to `legacy`.
        package var order: Order?
        /// Whether files beside the folder of a kustomization may be read (`LoadRestrictionsNone`).
        package var readsAnyFile: Bool

        package init(order: Order? = nil, readsAnyFile: Bool = false) {
            self.order = order
            self.readsAnyFile = readsAnyFile
        }
    }

    /// The objects of a kustomization.
    ///
    /// - Throws: `Problem` with its place in the tree.
    package static func build(
        _ folder: TreePath, in tree: any FileTree, for origin: Origin = .none, options: Options = Options(),
        changing change: (inout Value) throws(Problem) -> Void = { (_) throws(Problem) in }
    ) throws(Problem) -> [Value] {
        throw Problem("\(folder) is a kustomization, which this version does not render", at: origin)
    }
}
