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
        kustomization = try Self.read(folder, in: tree, for: origin)
    }

    private static func read(_ folder: TreePath, in tree: BuildFiles, for origin: Origin) throws(Problem)
        -> Kustomization
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
        let documents = try tree.documents(path, for: origin)
        guard let document = documents.first else {
            throw Problem("the kustomization is empty", at: Origin(tree.sourceFile(path), line: 1, column: 1))
        }
        return try KustomizationReader.read(document)
    }

    private var files: OverlayFiles {
        OverlayFiles(tree: tree, folder: folder, readsAnyFile: options.readsAnyFile)
    }

    /// Adds this kustomization's objects to those there are, and transforms all of them.
    func accumulate(into accumulator: inout Accumulator) throws(Problem) {
        for resource in kustomization.resources { try add(resource, to: &accumulator) }
        let configuration = try TransformerConfiguration.standard(with: kustomization.configurations, files)
        accumulator.configuration = try accumulator.configuration.merged(with: configuration, at: kustomization.origin)
        try generate(into: &accumulator)
        for component in kustomization.components { try add(component: component, to: &accumulator) }
        try patch(&accumulator)
        try transform(&accumulator)
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
            for object in objects { try accumulator.append(Resource(object)) }
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
        let values = KeyValues(files: files)
        for entry in kustomization.configMaps {
            let resource = Generator(entry: entry, isSecret: false).resource(try values.pairs(of: entry))
            try accumulator.absorb(resource, entry)
        }
        for entry in kustomization.secrets {
            let resource = Generator(entry: entry, isSecret: true).resource(try values.pairs(of: entry))
            try accumulator.absorb(resource, entry)
        }
    }

    private func patch(_ accumulator: inout Accumulator) throws(Problem) {
        for patch in kustomization.patchesStrategicMerge { try accumulator.applyStrategic(patch, files) }
        for patch in kustomization.patches { try accumulator.apply(patch, files) }
    }

    private func transform(_ accumulator: inout Accumulator) throws(Problem) {
        if let namespace = kustomization.namespace { try accumulator.setNamespace(namespace) }
        if let prefix = kustomization.namePrefix { try accumulator.affix(prefix, isPrefix: true) }
        if let suffix = kustomization.nameSuffix { try accumulator.affix(suffix, isPrefix: false) }
        for entry in kustomization.labels {
            try accumulator.setPairs(entry.pairs, in: try specs(for: entry, accumulator))
        }
        try accumulator.setPairs(kustomization.commonLabels, in: accumulator.configuration.commonLabels)
        try accumulator.setPairs(kustomization.commonAnnotations, in: accumulator.configuration.commonAnnotations)
        for patch in kustomization.patchesJSON6902 { try accumulator.applyJSON(patch, files) }
        for entry in kustomization.replicas { try accumulator.setReplicas(entry) }
        for entry in kustomization.images { try accumulator.setImage(entry) }
        // All are read before one is applied.
        var replacements: [Replacement] = []
        for entry in kustomization.replacements { replacements += try ReplacementReader.replacements(entry, files) }
        for replacement in replacements { try accumulator.replace(replacement) }
    }

    private func specs(
        for entry: Kustomization.LabelEntry, _ accumulator: Accumulator
    ) throws(Problem) -> [FieldSpec] {
        let configuration = accumulator.configuration
        let specs = try entry.fields.merging(configuration.labels, at: entry.origin)
        if entry.includesSelectors { return try specs.merging(configuration.commonLabels, at: entry.origin) }
        let templates = entry.includesTemplates ? configuration.templateLabels : []
        return try specs.merging(templates, at: entry.origin)
            .merging([FieldSpec("metadata/labels", creates: true)], at: entry.origin)
    }
}
