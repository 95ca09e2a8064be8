import Archive
import Crypto
import Glibc
import Synchronization
import System
import TestSupport
import Testing

@testable import Images

@Suite struct ImageStoreTests {
    @Test func `a root file system becomes an image that can be mounted`() async throws {
        let fixture = try StoreFixture()
        let path = "\(fixture.folder.path)/root.tar"
        try Files.replace(path, with: try Layers.busybox())
        let told = Mutex<[ImageProgress]>([])
        let name = try ImageReference("localhost/busybox:1")
        let record = try await fixture.store.importRootFileSystem(from: path, as: name) { step in
            told.withLock { $0.append(step) }
        }
        let image = try await fixture.store.image("localhost/busybox:1", policy: .never, credentials: [])
        #expect(image.digest == record.digest.description)
        #expect(image.config.command == ["/bin/sh"])
        #expect(image.lowerFolders.count == 1)
        #expect(Files.exists("\(image.lowerFolders[0])/bin/busybox"))
        #expect(told.withLock { $0.last?.step } == .done)
        #expect(told.withLock { $0.contains { $0.step == .importing && $0.done == $0.total } })
    }

    @Test(arguments: ["--gzip", "--zstd", "--xz"])
    func `a packed root file system is the same image`(option: String) async throws {
        let fixture = try StoreFixture()
        let folder = fixture.folder.path
        try Files.replace("\(folder)/root.tar", with: try Layers.tar([Layers.folder("a"), Layers.file("a/b")]))
        let packer = option == "--gzip" ? "gzip" : option == "--zstd" ? "zstd -q" : "xz"
        try Program.run(["sh", "-c", "\(packer) < \(folder)/root.tar > \(folder)/packed"])
        let name = try ImageReference("localhost/a")
        let plain = try await fixture.store.importRootFileSystem(from: "\(folder)/root.tar", as: name)
        let packed = try await fixture.store.importRootFileSystem(from: "\(folder)/packed", as: name)
        #expect(plain.diffIDs == packed.diffIDs)
    }

