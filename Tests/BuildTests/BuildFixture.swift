import Archive
import ContainerRuntime
import Crypto
import Document
import Glibc
import Images
import Synchronization
import System
import TestSupport

@testable import Build

/// A store with a base image of busybox (`localhost/base:1`), Belay's own runtime, and a context.
final class BuildFixture: Sendable {
    let folder: TemporaryFolder
    let store: ImageStore
    let runtime: Runtime
    let told = Mutex<[BuildProgress]>([])

    var context: String { "\(folder.path)/context" }

    private init() async throws {
        folder = try TemporaryFolder()
        store = try ImageStore(root: "\(folder.path)/images", registry: nil)
        runtime = try Runtime(runFolder: "\(folder.path)/run", log: Log("runtime") { _ in })
        try Files.makeFolders("\(folder.path)/context")
        try await addBase()
    }

    /// Gives a fixture, and takes away what its runtime made.
    static func with(_ body: (BuildFixture) async throws -> Void) async throws {
        let fixture = try await BuildFixture()
        do { try await body(fixture) } catch {
            await fixture.cleanUp()
            throw error
        }
        await fixture.cleanUp()
    }

    private func cleanUp() async {
        try? await runtime.removeAll()
    }

    private func addBase() async throws {
        var tar: [UInt8] = []
        let writer = try TarWriter { tar += $0 }
        func add(_ path: String, _ kind: ArchiveEntry.Kind, mode: UInt32 = 0o755, _ contents: [UInt8] = []) throws {
            try writer.add(ArchiveEntry(path: Array(path.utf8), kind: kind, mode: mode), contents: contents)
        }
        for path in ["bin", "etc", "proc", "sys", "dev", "usr", "usr/lib", "gone"] { try add(path, .folder) }
        try add("tmp", .folder, mode: 0o1777)
        try add("bin/busybox", .file, try Files.read("/bin/busybox"))
        for name in [
            "sh", "cat", "id", "ls", "rm", "mkdir", "ln", "echo", "touch", "mv", "chmod", "sleep", "stat", "mknod",
            "pwd", "env", "test",
        ] {
            try add("bin/\(name)", .symbolicLink(Array("busybox".utf8)), mode: 0o777)
        }
        try add("lib", .symbolicLink(Array("usr/lib".utf8)), mode: 0o777)
        try add("gone/file", .file, mode: 0o644, Array("old".utf8))
        try add(
            "etc/passwd", .file, mode: 0o644,
            Array("root:x:0:0::/root:/bin/sh\napp:x:100:101::/home/app:/bin/sh\n".utf8))
        try add("etc/group", .file, mode: 0o644, Array("root:x:0:\nstaff:x:50:\napp:x:101:\n".utf8))
        try writer.finish()
        try Files.replace("\(folder.path)/base.tar", with: tar)
        _ = try await store.importRootFileSystem(
            from: "\(folder.path)/base.tar", as: ImageReference("localhost/base:1"),
            config: ImageConfig(command: ["/bin/sh"], environment: ["PATH=/bin"]))
    }

    func write(_ path: String, _ text: String, mode: mode_t = 0o644) throws {
        let whole = "\(context)/\(path)"
        try Files.makeFolders(String(whole[..<(whole.lastIndex(of: "/") ?? whole.endIndex)]))
        try Files.replace(whole, with: Array(text.utf8), mode: mode)
    }

    /// Builds a Dockerfile's text; the tag is `localhost/built:1`.
    @discardableResult
    func build(_ dockerfile: String, _ change: (inout BuildRequest) throws -> Void = { _ in }) async throws
        -> ImageRecord
    {
        try write("Dockerfile", dockerfile)
        var request = BuildRequest(context: context, tags: [try ImageReference("localhost/built:1")])
        try change(&request)
        told.withLock { $0 = [] }
        return try await Builder(store: store, engine: runtime).build(request) { step in
            self.told.withLock { $0.append(step) }
        }
    }

    /// Lines that RUNs wrote in the last build.
    var output: [String] {
        told.withLock { $0.compactMap { if case .output(let line) = $0 { line } else { nil } } }
    }

    /// Whether each step of the last build came from the cache, FROM aside.
    var cached: [Bool] {
        told.withLock {
            $0.compactMap { progress in
                guard case .step(_, _, let text, let isCached) = progress, !text.hasPrefix("FROM") else { return nil }
                return isCached
            }
        }
    }

    /// Entries of a layer's tar, as `tar -tv` shows them, counted from the top.
    func layer(_ record: ImageRecord, fromTop index: Int = 0) throws -> [String] {
        let layer = record.manifest.layers[record.manifest.layers.count - 1 - index]
        let reader = try TarReader(Bytes.source(try Files.read(store.blobs.path(layer.digest))))
        var names: [String] = []
        while let entry = try reader.next() {
            var name = entry.name
            if name.hasSuffix("/") { name.removeLast() }
            names.append("\(name) \(String(entry.mode, radix: 8)) \(entry.user):\(entry.group)")
        }
        return names
    }

    /// A file of the built image, whatever layer it is in; nil when it has none.
    func file(_ record: ImageRecord, _ path: String) async throws -> String? {
        let lower = store.layers.lowerFolders(record.diffIDs)
        return try OverlayView.make(lower: lower, upper: nil, name: "image").text(path)
    }

    func status(_ record: ImageRecord, _ path: String) async throws -> stat? {
        let lower = store.layers.lowerFolders(record.diffIDs)
        return try OverlayView.make(lower: lower, upper: nil, name: "image").status(path, followsLast: false)
    }

    /// Type and permissions of what is at a path; nil when nothing is.
    func mode(_ record: ImageRecord, _ path: String) async throws -> UInt32? {
        try await status(record, path)?.st_mode
    }
}
