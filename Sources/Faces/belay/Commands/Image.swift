import Build
import ContainerRuntime
import Crypto
import Document
import Glibc
import Images
import System
import Transport

extension Verbs {
    static let imageCommand = Command(
        name: "image", summary: "Build, fetch and keep images",
        commands: [
            Command(
                name: "build", summary: "Build an image from a Dockerfile",
                arguments: [Argument(name: "CONTEXT", help: "the folder that COPY takes from")],
                options: [
                    Option("tag", short: "t", value: "NAME", repeats: true, "a name for the image"),
                    Option("file", short: "f", value: "FILE", "the Dockerfile (default: CONTEXT/Dockerfile)"),
                    Option("build-arg", value: "NAME=VALUE", repeats: true, "a value for ARG"),
                    Option("target", value: "STAGE", "the stage to build (default: the last)"),
                    Option("no-cache", "do every step again"),
                    Option("quiet", short: "q", "print only the digest"),
                ],
                run: { try await ImageVerbs($0).build() }),
            Command(
                name: "pull", summary: "Fetch an image from its registry",
                arguments: [Argument(name: "NAME", help: "such as docker.io/library/debian:12")],
                run: { try await ImageVerbs($0).pull() }),
            Command(
                name: "push", summary: "Send an image to a registry",
                arguments: [
                    Argument(name: "IMAGE", help: "a name or digest"),
                    Argument(name: "NAME", help: "what it is called there (default: its name)", isOptional: true),
                ],
                run: { try await ImageVerbs($0).push() }),
            Command(
                name: "import", summary: "Make an image of a root file system's tar",
                arguments: [
                    Argument(name: "FILE", help: "a tar, packed or not; - for standard input"),
                    Argument(name: "NAME", help: "such as localhost/debian:12"),
                ],
                run: { try await ImageVerbs($0).importTar() }),
            Command(
                name: "tag", summary: "Give an image one more name",
                arguments: [
                    Argument(name: "IMAGE", help: "a name or digest"), Argument(name: "NAME", help: "the new name"),
                ],
                run: { try await ImageVerbs($0).tag() }),
            Command(
                name: "list", summary: "Show what is on this machine", options: [DataOutput.option],
                run: { try await ImageVerbs($0).list() }),
            Command(
                name: "inspect", summary: "Show how an image says it is run, and what it is made of",
                arguments: [Argument(name: "IMAGE", help: "a name or digest")],
                run: { try await ImageVerbs($0).inspect() }),
            Command(
                name: "remove", summary: "Take a name away; the image goes with the next prune",
                arguments: [Argument(name: "NAME", help: "a name")],
                run: { try await ImageVerbs($0).remove() }),
            Command(
                name: "prune", summary: "Remove images that have no name",
                options: [Option("all", "remove what builds kept for the next one too")],
                run: { try await ImageVerbs($0).prune() }),
        ])
}

/// One run of a verb on images. They work on the store itself, with or without a service.
private struct ImageVerbs {
    let invocation: Invocation
    let paths: Paths
    let store: ImageStore
    let line = ProgressLine()

    init(_ invocation: Invocation) throws {
        self.invocation = invocation
        paths = Paths(invocation)
        store = try ImageStore(root: paths.images, registry: RegistryClient(http: try HTTPClient()))
    }

    private func name(_ index: Int) throws -> ImageReference { try ImageReference(invocation.argument(index) ?? "") }

    func build() async throws -> Int32 {
        let folder = "\(paths.run)/build-\(getpid())"
        try Files.makeFolders(folder, mode: 0o700)
        let log = Log("build", least: .warning)
        let runtime = try Runtime(runFolder: folder, log: log)
        try await runtime.recover()
        let result: Result<ImageRecord, any Error>
        do {
            let record = try await Builder(store: store, engine: runtime).build(try request(), progress: report)
            result = .success(record)
        } catch {
            result = .failure(error)
        }
        line.end()
        try await runtime.removeAll()
        rmdir(folder)
        let record = try result.get()
        try Terminal.current.line(record.digest.description)
        return 0
    }

    private func request() throws -> BuildRequest {
        var arguments: [String: String] = [:]
        for text in invocation.values("build-arg") {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2 else {
                throw UsageError("--build-arg takes NAME=VALUE, not '\(text)'", command: invocation.path)
            }
            arguments[parts[0]] = parts[1]
        }
        return BuildRequest(
            context: invocation.argument(0) ?? ".", dockerfile: invocation.value("file"),
            tags: try invocation.values("tag").map { try ImageReference($0) }, arguments: arguments,
            target: invocation.value("target"), ignoresCache: invocation.has("no-cache"))
    }

