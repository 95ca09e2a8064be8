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
    /// The namespace of charts that name none: that of the nearest kustomization on the way here that has one.
    private let chartNamespace: String?
    /// Overlays within one another.
    private static let depthLimit = 64

    /// - Parameter origin: the value that names the folder.
    init(
        _ folder: TreePath, in tree: BuildFiles, for origin: Origin, options: Kustomize.Options,
        chain: [TreePath] = [], chartNamespace: String? = nil
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
        self.chartNamespace = kustomization.namespace?.string ?? chartNamespace
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
                "the folder \(tree.name(folder)) has no kustomization", at: origin,
                hint: "it needs one of \(Kustomization.fileNames.joined(separator: ", "))")
        }
        if found.count > 1 {
            // The second one is at fault where no other file names the folder.
            let place = origin.isKnown ? origin : Origin(tree.sourceFile(found[1]), line: 1, column: 1)
            throw Problem(
                "the folder \(tree.name(folder)) has several kustomizations: \(found.map(\.name).joined(separator: ", "))",
                at: place, hint: "keep one of them")
        }
        guard let document = try tree.kustomization(path, for: origin) else {
            throw Problem(
                "the kustomization is empty", at: Origin(tree.sourceFile(path), line: 1, column: 1),
                hint: KustomizationReader.emptyHint)
        }
        return (try KustomizationReader.read(document), path)
    }

    private var files: OverlayFiles {
        OverlayFiles(tree: tree, folder: folder, readsAnyFile: options.readsAnyFile)
    }

    /// Adds this kustomization's objects to those there are, and transforms all of them.
    func accumulate(into accumulator: inout Accumulator) throws(Problem) {
        if kustomization.joinsObjects { tree.trail?.giveUp() }
        accumulator.reserve(kustomization.resources.count)
        let ahead = lookAhead()
        for (resource, ahead) in zip(kustomization.resources, ahead) {
            try Problem.following(resource.origin) { () throws(Problem) in try add(resource, ahead, to: &accumulator) }
        }
        let configuration = try TransformerConfiguration.standard(with: kustomization.configurations, files)
        accumulator.configuration = try accumulator.configuration.merged(with: configuration, at: kustomization.origin)
        for definitions in kustomization.definitions {
            let references = try Problem.following(definitions.origin) { () throws(Problem) in
                try DefinitionReferences.read(definitions, files)
            }
            accumulator.configuration = try accumulator.configuration.merged(with: references, at: definitions.origin)
        }
        try generate(into: &accumulator)
        for component in kustomization.components {
            try Problem.following(component.origin) { () throws(Problem) in
                try add(component: component, to: &accumulator)
            }
        }
        try transform(&accumulator)
        try validate(&accumulator)
        for variable in kustomization.variables { try accumulator.define(variable) }
    }

    /// What the resources name, as far as that is files.
    private func lookAhead() -> [BuildFiles.Ahead?] {
        if kustomization.resources.count < 2 { return kustomization.resources.map { _ in nil } }
        let paths = kustomization.resources.map { resource in
            try? tree.referred(by: resource.string ?? "", from: folder, at: resource.origin)
        }
        return tree.lookAhead(at: paths, within: options.readsAnyFile ? nil : folder)
    }

    private func add(
        _ resource: Value, _ ahead: BuildFiles.Ahead? = nil, to accumulator: inout Accumulator
    ) throws(Problem) {
        let text = resource.string ?? ""
        let path = if let ahead { ahead.path } else { try tree.referred(by: text, from: folder, at: resource.origin) }
        let sight = if let ahead { ahead.sight } else { try tree.look(at: path, for: resource.origin) }
        switch sight.kind {
        case .absent:
            throw Problem(
                "\(text) does not exist", at: resource.origin, hint: "check the spelling, and that it is committed")
        case .file:
            if ahead == nil { try files.check(path, at: sight.place, text, for: resource.origin) }
            let note = BuildNote(path)
            try tree.eachResource(of: path, sight.id, ahead, for: resource.origin) { (object) throws(Problem) in
                object.source = note
                try accumulator.append(object)
                tree.trail?.note(object, of: path, in: accumulator.number)
            }
        case .folder:
            let base = try overlay(path, for: resource.origin)
            if base.kustomization.isComponent {
                throw Problem(
                    "\(text) is a component", at: resource.origin, hint: "name it under \"components\"")
            }
            var own = tree.accumulator()
            try base.accumulate(into: &own)
            try accumulator.append(own.resources)
            tree.trail?.note(.merged(own.number, into: accumulator.number))
            try accumulator.merge(variables: own.variables)
            accumulator.configuration = try accumulator.configuration.merged(
                with: own.configuration, at: resource.origin)
        }
    }

    private func add(component: Value, to accumulator: inout Accumulator) throws(Problem) {
        let text = component.string ?? ""
        let path = try tree.referred(by: text, from: folder, at: component.origin)
        guard try tree.kind(of: path, for: component.origin) == .folder else {
            throw Problem(
                "\(text) is no folder with a component", at: component.origin,
                hint: "name the folder of its kustomization; files belong under \"resources\"")
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
            let way = (chain + [path]).map(tree.name).joined(separator: " → ")
            throw Problem(
                "\(tree.name(path)) leads round in a circle: it is or holds \(tree.name(visited)), from which it is named",
                at: origin, hint: "the way here is \(way); remove one of these steps")
        }
        return try Overlay(path, in: tree, for: origin, options: options, chain: chain, chartNamespace: chartNamespace)
    }

    private func generate(into accumulator: inout Accumulator) throws(Problem) {
        for entry in kustomization.configMaps {
            try generate(entry, isSecret: false, BuildNote(file, kind: "ConfigMapGenerator"), into: &accumulator)
        }
        for entry in kustomization.secrets {
            try generate(entry, isSecret: true, BuildNote(file, kind: "SecretGenerator"), into: &accumulator)
        }
        for entry in kustomization.charts {
            let note = BuildNote(file, kind: "HelmChartInflationGenerator")
            try inflate(entry, namespace: chartNamespace, note, into: &accumulator)
        }
        for (config, origin) in try configurations(kustomization.generators) {
            let note = BuildNote(config.source?.path ?? file, configuredBy: config.value)
            try Problem.following(origin) { () throws(Problem) in
                switch try PluginReader(config.value, files).generator() {
                case .data(let entry, let isSecret): try generate(entry, isSecret: isSecret, note, into: &accumulator)
                case .object(let object):
                    let resource = Resource(object)
                    resource.source = note
                    try accumulator.append(resource)
                case .chart(let entry): try inflate(entry, namespace: nil, note, into: &accumulator)
                }
            }
        }
    }

    private func inflate(
        _ entry: ChartEntry, namespace: String?, _ note: BuildNote, into accumulator: inout Accumulator
    ) throws(Problem) {
        try Problem.following(entry.name.origin) { () throws(Problem) in
            let request = try ChartRequest(entry, files, namespace: namespace)
            let objects = try OverlayFiles.objects(try tree.inflate(request))
            try tree.count(objects: objects.count, for: request.origin)
            for object in objects {
                let resource = Resource(object)
                resource.source = note
                resource.isOfChart = true
                try accumulator.append(resource)
            }
        }
    }

    private func generate(
        _ entry: GeneratorEntry, isSecret: Bool, _ note: BuildNote, into accumulator: inout Accumulator
    ) throws(Problem) {
        try Problem.following(entry.origin) { () throws(Problem) in
            let pairs = try KeyValues(files: files).pairs(of: entry)
            let resource = Generator(entry: entry, isSecret: isSecret).resource(pairs)
            resource.source = note
            try accumulator.absorb(resource, entry)
        }
    }

    private func transform(_ accumulator: inout Accumulator) throws(Problem) {
        let runs = try kustomization.transformers(accumulator.configuration).runs
        for (number, run) in runs.enumerated() {
            let step = step(number, of: run, accumulator.configuration)
            let local = run.compactMap(\.local)
            if !local.isEmpty {
                try accumulator.take(step, among: accumulator.resources) { (accumulator, chosen) throws(Problem) in
                    for transformer in local {
                        options.observer?.willApply(.local(transformer), to: accumulator, files)
                        try accumulator.apply(transformer, among: chosen)
                    }
                }
                for transformer in local { try transformer.check(accumulator) }
                tree.trail?.note(.transformed(local, step, in: accumulator.number))
            } else {
                for transformer in run {
                    options.observer?.willApply(transformer, to: accumulator, files)
                    try transformer.apply(to: &accumulator, files, step: step)
                }
            }
            for transformer in run {
                accumulator.note(BuildNote(file, kind: transformer.kind), if: tree.recordsTransformations)
            }
        }
        for (config, origin) in try configurations(kustomization.transformers) {
            try Problem.following(origin) { () throws(Problem) in
                for transformer in try PluginReader(config.value, files).transformers() {
                    options.observer?.willApply(transformer, to: accumulator, files)
                    try transformer.apply(to: &accumulator, files)
                }
            }
            let note = BuildNote(config.source?.path ?? file, configuredBy: config.value)
            accumulator.note(note, if: tree.recordsTransformations)
        }
    }

    /// By what earlier builds know some transformers; nil where they depend on more than the kustomization says.
    private func step(_ number: Int, of run: [Transformer], _ configuration: TransformerConfiguration) -> Step? {
        if configuration.isCustom || tree.schema != nil { return nil }
        guard let patch = run.first?.patchFile else { return tree.step(number, of: file) }
        guard let path = try? files.path(patch.string ?? "", for: patch.origin) else { return nil }
        return tree.step(number, of: file, patch: path)
    }

    /// Runs what `validators` names: transformers that must change nothing.
    private func validate(_ accumulator: inout Accumulator) throws(Problem) {
        for (config, origin) in try configurations(kustomization.validators) {
            let before = accumulator.resources.map(\.value)
            try Problem.following(origin) { () throws(Problem) in
                for transformer in try PluginReader(config.value, files).transformers() {
                    try transformer.apply(to: &accumulator, files)
                }
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

    /// The objects that configure plugins, each with the entry that names it: those that stand in the kustomization,
    /// then those of files and folders.
    private func configurations(_ names: [Value]) throws(Problem) -> [(Resource, Origin)] {
        var found = tree.accumulator()
        var origins: [Origin] = []
        for name in names.filter(OverlayFiles.isInline) + names.filter({ !OverlayFiles.isInline($0) }) {
            try Problem.following(name.origin) { () throws(Problem) in
                guard OverlayFiles.isInline(name) else { return try add(name, to: &found) }
                for object in try OverlayFiles.objects(try files.inline(name)) {
                    let resource = Resource(object)
                    resource.source = BuildNote(file)
                    try found.append(resource)
                }
            }
            origins += Array(repeating: name.origin, count: found.resources.count - origins.count)
        }
        return Array(zip(found.resources, origins))
    }
}
