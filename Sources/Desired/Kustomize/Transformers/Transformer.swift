import Document
import Manifest

/// One of kustomize's transformers with its configuration, be it from a field of a kustomization or from an object that
/// `transformers` names.
enum Transformer {
    /// Patches as they stand in a file or a text each.
    case strategicPatches([Value])
    case patch(Kustomization.PatchEntry)
    case jsonPatch(Kustomization.PatchEntry)
    case replicas(Kustomization.ReplicaEntry, [FieldSpec])
    case local(LocalTransformer)
    case replacements([Value])
    case valueAdd(ValueAddition)
    case hash

    /// Its kind among kustomize's plugins.
    var kind: String {
        switch self {
        case .strategicPatches: "PatchStrategicMergeTransformer"
        case .patch: "PatchTransformer"
        case .jsonPatch: "PatchJson6902Transformer"
        case .replicas: "ReplicaCountTransformer"
        case .local(let transformer): transformer.kind
        case .replacements: "ReplacementTransformer"
        case .valueAdd: "ValueAddTransformer"
        case .hash: "HashTransformer"
        }
    }

    /// The transformer, if it is local.
    var local: LocalTransformer? {
        if case .local(let transformer) = self { transformer } else { nil }
    }

    /// The file of a patch that stands in one of its own.
    var patchFile: Value? {
        switch self {
        case .patch(let entry), .jsonPatch(let entry): entry.path
        default: nil
        }
    }

    /// Changes the objects.
    ///
    /// - Parameter step: what objects of earlier builds have gone through by it.
    func apply(to accumulator: inout Accumulator, _ files: OverlayFiles, step: Step? = nil) throws(Problem) {
        switch self {
        case .local(let transformer):
            try accumulator.apply(transformer, among: accumulator.resources)
            try transformer.check(accumulator)
        case .strategicPatches(let sources):
            for source in sources {
                try Problem.following(source.origin) { () throws(Problem) in
                    try accumulator.applyStrategic(source, files)
                }
            }
        case .patch(let entry):
            try Problem.following(entry.origin) { () throws(Problem) in try accumulator.apply(entry, files, step) }
        case .jsonPatch(let entry):
            try Problem.following(entry.origin) { () throws(Problem) in try accumulator.applyJSON(entry, files, step) }
        case .replicas(let entry, let specs):
            try Problem.following(entry.origin) { () throws(Problem) in try accumulator.setReplicas(entry, in: specs) }
        case .replacements(let entries): try replace(entries, in: &accumulator, files)
        case .valueAdd(let addition): try accumulator.add(addition)
        case .hash: accumulator.addHashes()
        }
    }

    private func replace(
        _ entries: [Value], in accumulator: inout Accumulator, _ files: OverlayFiles
    ) throws(Problem) {
        // All are read before one is applied.
        var replacements: [(Replacement, Origin)] = []
        for entry in entries {
            try Problem.following(entry.origin) { () throws(Problem) in
                for one in try ReplacementReader.replacements(entry, files) {
                    replacements.append((one, entry.origin))
                }
            }
        }
        for (replacement, origin) in replacements {
            try Problem.following(origin) { () throws(Problem) in try accumulator.replace(replacement) }
        }
    }
}

extension [Transformer] {
    /// Those that can be one step together, and each of the others alone. A namespace is the last one of its step, since
    /// objects that become the same by it are refused before anything else is done.
    var runs: [[Transformer]] {
        var runs: [[Transformer]] = []
        var isOpen = false
        for transformer in self {
            if isOpen, transformer.local != nil {
                runs[runs.count - 1].append(transformer)
            } else {
                runs.append([transformer])
            }
            isOpen = transformer.local != nil
            if case .local(.namespace) = transformer { isOpen = false }
        }
        return runs
    }
}

extension Kustomization {
    /// What the fields ask for, in kustomize's order.
    func transformers(_ configuration: TransformerConfiguration) throws(Problem) -> [Transformer] {
        var all: [Transformer] = []
        if !patchesStrategicMerge.isEmpty { all.append(.strategicPatches(patchesStrategicMerge)) }
        all += patches.map { .patch($0) }
        all += try localTransformers(configuration).map { .local($0) }
        all += patchesJSON6902.map { .jsonPatch($0) }
        all += replicas.map { .replicas($0, configuration.replicas) }
        all += images.map { .local(.image($0, configuration.images)) }
        if !replacements.isEmpty { all.append(.replacements(replacements)) }
        return all
    }

    private func localTransformers(_ configuration: TransformerConfiguration) throws(Problem) -> [LocalTransformer] {
        var all: [LocalTransformer] = []
        if let namespace { all.append(.namespace(namespace, configuration.namespace, NamespaceRule())) }
        if let namePrefix { all.append(.prefix(namePrefix, configuration.namePrefix)) }
        if let nameSuffix { all.append(.suffix(nameSuffix, configuration.nameSuffix)) }
        for entry in labels { all.append(.labels(entry.pairs, try Self.specs(for: entry, configuration))) }
        if !commonLabels.isEmpty { all.append(.labels(commonLabels, configuration.commonLabels)) }
        if !commonAnnotations.isEmpty { all.append(.annotations(commonAnnotations, configuration.commonAnnotations)) }
        return all
    }

    private static func specs(
        for entry: LabelEntry, _ configuration: TransformerConfiguration
    ) throws(Problem) -> [FieldSpec] {
        let specs = try entry.fields.merging(configuration.labels, at: entry.origin)
        if entry.includesSelectors { return try specs.merging(configuration.commonLabels, at: entry.origin) }
        let templates = entry.includesTemplates ? configuration.templateLabels : []
        return try specs.merging(templates, at: entry.origin)
            .merging([FieldSpec("metadata/labels", creates: true)], at: entry.origin)
    }
}
