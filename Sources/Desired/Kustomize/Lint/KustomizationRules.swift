package import Document

extension LintRule {
    static let duplicateKey = LintRule(
        "duplicate-key", .warning, "A key stands twice in one mapping of a kustomization: only the last one counts")
    static let unknownField = LintRule("unknown-field", .error, "A kustomization has a field that there is not")
    static let deprecatedField = LintRule(
        "deprecated-field", .warning, "A field of a kustomization has a newer form; belay fix rewrites it")
    static let duplicateResource = LintRule(
        "duplicate-resource", .error, "A kustomization lists a file or folder twice")
    static let unusedPatch = LintRule(
        "unused-patch", .warning, "The target of a patch matches no object in any rendering that has the patch")
    static let unusedImage = LintRule(
        "unused-image", .warning, "An entry of images matches no container's image in any rendering that has it")
    static let unusedReplacement = LintRule(
        "unused-replacement", .warning, "A target of a replacement matches no object in any rendering that has it")
    static let unusedFile = LintRule(
        "unused-file", .info, "A manifest or patch lies beside a kustomization, and no kustomization reads it")
    static let unusedComponent = LintRule(
        "unused-component", .info, "No kustomization of the repository lists a component")
}

/// What is looked for in kustomizations.
package enum KustomizationLint {
    package static let unusedFile = LintRule.unusedFile
    package static let unusedComponent = LintRule.unusedComponent
    package static let rules: [LintRule] = [
        .duplicateKey, .unknownField, .deprecatedField, .duplicateResource, .unusedPatch, .unusedImage,
        .unusedReplacement, .unusedFile, .unusedComponent,
    ]
}
