import Document
import FileTree

/// One kustomization being accumulated: what it names, generated, patched and transformed, in kustomize's order.
struct Overlay {
    let tree: BuildFiles
    let options: Kustomize.Options
    let folder: TreePath
    /// The folders that led here, the first one first, each with the value that named the next.
    let chain: [TreePath]
    let kustomization: Kustomization
    /// The kustomization's file.
    let file: TreePath
    /// Overlays within one another.
    private static let depthLimit = 64

    /// - Parameter origin: the value that names the folder.
    init(
        _ folder: TreePath, in tree: BuildFiles, for origin: Origin, options: Kustomize.Options,
        chain: [TreePath] = []
    ) throws(Problem) {
        guard chain.count < Self.depthLimit else {
            throw Problem("overlays are nested more than \(Self.depthLimit) deep", at: origin)
        }
        try tree.countOverlay(for: origin)
        self.tree = tree
        self.options = options
        self.folder = folder
        self.chain = chain + [folder]
        (kustomization, file) = try Self.read(folder, in: tree, for: origin)
        if let schema = kustomization.schema { try tree.setSchema(schema, files) }
    }

    private static func read(_ folder: TreePath, in tree: BuildFiles, for origin: Origin) throws(Problem)
        -> (Kustomization, TreePath)
    {
        var found: [TreePath] = []
        for name in Kustomization.fileNames {
            let path = folder.appending(name)
            if try tree.kind(of: path, for: origin) == .file { found.append(path) }
        }
        guard let path = found.first else {
            throw Problem(
                "the folder \(folder) has no kustomization", at: origin,
                hint: "it needs one of \(Kustomization.fileNames.joined(separator: ", "))")
        }
        if found.count > 1 {
            throw Problem("the folder \(folder) has several kustomizations: \(found.map(\.name))", at: origin)
        }
        guard let document = try tree.kustomization(path, for: origin) else {
            throw Problem("the kustomization is empty", at: Origin(tree.sourceFile(path), line: 1, column: 1))
        }
        return (try KustomizationReader.read(document), path)
    }

    private var files: OverlayFiles {
        OverlayFiles(tree: tree, folder: folder, readsAnyFile: options.readsAnyFile)
    }

    /// Adds this kustomization's objects to those there are, and transforms all of them.
    func accumulate(into accumulator: inout Accumulator) throws(Problem) {
        for resource in kustomization.resources { try add(resource, to: &accumulator) }
        let configuration = try TransformerConfiguration.standard(with: kustomization.configurations, files)
        accumulator.configuration = try accumulator.configuration.merged(with: configuration, at: kustomization.origin)
        for definitions in kustomization.definitions {
            accumulator.configuration = try accumulator.configuration.merged(
                with: try DefinitionReferences.read(definitions, files), at: definitions.origin)
        }
        try generate(into: &accumulator)
        for component in kustomization.components { try add(component: component, to: &accumulator) }
        try transform(&accumulator)
        try validate(&accumulator)
        for variable in kustomization.variables { try accumulator.define(variable) }
    }

    private func add(_ resource: Value, to accumulator: inout Accumulator) throws(Problem) {
        let text = resource.string ?? ""
        if OverlayFiles.isRemote(text) { throw OverlayFiles.remote(text, at: resource.origin) }
        let path = try folder.referred(by: text, at: resource.origin)
        switch try tree.kind(of: path, for: resource.origin) {
        case .absent:
            throw Problem(
                "\(text) does not exist", at: resource.origin, hint: "check the spelling, and that it is committed")
        case .file:
            let path = try files.path(text, for: resource.origin)
            let documents = try tree.documents(path, for: resource.origin)
            let objects = try OverlayFiles.objects(documents)
            try tree.count(objects: objects.count, for: resource.origin)
            for object in objects {
                let resource = Resource(object)
                resource.source = BuildNote(path)
                try accumulator.append(resource)
            }
        case .folder:
            let base = try overlay(path, for: resource.origin)
            if base.kustomization.isComponent {
                throw Problem(
                    "\(text) is a component", at: resource.origin, hint: "name it under \"components\"")
            }
            var own = Accumulator()
            try base.accumulate(into: &own)
            try accumulator.append(own.resources)
            try accumulator.merge(variables: own.variables)
            accumulator.configuration = try accumulator.configuration.merged(
                with: own.configuration, at: resource.origin)
        }
    }