    private var report: BuildProgress.Report {
        let (line, isQuiet) = (line, invocation.has("quiet"))
        return { progress in
            switch progress {
            case .step(let number, let total, let text, let isCached):
                guard !isQuiet else { return }
                line.end()
                Terminal.current.message("[\(number)/\(total)] \(text.prefix(100))\(isCached ? "  (done before)" : "")")
            case .output(let text): if !isQuiet { line.show("", detail: text) }
            case .image(let image): ImageVerbs.show(image, on: line)
            case .warning(let text): Terminal.current.message("warning: \(text)")
            case .done: line.end()
            }
        }
    }

    private static func show(_ progress: ImageProgress, on line: ProgressLine) {
        let subject = progress.subject.hasPrefix("sha256:") ? String(progress.subject.prefix(19)) : progress.subject
        let detail =
            progress.total.map { ProgressLine.bar(progress.done, of: $0) } ?? ProgressLine.size(progress.done)
        line.show("\(progress.step.rawValue) \(subject)", detail: detail)
    }

    func pull() async throws -> Int32 {
        let line = line
        let record = try await store.pull(try name(0)) { Self.show($0, on: line) }
        line.end()
        try Terminal.current.line(record.digest.description)
        return 0
    }

    func push() async throws -> Int32 {
        let line = line
        let image = invocation.argument(0) ?? ""
        try await store.push(image, as: try ImageReference(invocation.argument(1) ?? image)) { Self.show($0, on: line) }
        line.end()
        return 0
    }

    func importTar() async throws -> Int32 {
        let line = line
        let file = invocation.argument(0) == "-" ? "/dev/stdin" : invocation.argument(0) ?? ""
        let record = try await store.importRootFileSystem(from: file, as: try name(1)) { Self.show($0, on: line) }
        line.end()
        try Terminal.current.line(record.digest.description)
        return 0
    }

    func tag() async throws -> Int32 {
        try await store.tag(invocation.argument(0) ?? "", as: try name(1))
        return 0
    }

    func list() async throws -> Int32 {
        let images = try await store.list()
        let value = Value.sequence(
            images.map { image in
                [
                    "name": .string(image.name), "digest": .string(image.digest.description), "size": .int(image.size),
                    "tagged": .string(image.time.description), "platform": .string("\(image.platform)"),
                ]
            })
        try DataOutput.print(value, invocation) {
            guard !images.isEmpty else { return "No images.\n" }
            var table = TextTable(headings: ["NAME", "DIGEST", "SIZE", "AGE"])
            let now = Timestamp.now
            for image in images {
                table.rows.append([
                    image.name, String(image.digest.hex.prefix(12)), ProgressLine.size(image.size),
                    Age.text(now - image.time),
                ])
            }
            return table.text
        }
        return 0
    }

    func inspect() async throws -> Int32 {
        let record = try await store.find(invocation.argument(0) ?? "")
        let config = record.config.config
        let value: Value = [
            "digest": .string(record.digest.description), "size": .int(record.size),
            "entrypoint": .sequence(config.entrypoint.map { .string($0) }),
            "command": .sequence(config.command.map { .string($0) }),
            "environment": .sequence(config.environment.map { .string($0) }), "user": .string(config.user),
            "workingFolder": .string(config.workingFolder), "stopSignal": .string(config.stopSignal),
            "exposedPorts": .sequence(config.exposedPorts.map { .string($0) }), "labels": .strings(config.labels),
            "layers": .sequence(record.diffIDs.map { .string($0.description) }),
        ]
        try Terminal.current.line(JSON.text(value, .indented))
        return 0
    }

    func remove() async throws -> Int32 {
        try await store.remove(try name(0))
        return 0
    }

    /// Layers that a running service's containers are mounted from stay: they are asked of the kernel's mount table.
    func prune() async throws -> Int32 {
        let mounts = try Files.text("/proc/self/mountinfo", limit: 64 << 20)
        let inUse = try await store.list().map(\.digest).filter { mounts.contains($0.hex) }
        let cache = try BuildCache(store: store)
        if invocation.has("all") { try cache.clear() }
        let kept = try cache.layers().union(Self.mountedLayers(in: mounts))
        let swept = try await store.prune(inUse: Set(inUse), keeping: kept)
        try Terminal.current.line(
            "\(swept.layers) layers and \(swept.blobs) blobs removed, \(ProgressLine.size(swept.bytes))")
        return 0
    }

    /// Layers whose folders stand in an overlay mount's options.
    private static func mountedLayers(in mounts: String) -> Set<Digest> {
        let words = mounts.split { $0 == ":" || $0 == "," || $0 == " " || $0 == "\n" || $0 == "=" || $0 == "/" }
        return Set(words.filter { $0.utf8.count == 64 }.compactMap { Digest("sha256:\($0)") })
    }
}
