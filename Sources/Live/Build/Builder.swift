package import ContainerRuntime
import Crypto
import Document
package import Images
import Network
package import System

/// Builds images from Dockerfiles.
///
/// Each step that changes files gives one layer: what overlayfs gathered in the step's upper folder becomes the layer as
/// it is, and is written as a tar once. A step whose every input is as it was is taken from the cache.
package struct Builder: Sendable {
    let store: ImageStore
    let engine: any ContainerEngine
    let cache: BuildCache
    let clock: WallClock
    let machine: MachineConfiguration

    /// - Throws: `ImageError` when the cache cannot be opened.
    package init(
        store: ImageStore, engine: any ContainerEngine, machine: MachineConfiguration = MachineConfiguration(),
        clock: WallClock = .system
    ) throws(ImageError) {
        self.store = store
        self.engine = engine
        self.machine = machine
        self.clock = clock
        cache = try BuildCache(store: store)
    }

    /// Builds an image and names it.
    ///
    /// - Throws: `Problem` with the Dockerfile's file and line for what is wrong with it, or failed in a step;
    ///   `ImageError` for what is wrong with a base image, or with the store.
    package func build(
        _ request: BuildRequest, progress: @escaping BuildProgress.Report = { _ in }
    ) async throws -> ImageRecord {
        let build = try await Build.open(self, request, progress)
        let lock = try await store.hold()
        defer { withExtendedLifetime(lock) {} }
        return try await build.run()
    }
}

/// One build on its way.
struct Build: Sendable {
    let builder: Builder
    let request: BuildRequest
    let progress: BuildProgress.Report
    let plan: StagePlan
    let context: FolderView
    let ignore: IgnoreFile

    static func open(
        _ builder: Builder, _ request: BuildRequest, _ progress: @escaping BuildProgress.Report
    ) async throws -> Build {
        try await Blocking.run(named: "belay-build") {
            let path = request.dockerfile ?? "\(request.context)/Dockerfile"
            let text: String
            let context: FolderView
            do { text = try Files.text(path, limit: DockerfileLines.limit) } catch {
                throw Problem("the Dockerfile cannot be read: \(error)", hint: "name it with --file")
            }
            do { context = try FolderView(path: request.context, name: "the build context") } catch {
                throw Problem("the build context cannot be read: \(error)")
            }
            let plan = try StagePlan(try DockerfileParser.parse(text, file: SourceFile(path)))
            return Build(
                builder: builder, request: request, progress: progress, plan: plan, context: context,
                ignore: try ignoreFile(path, context))
        }
    }

    /// `<Dockerfile>.dockerignore` beside the Dockerfile, else the context's `.dockerignore`.
    private static func ignoreFile(_ dockerfile: String, _ context: FolderView) throws -> IgnoreFile {
        let own = "\(dockerfile).dockerignore"
        if Files.exists(own) { return try IgnoreFile(try Files.text(own), file: SourceFile(own)) }
        guard let text = try context.text("/.dockerignore", limit: 1 << 20) else { return .none }
        return try IgnoreFile(text, file: SourceFile(".dockerignore"))
    }

    func run() async throws -> ImageRecord {
        let target = try targetStage()
        let globals = try globalArguments()
        let needed = try plan.needed(for: target) { (stage) throws(Problem) in try baseName(stage, globals) }
        warnOfUnusedArguments(globals)
        var states: [Int: StageState] = [:]
        var counter = StepCounter(total: needed.reduce(0) { $0 + 1 + plan.stages[$1].instructions.count })
        for number in needed {
            states[number] = try await build(plan.stages[number], globals, states, &counter)
        }
        guard var final = states[target] else { throw Problem("the Dockerfile has no stage", at: .none) }
        if !request.labels.isEmpty {
            var config = final.config
            config.labels.merge(request.labels) { $1 }
            final.config = config
        }
        if final.file.created == nil { final.file.created = builder.clock.now().description }
        let record = try await builder.store.add(final.file, layers: final.layers, names: request.tags)
        progress(.done(digest: record.digest.description))
        return record
    }

    private func targetStage() throws -> Int {
        guard let target = request.target else { return plan.stages.count - 1 }
        guard let number = plan.stage(target, before: plan.stages.count, byNumber: true) else {
            let names = plan.stages.compactMap(\.name).joined(separator: ", ")
            throw Problem("the Dockerfile has no stage \(target)", hint: names.isEmpty ? "" : "its stages: \(names)")
        }
        return number
    }

    // MARK: arguments

