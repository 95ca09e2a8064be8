import Crypto
import Document
import Glibc
import Images
import System

/// One instruction, carried out on a stage.
struct Step: Sendable {
    let build: Build
    let instruction: Instruction
    let stage: StagePlan.Stage
    let globals: [String: String]
    let states: [Int: StageState]
    let number: Int
    let total: Int

    var origin: Origin { instruction.origin }

    func run(_ state: inout StageState) async throws {
        switch instruction.kind {
        case .from: break
        case .run(let command, let heredocs): try await run(command, heredocs, &state)
        case .copy(let copy): try await self.copy(copy, &state)
        case .workdir(let path): try await workdir(path, &state)
        default:
            tell(isCached: false)
            try configure(&state)
        }
    }

    func tell(isCached: Bool) {
        build.progress(.step(number: number, total: total, text: instruction.text, isCached: isCached))
    }

    /// A word with the stage's variables.
    func expand(_ text: String, _ state: StageState) throws -> String {
        try Expansion(escape: "\\", value: state.variable).expand(text)
    }

    func expand(_ texts: [String], _ state: StageState) throws -> [String] {
        try texts.map { try expand($0, state) }
    }

    /// Carries a step out unless its result is known.
    ///
    /// - Parameters:
    ///   - inputs: all that the result depends on beside the stage so far.
    ///   - make: carries it out, and gives the layer; nil when no file was changed.
    func cached(
        _ state: inout StageState, inputs: [String], _ make: (StageState) async throws -> Descriptor?
    ) async throws {
        var key = KeyBuilder()
        key.add(["1", state.key.description] + inputs)
        let cache = build.builder.cache
        if !build.request.ignoresCache, let known = cache.entry(key.digest) {
            tell(isCached: true)
            return state.add(known, text: instruction.text, key: key.digest)
        }
        tell(isCached: false)
        let layer = try await make(state)
        let entry = BuildCache.Entry(layer: layer, created: build.builder.clock.now().description)
        try cache.keep(entry, as: key.digest)
        state.add(entry, text: instruction.text, key: key.digest)
    }

    /// The file system of a stage, to read.
    func view(_ state: StageState, name: String) async throws -> FolderView {
        let lower = lowerFolders(state)
        return try await Blocking.run(named: "belay-build") { () throws -> FolderView in
            guard !lower.isEmpty else { throw ImageError(.notFound, "\(name) has no files") }
            return try OverlayView.make(lower: lower, upper: nil, name: name)
        }
    }

    /// The uppermost first.
    func lowerFolders(_ state: StageState) -> [String] {
        build.builder.store.layers.lowerFolders(state.diffIDs)
    }

    private func workdir(_ text: String, _ state: inout StageState) async throws {
        let path = FolderPath.clean(state.absolute(try expand(text, state)))
        var config = state.config
        config.workingFolder = path
        state.config = config
        try await cached(&state, inputs: ["WORKDIR", path]) { state in
            try await change(state) { writer, _ in try writer.makeFolder(path) }
        }
    }

    /// Changes a stage's files by hand, and gives the layer; nil when nothing was changed.
    func change(
        _ state: StageState, owner: TreeWriter.Owner = .init(),
        _ body: @escaping @Sendable (TreeWriter, FolderView) throws -> Void
    ) async throws -> Descriptor? {
        let (store, lower) = (build.builder.store, lowerFolders(state))
        return try await Blocking.run(named: "belay-build") {
            let folder = try store.layers.begin()
            do {
                let view = try OverlayView.make(lower: lower, upper: folder.path, name: "the image")
                let writer = TreeWriter(view, owner: owner)
                try body(writer, view)
                try writer.finish()
            }
            return try StepLayer(store).keep(folder)
        }
    }
}
