import Document
import FileTree

/// Where an object comes from, or what changed it, as `buildMetadata` asks kustomize to write into annotations.
struct BuildNote {
    /// The plugin, as its configuration names it.
    struct Maker {
        var apiVersion = "builtin"
        var kind: String
        var name = ""
        var namespace = ""
    }

    /// The file that holds the object, or the maker's configuration.
    var path: TreePath
    /// nil for an object that is written in the file.
    var maker: Maker?

    /// The note for what an object configures.
    init(_ path: TreePath, configuredBy config: Value) {
        self.path = path
        func text(_ keys: String...) -> String { config[path: keys]?.scalar?.text ?? "" }
        maker = Maker(
            apiVersion: text("apiVersion"), kind: text("kind"), name: text("metadata", "name"),
            namespace: text("metadata", "namespace"))
    }

    init(_ path: TreePath, kind: String? = nil) {
        self.path = path
        maker = kind.map { Maker(kind: $0) }
    }

    /// The annotation's YAML, with paths from the folder that is rendered.
    func value(from folder: TreePath) -> Value {
        var result = Value.mapping(Mapping())
        result[maker == nil ? "path" : "configuredIn"] = .string(folder.relative(to: path))
        guard let maker else { return result }
        for (key, text) in [
            ("apiVersion", maker.apiVersion), ("kind", maker.kind), ("name", maker.name),
            ("namespace", maker.namespace),
        ] where !text.isEmpty {
            result[path: "configuredBy", key] = .string(text)
        }
        return result
    }
}

/// What `buildMetadata` asks for; the kustomization that is rendered says it for all of its bases.
struct BuildMetadata {
    var marksManagedBy = false
    var hasOrigins = false
    var hasTransformations = false
    /// Where it is asked for.
    var origin = Origin.none

    /// An object as it leaves the build.
    func finish(_ resource: Resource, from folder: TreePath) -> Value {
        var value = resource.value
        annotate(&value, of: resource, from: folder)
        if marksManagedBy {
            value[path: "metadata", "labels", "app.kubernetes.io/managed-by"] = Value(
                .scalar(Scalar("kustomize-(devel)")), origin: origin, trivia: .synthesised)
        }
        if resource.hasAnnotations { Self.tidyAnnotations(&value) }
        return value
    }

    /// Annotations are texts, in order, and none is no mapping at all.
    private static func tidyAnnotations(_ value: inout Value) {
        guard let annotations = value[path: "metadata", "annotations"] else { return }
        guard var fields = annotations.fields, !fields.isEmpty else {
            value[path: "metadata", "annotations"] = nil
            return
        }
        var isChanged = false
        for (position, entry) in fields.entries.enumerated() {
            guard let scalar = entry.value.scalar, scalar.kind != .string else { continue }
            fields[valueAt: position].content = .scalar(Scalar(scalar.text))
            isChanged = true
        }
        if isChanged { value[path: "metadata", "annotations"]?.content = .mapping(fields) }
    }

    /// Writes the annotations of one object.
    private func annotate(_ value: inout Value, of resource: Resource, from folder: TreePath) {
        var notes: [(String, Value)] = []
        if hasTransformations, !resource.transformations.isEmpty {
            let all = Value.sequence(resource.transformations.map { $0.value(from: folder) })
            notes.append(("alpha.config.kubernetes.io/transformations", all))
        }
        if hasOrigins, let source = resource.source {
            notes.append(("config.kubernetes.io/origin", source.value(from: folder)))
        }
        if notes.isEmpty { return }
        for (key, note) in notes {
            let text = Scalar(YAML.text(note, .asWritten))
            value[path: "metadata", "annotations", key] = Value(
                .scalar(text), origin: origin, trivia: .synthesised)
        }
        guard var annotations = value[path: "metadata", "annotations"]?.fields else { return }
        annotations.sort { $0.key.text < $1.key.text }
        value[path: "metadata", "annotations"]?.content = .mapping(annotations)
    }
}
