import Document
import FileTree
import Manifest

/// `patches`, `patchesStrategicMerge` and `patchesJson6902`.
extension Accumulator {
    /// Applies an entry of `patches`: strategic merge patches, or one JSON patch.
    mutating func apply(
        _ entry: Kustomization.PatchEntry, _ files: OverlayFiles, _ step: Step? = nil
    ) throws(Problem) {
        let documents = try files.patch(entry)
        // A file of comments alone is a patch that somebody has switched off.
        guard let first = documents.first else { return }
        if first.items != nil {
            guard let target = entry.target else {
                throw Problem(
                    "a JSON patch needs a target", at: entry.origin, hint: "name the objects under \"target\"")
            }
            return try applyJSON(first, to: target, storesIdentity: true, step)
        }
        let patches = try OverlayFiles.objects(documents)
        guard let target = entry.target else {
            for patch in patches {
                let resource = try target(of: patch)
                try take(step, among: [resource]) { (accumulator, chosen) throws(Problem) in
                    try accumulator.each(of: chosen) { (resource) throws(Problem) in
                        try accumulator.merge(patch, into: resource, entry, files)
                    }
                }
            }
            return try dropEmpty()
        }
        guard patches.count == 1, let patch = patches.first else {
            throw Problem("several patches cannot share one target", at: entry.origin, hint: "write one entry for each")
        }
        try take(step, among: try target.select(from: resources)) { (accumulator, chosen) throws(Problem) in
            try accumulator.inParts(chosen, atLeast: 8, with: (patch, entry, files), for: entry.origin) {
                (accumulator, resources, context) throws(Problem) in
                let (patch, entry, files) = context
                try accumulator.each(of: resources) { (resource) throws(Problem) in
                    // The patch takes the kind of each object, unless it says itself.
                    var copy = patch
                    copy["apiVersion"] = resource.value["apiVersion"]
                    try accumulator.merge(copy, into: resource, entry, files)
                }
            }
        }
        try dropEmpty()
        try checkUnique(after: "the patch", at: entry.origin)
    }

    /// Applies an entry of `patchesStrategicMerge`: a file, or patches themselves.
    mutating func applyStrategic(_ source: Value, _ files: OverlayFiles) throws(Problem) {
        let plain = Kustomization.PatchEntry(origin: source.origin)
        let patches = try OverlayFiles.objects(try files.strategicPatch(source))
        if patches.isEmpty {
            throw Problem("the patch is empty", at: source.origin, hint: "remove the entry, or write the patch")
        }
        for patch in patches {
            let resource = try target(of: patch)
            var copy = patch
            copy["apiVersion"] = resource.value["apiVersion"]
            try merge(copy, into: resource, plain, files)
            identitiesChanged()
        }
        try dropEmpty()
        try checkUnique(after: "the patch", at: source.origin)
    }

    /// Applies an entry of `patchesJson6902`.
    mutating func applyJSON(
        _ entry: Kustomization.PatchEntry, _ files: OverlayFiles, _ step: Step? = nil
    ) throws(Problem) {
        guard let target = entry.target, target.hasName else {
            throw Problem("an entry of \"patchesJson6902\" needs a target with a name", at: entry.origin)
        }
        let documents = try files.patch(entry)
        guard let first = documents.first, first.items?.isEmpty != true else {
            throw Problem(
                "the JSON patch is empty", at: documents.first?.origin ?? entry.origin,
                hint: "remove the entry, or write operations")
        }
        try applyJSON(first, to: target, storesIdentity: false, step)
    }

    private mutating func applyJSON(
        _ document: Value, to target: Selector, storesIdentity: Bool, _ step: Step?
    ) throws(Problem) {
        let patch = try JSONPatch(document)
        try take(step, among: try target.select(from: resources)) { (accumulator, chosen) throws(Problem) in
            try accumulator.inParts(chosen, atLeast: 16, with: patch, for: document.origin) {
                (accumulator, resources, patch) throws(Problem) in
                try accumulator.each(of: resources) { (resource) throws(Problem) in
                    if storesIdentity { resource.storeIdentity() }
                    let needsAnnotations = resource.isMarked && patch.changesAnnotations
                    try resource.update { (value) throws(Problem) in
                        if needsAnnotations { Self.makeAnnotations(of: &value, for: document.origin) }
                        for operation in patch.operations {
                            try accumulator.count(operation, on: value)
                            value = try JSONPatch([Self.lenient(operation, on: value)]).apply(to: value)
                        }
                    }
                }
            }
        }
    }

