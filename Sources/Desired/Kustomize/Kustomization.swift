/// One kustomization file.
package enum Kustomization {
    /// The names that such a file may have; a folder has one of them.
    package static let fileNames = ["kustomization.yaml", "kustomization.yml", "Kustomization"]
}