    @Test(arguments: ["", "this is no tar at all, whatever it may be", "PK\u{3}\u{4}zip"])
    func `what is no root file system is refused and leaves nothing`(text: String) async throws {
        let fixture = try StoreFixture()
        let path = "\(fixture.folder.path)/root.tar"
        try Files.replace(path, with: Array(text.utf8))
        let error = await #expect(throws: ImageError.self) {
            try await fixture.store.importRootFileSystem(from: path, as: ImageReference("localhost/a"))
        }
        #expect(error?.code == .corrupt)
        try fixture.expectEmpty()
    }

    @Test func `an import of what must not be leaves nothing`() async throws {
        let fixture = try StoreFixture()
        let path = "\(fixture.folder.path)/root.tar"
        try Files.replace(path, with: try Layers.tar([Layers.file("ok"), Layers.file("../evil")]))
        let error = await #expect(throws: ImageError.self) {
            try await fixture.store.importRootFileSystem(from: path, as: ImageReference("localhost/a"))
        }
        #expect(error?.code == .refused)
        #expect(error?.message.contains("“../evil”") == true)
        try fixture.expectEmpty()
    }

    @Test func `an image that is not here is not made up`() async throws {
        let fixture = try StoreFixture()
        let store = fixture.store
        let never = await #expect(throws: ImageError.self) {
            try await store.image("example.com/a:1", policy: .never, credentials: [])
        }
        #expect(never?.code == .neverPull)
        let local = await #expect(throws: ImageError.self) {
            try await store.image("localhost/a", policy: .always, credentials: [])
        }
        #expect(local?.code == .notFound)
        let invalid = await #expect(throws: ImageError.self) {
            try await store.image("UPPER", policy: .always, credentials: [])
        }
        #expect(invalid?.code == .invalidName)
    }

    @Test func `layers come uppermost first, each unpacked once`() async throws {
        let fixture = try StoreFixture()
        let tars = try [
            Layers.tar([Layers.file("a")]), Layers.tar([Layers.file("b")]), Layers.tar([Layers.file("a", "2")]),
        ]
        _ = try await fixture.add(tars, as: "localhost/a:1", packed: .gzip)
        _ = try await fixture.add([tars[0]], as: "localhost/b:1", packed: .zstd)
        let images = try await withThrowingTaskGroup(of: ReadyImage.self) { group in
            for _ in 0..<8 {
                group.addTask { try await fixture.store.image("localhost/a:1", policy: .never, credentials: []) }
                group.addTask { try await fixture.store.image("localhost/b:1", policy: .never, credentials: []) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let three = try #require(images.first { $0.lowerFolders.count == 3 })
        #expect(try Files.text("\(three.lowerFolders[0])/a") == "2")
        #expect(Files.exists("\(three.lowerFolders[1])/b"))
        #expect(try Files.names(in: "\(fixture.store.root)/layers").count == 3)
    }

    @Test func `a layer that comes twice stands once, in its upper place`() async throws {
        let fixture = try StoreFixture()
        let (a, b) = try (Layers.tar([Layers.file("a")]), Layers.tar([Layers.file("b")]))
        let record = try await fixture.add([a, b, a], as: "localhost/a:1")
        let image = try await fixture.store.image("localhost/a:1", policy: .never, credentials: [])
        #expect(image.lowerFolders == [record.diffIDs[2], record.diffIDs[1]].map(fixture.store.layers.path))
    }

    @Test func `a layer that unpacks to another digest than the config says is refused`() async throws {
        let fixture = try StoreFixture()
        let tar = try Layers.tar([Layers.file("a")])
        var config = ImageConfigFile(platform: .machine)
        config.diffIDs = [.sha256("something else")]
        let layer = Descriptor(mediaType: MediaType.layer, digest: try fixture.store.blobs.add(tar), size: tar.count)
        _ = try await fixture.store.add(config, layers: [layer], names: [ImageReference("localhost/a")])
        let error = await #expect(throws: ImageError.self) {
            try await fixture.store.image("localhost/a", policy: .never, credentials: [])
        }
        #expect(error?.code == .corrupt)
        #expect(try Files.names(in: "\(fixture.store.root)/layers").isEmpty)
    }

    @Test func `a blob that was changed on disk is noticed`() async throws {
        let fixture = try StoreFixture()
        let record = try await fixture.add([Layers.tar([Layers.file("a")])], as: "localhost/a:1")
        try Files.replace(fixture.store.blobs.path(record.digest), with: Array("{}".utf8))
        let again = try ImageStore(root: fixture.store.root, registry: nil)
        let error = await #expect(throws: ImageError.self) {
            try await again.image("localhost/a:1", policy: .never, credentials: [])
        }
        #expect(error?.code == .corrupt)
    }

    @Test func `names are given, listed, found and taken away`() async throws {
        let fixture = try StoreFixture()
        let store = fixture.store
        let record = try await fixture.add([Layers.tar([Layers.file("a")])], as: "localhost/a:1")
        try await store.tag("localhost/a:1", as: ImageReference("example.com/b:2"))
        #expect(try await store.list().map(\.name) == ["example.com/b:2", "localhost/a:1"])
        #expect(try await store.find("example.com/b:2").digest == record.digest)
        #expect(try await store.find(String(record.digest.hex.prefix(12))).digest == record.digest)
        #expect(
            try await store.image("localhost/a@\(record.digest)", policy: .never, credentials: []).digest
                == "\(record.digest)")
        try await store.remove(ImageReference("localhost/a:1"))
        #expect(try await store.list().map(\.name) == ["example.com/b:2"])
        await #expect(throws: ImageError.self) { try await store.remove(ImageReference("localhost/a:1")) }
        await #expect(throws: ImageError.self) { try await store.find("localhost/a:1") }
    }

    @Test func `a sweep takes what has no name and is not in use`() async throws {
        let fixture = try StoreFixture()
        let store = fixture.store
        let shared = try Layers.tar([Layers.file("shared")])
        for name in ["kept", "used", "gone"] {
            _ = try await fixture.add([shared, Layers.tar([Layers.file(name)])], as: "localhost/\(name):1")
            _ = try await store.image("localhost/\(name):1", policy: .never, credentials: [])
        }
        let used = try await store.find("localhost/used:1").digest
        try await store.remove(ImageReference("localhost/used:1"))
        try await store.remove(ImageReference("localhost/gone:1"))
        let swept = try await store.prune(inUse: [used])
        #expect(swept.layers == 1)
        #expect(swept.blobs == 3)
        #expect(try await store.image("localhost/kept:1", policy: .never, credentials: []).lowerFolders.count == 2)
        #expect(try await store.record(used) != nil)
        #expect(try await store.prune(inUse: [used]) == ImageStore.Swept())
        #expect(try await store.prune(inUse: []).layers == 1)
    }

    @Test func `an image that is exported is one that other tools read`() async throws {
        let fixture = try StoreFixture()
        let record = try await fixture.add([Layers.tar([Layers.file("a")])], as: "localhost/a:1")
        let path = "\(fixture.folder.path)/out.tar"
        try await fixture.store.export("localhost/a:1", to: path)
        let listing = try Program.run(["tar", "-tf", path])
        #expect(listing.contains("index.json"))
        #expect(listing.contains("blobs/sha256/\(record.digest.hex)"))
        #expect(try Program.run(["tar", "-xOf", path, "index.json"]).contains("localhost/a:1"))
    }
}