    /// Kustomize keeps what an object was in annotations of its own, so that a patch always finds annotations of an object
    /// that has a history or was generated. What is left empty goes in the end.
    private static func makeAnnotations(of value: inout Value, for origin: Origin) {
        guard value[path: "metadata", "annotations"]?.fields == nil else { return }
        value[path: "metadata", "annotations"] = Value(.mapping(Mapping()), origin: origin, trivia: .synthesised)
    }

    /// Counts what an operation of a JSON patch puts into an object.
    private func count(_ operation: JSONPatch.Operation, on value: Value) throws(Problem) {
        let added =
            switch operation.verb {
            case .add, .replace: operation.value
            case .copy, .move: operation.from?.value(in: value)
            case .remove, .test: nil as Value?
            }
        guard let added else { return }
        try growth.count(added, at: operation.path.tokens.count, for: operation.origin)
    }

    /// As in the library that kustomize uses, replacing a field of a mapping that is not there adds it.
    private static func lenient(_ operation: JSONPatch.Operation, on value: Value) -> JSONPatch.Operation {
        guard operation.verb == .replace, let key = operation.path.tokens.last,
            let parent = operation.path.parent.value(in: value)?.fields, parent[key] == nil
        else { return operation }
        var operation = operation
        operation.verb = .add
        return operation
    }

    /// The one object that a patch without a target is for.
    private mutating func target(of patch: Value) throws(Problem) -> Resource {
        let id = Resource(patch).id
        let matches = withIdentity(id)
        let origin = patch[path: "metadata", "name"]?.origin ?? patch.origin
        guard let first = matches.first else {
            let same = resources.first { $0.id.name == id.name && $0.id.kind.kind == id.kind.kind }
            throw Problem(
                "there is no \(id) for the patch", at: origin,
                hint: same.map { "there is \($0.id)" }
                    ?? "check kind, name and namespace, which must be those of the base")
        }
        if matches.count > 1 {
            let all = matches.map { "\($0.id) at \($0.origin)" }.joined(separator: ", ")
            throw Problem(
                "the patch for \(id) fits several objects: \(all)", at: origin,
                hint: "name one of them by its present name, or choose by \"target\"")
        }
        return first
    }

    private func merge(
        _ patch: Value, into resource: Resource, _ entry: Kustomization.PatchEntry, _ files: OverlayFiles
    ) throws(Problem) {
        try growth.count(patch, at: 0, for: patch.origin)
        if entry.allowsNameChange || entry.allowsKindChange { resource.storeIdentity() }
        // A kind that nothing is known of merges as the patch's own kind does.
        let schema =
            files.tree.schema(of: resource.id.kind)
            ?? files.tree.schema(
                of: GroupVersionKind(
                    apiVersion: patch["apiVersion"]?.scalar?.text ?? "", kind: patch["kind"]?.scalar?.text ?? ""))
        try resource.update { (value) throws(Problem) in
            guard var merged = try OverlayMerge.apply(patch, to: value, schema: schema), merged.fields?.isEmpty != true
            else {
                value = .null
                return
            }
            if !entry.allowsKindChange { merged["kind"] = value["kind"] }
            if !entry.allowsNameChange { merged[path: "metadata", "name"] = value[path: "metadata", "name"] }
            let namespace = value[path: "metadata", "namespace"]
            if namespace != nil || merged[path: "metadata", "namespace"] != nil {
                merged[path: "metadata", "namespace"] = namespace
            }
            value = merged
        }
    }

    /// Objects that a patch deleted.
    private mutating func dropEmpty() throws(Problem) {
        if resources.contains(where: { $0.value.fields == nil }) { remove { $0.value.fields == nil } }
    }
}

extension JSONPatch {
    /// Whether it is about annotations of the object.
    fileprivate var changesAnnotations: Bool {
        operations.contains { $0.path.tokens.starts(with: ["metadata", "annotations"]) }
    }
}