    /// ARGs before the first FROM, and those that every build has for FROM.
    private func globalArguments() throws -> [String: String] {
        let platform = builder.store.machinePlatform
        var values: [String: String] = [:]
        for prefix in ["TARGET", "BUILD"] {
            values["\(prefix)PLATFORM"] = platform.description
            values["\(prefix)OS"] = platform.os
            values["\(prefix)ARCH"] = platform.architecture
            values["\(prefix)VARIANT"] = platform.variant
        }
        for argument in plan.globals {
            let known = values
            let standard = try argument.value.map { text in
                do { return try Expansion(escape: "\\", value: { known[$0] }).expand(text) } catch let error
                    as Expansion.Failure
                {
                    throw Problem("ARG \(argument.name): \(error.message)", at: plan.stages.first?.origin ?? .none)
                }
            }
            if let value = request.arguments[argument.name] ?? standard { values[argument.name] = value }
        }
        return values
    }

    private func warnOfUnusedArguments(_ globals: [String: String]) {
        var declared = Set(globals.keys).union(ProxyVariables.names)
        for case .arg(let arguments) in plan.stages.flatMap(\.instructions).map(\.kind) {
            declared.formUnion(arguments.map(\.name))
        }
        for name in request.arguments.keys.sorted()
        where !declared.contains(name) && !plan.globals.contains(where: { $0.name == name }) {
            progress(.warning("the build argument \(name) is used by no ARG"))
        }
    }

    func baseName(_ stage: StagePlan.Stage, _ globals: [String: String]) throws(Problem) -> String {
        let name: String
        do { name = try Expansion(escape: "\\") { globals[$0] }.expand(stage.image) } catch {
            throw Problem("FROM: \(error.message)", at: stage.origin)
        }
        guard !name.isEmpty else {
            throw Problem(
                "FROM \(stage.image) names no image", at: stage.origin,
                hint: "give the ARG a value, or pass --build-arg")
        }
        return name
    }

    // MARK: stages

    private func build(
        _ stage: StagePlan.Stage, _ globals: [String: String], _ states: [Int: StageState], _ counter: inout StepCounter
    ) async throws -> StageState {
        let base = try baseName(stage, globals)
        let title = "FROM \(base)" + (stage.name.map { " AS \($0)" } ?? "")
        progress(.step(number: counter.next(), total: counter.total, text: title, isCached: false))
        var state = try await baseState(stage, base, globals, states)
        for trigger in state.file.value[path: "config", "OnBuild"]?.strings ?? [] {
            let instruction = try DockerfileParser.parseTrigger(trigger, at: stage.origin)
            counter.total += 1
            try await step(instruction, stage, globals, states, &state, &counter)
        }
        state.file.set("OnBuild", nil)
        for instruction in stage.instructions {
            try await step(instruction, stage, globals, states, &state, &counter)
        }
        return state
    }

    private func baseState(
        _ stage: StagePlan.Stage, _ base: String, _ globals: [String: String], _ states: [Int: StageState]
    ) async throws -> StageState {
        let machine = builder.store.machinePlatform
        if let text = stage.platform {
            let expanded = try? Expansion(escape: "\\") { globals[$0] }.expand(text)
            guard let expanded, Platform(expanded) == machine else {
                throw Problem(
                    "FROM --platform=\(text) is not supported: this machine builds for \(machine)", at: stage.origin)
            }
        }
        if let number = plan.stage(base, before: stage.number, byNumber: false), var state = states[number] {
            state.arguments = []
            return state
        }
        if base == "scratch" { return StageState(platform: machine) }
        return StageState(base: try await image(base, at: stage.origin))
    }

    /// An image of the store or a registry, with its layers unpacked.
    func image(_ name: String, at origin: Origin) async throws -> ImageRecord {
        do {
            let reference = try ImageReference(name)
            let ready = try await builder.store.image(name, policy: request.pull, credentials: request.credentials)
            guard let digest = Digest(ready.digest), let record = try await builder.store.record(digest) else {
                throw ImageError(.notFound, "image \(reference) is gone from the store")
            }
            return record
        } catch let error as ImageError {
            throw Problem(error.message, at: origin, hint: error.hint)
        }
    }

    private func step(
        _ instruction: Instruction, _ stage: StagePlan.Stage, _ globals: [String: String], _ states: [Int: StageState],
        _ state: inout StageState, _ counter: inout StepCounter
    ) async throws {
        try Task.checkCancellation()
        let step = Step(
            build: self, instruction: instruction, stage: stage, globals: globals, states: states,
            number: counter.next(), total: counter.total)
        do { try await step.run(&state) } catch let error as ImageError {
            throw Problem("\(instruction.text.prefix(80)): \(error.message)", at: instruction.origin, hint: error.hint)
        } catch let error as SystemError {
            throw Problem("\(instruction.text.prefix(80)): \(error)", at: instruction.origin)
        } catch let error as ContainerError {
            throw Problem("\(instruction.text.prefix(80)): \(error)", at: instruction.origin)
        } catch let error as Expansion.Failure {
            throw Problem("\(instruction.text.prefix(80)): \(error.message)", at: instruction.origin)
        }
    }
}

/// Numbers steps.
struct StepCounter: Sendable {
    var total: Int
    private var last = 0

    init(total: Int) { self.total = total }

    mutating func next() -> Int {
        last += 1
        return last
    }
}