@Suite struct InterruptedWorkTests {
    @Test func `what killed processes left is removed, what live ones make is not`() throws {
        let fixture = try StoreFixture()
        let root = fixture.store.root
        try Files.replace("\(root)/ingest/1-1-1", with: [1, 2, 3])
        try Files.makeFolders("\(root)/layers/.new-1-1/half/done")
        let blob = try BlobWriter(fixture.store.blobs)
        try blob.write([1])
        let folder = try fixture.store.layers.begin()
        _ = try ImageStore(root: root, registry: nil)
        #expect(try Files.names(in: "\(root)/ingest").count == 1)
        #expect(try Files.names(in: "\(root)/layers").count == 1)
        #expect(Files.exists(folder.path))
        try blob.commit()
    }

    @Test func `work that is let go leaves nothing`() throws {
        let fixture = try StoreFixture()
        do {
            let blob = try BlobWriter(fixture.store.blobs)
            try blob.write([1])
            _ = try fixture.store.layers.begin()
        }
        try fixture.expectEmpty()
    }

    @Test func `a blob of another digest than it should have is not kept`() throws {
        let fixture = try StoreFixture()
        let blob = try BlobWriter(fixture.store.blobs)
        try blob.write([1])
        let error = #expect(throws: ImageError.self) { try blob.commit(expected: .sha256("other")) }
        #expect(error?.code == .corrupt)
        #expect(try fixture.store.blobs.all().isEmpty)
    }

    @Test func `a full disk is said to be full, and leaves nothing`() async throws {
        let folder = try TemporaryFolder()
        try #require(mount("none", folder.path, "tmpfs", 0, "size=2m") == 0)
        defer { umount2(folder.path, 2) }
        let store = try ImageStore(root: "\(folder.path)/images", registry: nil)
        let source = try TemporaryFolder()
        let big = String(repeating: "x", count: 4 << 20)
        try Files.replace("\(source.path)/root.tar", with: try Layers.tar([Layers.file("big", big)]))
        let error = await #expect(throws: ImageError.self) {
            try await store.importRootFileSystem(from: "\(source.path)/root.tar", as: ImageReference("localhost/a"))
        }
        #expect(error?.code == .noSpace)
        #expect(error?.hint.contains("belay image prune") == true)
        #expect(try Files.names(in: "\(store.root)/ingest").isEmpty)
        #expect(try Files.names(in: "\(store.root)/layers").isEmpty)
    }
}

@Suite struct SingleFlightTests {
    @Test func `callers share one run, and the last one that leaves ends it`() async throws {
        let flight = SingleFlight<Int, Int>()
        let runs = Counter()
        let (stream, started) = AsyncStream<Void>.makeStream()
        let tasks = (0..<5).map { _ in
            Task { @Sendable in
                try await flight.run(1) {
                    runs.add()
                    started.yield()
                    try await Task.sleep(for: .seconds(60))
                    return 1
                }
            }
        }
        for await _ in stream { break }
        try await Task.sleep(for: .milliseconds(50))
        for task in tasks { task.cancel() }
        for task in tasks { await #expect(throws: CancellationError.self) { try await task.value } }
        #expect(runs.value == 1)
        #expect(try await flight.run(1) { 7 } == 7)
    }
}

extension StoreFixture {
    /// Expects that nothing was kept, whole or half.
    func expectEmpty() throws {
        for folder in ["ingest", "layers", "blobs/sha256"] {
            #expect(try Files.names(in: "\(store.root)/\(folder)").isEmpty)
        }
        #expect(!Files.exists("\(store.root)/names.json"))
    }
}

/// How often something happened.
private final class Counter: Sendable {
    private let count = Atomic<Int>(0)

    var value: Int { count.load(ordering: .relaxed) }
    func add() { count.add(1, ordering: .relaxed) }
}