    private func add(component: Value, to accumulator: inout Accumulator) throws(Problem) {
        let text = component.string ?? ""
        if OverlayFiles.isRemote(text) { throw OverlayFiles.remote(text, at: component.origin) }
        let path = try folder.referred(by: text, at: component.origin)
        guard try tree.kind(of: path, for: component.origin) == .folder else {
            throw Problem("\(text) is no folder with a component", at: component.origin)
        }
        let overlay = try overlay(path, for: component.origin)
        guard overlay.kustomization.isComponent else {
            throw Problem(
                "\(text) is no component", at: component.origin,
                hint: "name it under \"resources\", or set its kind to Component")
        }
        try overlay.accumulate(into: &accumulator)
    }

    private func overlay(_ path: TreePath, for origin: Origin) throws(Problem) -> Overlay {
        if let visited = chain.last(where: { path.contains($0) }) {
            throw Problem(
                "\(path) leads round in a circle: it is or holds \(visited), from which it is named", at: origin,
                hint: "the way here: \(chain.map(\.description).joined(separator: " → "))")
        }
        return try Overlay(path, in: tree, for: origin, options: options, chain: chain)
    }

    private func generate(into accumulator: inout Accumulator) throws(Problem) {
        for entry in kustomization.configMaps {
            try generate(entry, isSecret: false, BuildNote(file, kind: "ConfigMapGenerator"), into: &accumulator)
        }
        for entry in kustomization.secrets {
            try generate(entry, isSecret: true, BuildNote(file, kind: "SecretGenerator"), into: &accumulator)
        }
        for config in try configurations(kustomization.generators) {
            let note = BuildNote(config.source?.path ?? file, configuredBy: config.value)
            switch try PluginReader(config.value, files).generator() {
            case .data(let entry, let isSecret): try generate(entry, isSecret: isSecret, note, into: &accumulator)
            case .object(let object):
                let resource = Resource(object)
                resource.source = note
                try accumulator.append(resource)
            }
        }
    }

    private func generate(
        _ entry: GeneratorEntry, isSecret: Bool, _ note: BuildNote, into accumulator: inout Accumulator
    ) throws(Problem) {
        let pairs = try KeyValues(files: files).pairs(of: entry)
        let resource = Generator(entry: entry, isSecret: isSecret).resource(pairs)
        resource.source = note
        try accumulator.absorb(resource, entry)
    }

    private func transform(_ accumulator: inout Accumulator) throws(Problem) {
        for transformer in try kustomization.transformers(accumulator.configuration) {
            try transformer.apply(to: &accumulator, files)
            accumulator.note(BuildNote(file, kind: transformer.kind), if: tree.recordsTransformations)
        }
        for config in try configurations(kustomization.transformers) {
            for transformer in try PluginReader(config.value, files).transformers() {
                try transformer.apply(to: &accumulator, files)
            }
            let note = BuildNote(config.source?.path ?? file, configuredBy: config.value)
            accumulator.note(note, if: tree.recordsTransformations)
        }
    }

    /// Runs what `validators` names: transformers that must change nothing.
    private func validate(_ accumulator: inout Accumulator) throws(Problem) {
        for config in try configurations(kustomization.validators) {
            let before = accumulator.resources.map(\.value)
            for transformer in try PluginReader(config.value, files).transformers() {
                try transformer.apply(to: &accumulator, files)
            }
            if accumulator.resources.map({ Self.unmarked($0.value) }) != before.map(Self.unmarked) {
                throw Problem(
                    "the validator changes the objects", at: config.origin,
                    hint: "name it under \"transformers\" if that is meant")
            }
        }
    }

    /// The object without the label that a validator may leave.
    private static func unmarked(_ value: Value) -> Value {
        var value = value
        value[path: "metadata", "labels", "validated-by"] = nil
        return value
    }

    /// The objects that configure plugins: those that stand in the kustomization, then those of files and folders.
    private func configurations(_ names: [Value]) throws(Problem) -> [Resource] {
        var found = Accumulator()
        for name in names where OverlayFiles.isInline(name) {
            for object in try OverlayFiles.objects(try OverlayFiles.inline(name)) {
                let resource = Resource(object)
                resource.source = BuildNote(file)
                try found.append(resource)
            }
        }
        for name in names where !OverlayFiles.isInline(name) { try add(name, to: &found) }
        return found.resources
    }
}
