import Archive
import Crypto
import Document
import Synchronization
import System
import TestSupport
import Testing
import Transport

@testable import Images

@Suite struct RegistryTests {
    private let tars: [[UInt8]]

    init() throws {
        tars = try [Layers.tar([Layers.folder("a"), Layers.file("a/low")]), Layers.tar([Layers.file("a/high")])]
    }

    /// An image pushed to a registry under `shop/web:1`, and its digest.
    private func push(
        to registry: LocalRegistry, _ tars: [[UInt8]]? = nil, packed: Compression = .gzip,
        credentials: [RegistryCredential] = []
    ) async throws -> Digest {
        let fixture = try StoreFixture(registry: registryClient())
        let record = try await fixture.add(tars ?? self.tars, as: "localhost/x:1", packed: packed)
        try await fixture.store.push(
            "localhost/x:1", as: ImageReference("\(registry.host)/shop/web:1"), credentials: credentials)
        return record.digest
    }

    @Test(arguments: Compression.allCases)
    func `what was pushed is pulled, checked and unpacked`(compression: Compression) async throws {
        let registry = try await LocalRegistry()
        let digest = try await push(to: registry, packed: compression)
        let fixture = try StoreFixture(registry: registryClient())
        let image = try await fixture.store.image("\(registry.host)/shop/web:1", policy: .ifNotPresent, credentials: [])
        #expect(image.digest == digest.description)
        #expect(image.lowerFolders.count == 2)
        #expect(Files.exists("\(image.lowerFolders[0])/a/high"))
        #expect(image.config.command == ["/bin/sh"])
        let pinned = try await fixture.store.image(
            "\(registry.host)/shop/web@\(digest)", policy: .always, credentials: [])
        #expect(pinned.digest == image.digest)
    }

    @Test func `callers that want one image share one pull`() async throws {
        let registry = try await LocalRegistry()
        _ = try await push(to: registry)
        let fixture = try StoreFixture(registry: registryClient())
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<10 {
                group.addTask {
                    _ = try await fixture.store.image(
                        "\(registry.host)/shop/web:1", policy: .always, credentials: [])
                }
            }
            try await group.waitForAll()
        }
        #expect(try Files.names(in: "\(fixture.store.root)/layers").count == 2)
    }

    @Test func `always asks what the tag stands for now, and takes over only what is new`() async throws {
        let registry = try await LocalRegistry()
        let first = try await push(to: registry)
        let fixture = try StoreFixture(registry: registryClient())
        let name = "\(registry.host)/shop/web:1"
        let downloads = Mutex<[String]>([])
        let report: ImageProgress.Report = { step in
            if step.step == .downloading { downloads.withLock { $0.append(step.subject) } }
        }
        _ = try await fixture.store.pull(ImageReference(name), progress: report)
        #expect(Set(downloads.withLock { $0 }).count == 2)
        downloads.withLock { $0 = [] }
        #expect(try await fixture.store.pull(ImageReference(name), progress: report).digest == first)
        #expect(downloads.withLock { $0 }.isEmpty)
        let second = try await push(to: registry, tars + [try Layers.tar([Layers.file("more")])])
        #expect(try await fixture.store.image(name, policy: .ifNotPresent, credentials: []).digest == "\(first)")
        #expect(try await fixture.store.pull(ImageReference(name), progress: report).digest == second)
        #expect(Set(downloads.withLock { $0 }).count == 1)
        #expect(try await fixture.store.image(name, policy: .always, credentials: []).digest == "\(second)")
    }

    @Test func `an image that does not exist is not found, and the error names it`() async throws {
        let registry = try await LocalRegistry()
        _ = try await push(to: registry)
        let fixture = try StoreFixture(registry: registryClient())
        for name in [
            "\(registry.host)/shop/web:2", "\(registry.host)/nobody:1",
            "\(registry.host)/shop/web@\(Digest.sha256("x"))",
        ] {
            let error = await #expect(throws: ImageError.self) {
                try await fixture.store.image(name, policy: .always, credentials: [])
            }
            #expect(error?.code == .notFound)
            #expect(error?.message.contains(name) == true)
        }
    }

    @Test func `a registry that is not there is unreachable`() async throws {
        let fixture = try StoreFixture(registry: registryClient())
        let error = await #expect(throws: ImageError.self) {
            try await fixture.store.image("127.0.0.1:1/a", policy: .always, credentials: [])
        }
        #expect(error?.code == .unreachable)
    }

    @Test func `a layer whose bytes are not what the digest says is not kept`() async throws {
        let registry = try await LocalRegistry()
        _ = try await push(to: registry, packed: .none)
        let path = registry.blobPath(Digest.sha256(tars[1]).description)
        var bytes = try Files.read(path)
        bytes[600] ^= 1
        try Files.replace(path, with: bytes)
        let fixture = try StoreFixture(registry: registryClient())
        let error = await #expect(throws: ImageError.self) {
            try await fixture.store.image("\(registry.host)/shop/web:1", policy: .always, credentials: [])
        }
        #expect(error?.code == .corrupt)
        #expect(!fixture.store.blobs.contains(.sha256(tars[1])))
        #expect(try await fixture.store.list().isEmpty)
    }

    @Test(arguments: [-1, 1])
    func `a layer that is shorter or longer than promised is not kept`(difference: Int) async throws {
        let registry = try await LocalRegistry()
        _ = try await push(to: registry, packed: .none)
        let path = registry.blobPath(Digest.sha256(tars[1]).description)
        var bytes = try Files.read(path)
        if difference > 0 { bytes.append(0) } else { bytes.removeLast() }
        try Files.replace(path, with: bytes)
        let fixture = try StoreFixture(registry: registryClient())
        let error = await #expect(throws: ImageError.self) {
            try await fixture.store.image("\(registry.host)/shop/web:1", policy: .always, credentials: [])
        }
        #expect(error?.code == .corrupt || error?.code == .unreachable)
        #expect(!fixture.store.blobs.contains(.sha256(tars[1])))
    }

    @Test func `a layer that climbs out is refused, and the image is not kept`() async throws {
        let registry = try await LocalRegistry()
        _ = try await push(to: registry, [try Layers.tar([Layers.file("../../evil")])])
        let fixture = try StoreFixture(registry: registryClient())
        let error = await #expect(throws: ImageError.self) {
            try await fixture.store.image("\(registry.host)/shop/web:1", policy: .always, credentials: [])
        }
        #expect(error?.code == .refused)
        #expect(error?.message.contains("“../../evil”") == true)
        #expect(try await fixture.store.list().isEmpty)
        #expect(try Files.names(in: "\(fixture.store.root)/layers").isEmpty)
    }

    @Test func `credentials open a registry that asks for them, and wrong ones do not`() async throws {
        let registry = try await LocalRegistry(asksForPassword: true)
        func credential(_ password: String) -> [RegistryCredential] {
            [RegistryCredential(registry: registry.host, username: "user", password: password)]
        }
        let name = "\(registry.host)/shop/web:1"
        let digest = try await push(to: registry, credentials: credential("secret"))
        for wrong in [
            [], credential("s3cr3t"), [RegistryCredential(registry: "other", username: "user", password: "secret")],
        ] {
            let fixture = try StoreFixture(registry: registryClient())
            let error = await #expect(throws: ImageError.self) {
                try await fixture.store.image(name, policy: .always, credentials: wrong)
            }
            #expect(error?.code == .denied)
            #expect(error.map { "\($0)".contains("s3cr3t") } == false)
        }
        let fixture = try StoreFixture(registry: registryClient())
        #expect(
            try await fixture.store.image(name, policy: .always, credentials: credential("secret")).digest
                == "\(digest)")
    }

    @Test func `of an index the manifest for this machine is taken`() async throws {
        let registry = try await LocalRegistry()
        let digest = try await push(to: registry)
        let client = try registryClient()
        let repository = RegistryClient.Repository(
            reference: try ImageReference("\(registry.host)/shop/web:many"), access: .push, credentials: [])
        let pulled = RegistryClient.Repository(
            reference: try ImageReference("\(registry.host)/shop/web:1"), access: .pull, credentials: [])
        let size = try await client.manifest(pulled).bytes.count
        func index(_ platforms: [String]) -> [UInt8] {
            let entries = platforms.map { platform -> Value in
                var entry = Descriptor(mediaType: MediaType.manifest, digest: digest, size: size).value
                entry["platform"] = ["os": "linux", "architecture": .string(platform)]
                return entry
            }
            return JSON.emit([
                "schemaVersion": 2, "mediaType": .string(MediaType.index), "manifests": .sequence(entries),
            ])
        }
        let bytes = index(["riscv64", Platform.machine.architecture])
        try await client.push(bytes, mediaType: MediaType.index, to: repository)
        let fixture = try StoreFixture(registry: client)
        let image = try await fixture.store.image("\(repository.reference)", policy: .always, credentials: [])
        #expect(image.digest == "\(digest)")
        let pinned = "\(registry.host)/shop/web@\(Digest.sha256(bytes))"
        #expect(try await fixture.store.image(pinned, policy: .never, credentials: []).digest == "\(digest)")
        try await client.push(index(["riscv64"]), mediaType: MediaType.index, to: repository)
        let error = await #expect(throws: ImageError.self) {
            try await fixture.store.image("\(repository.reference)", policy: .always, credentials: [])
        }
        #expect(error?.code == .refused)
        #expect(error?.message.contains("linux/riscv64") == true)
    }

    @Test(arguments: [
        ("127.0.0.1:5000", "http"), ("localhost:5000", "http"), ("example.com", "https"), ("10.0.0.1:5000", "https"),
        ("plain.example:80", "http"),
    ])
    func `only this machine's registries and those named go without encryption`(host: String, scheme: String)
        async throws
    {
        let client = try registryClient(plain: ["plain.example:80"])
        let reference = try ImageReference("\(host)/a")
        let url = try await client.url(.init(reference: reference, access: .pull, credentials: []), "tags/list")
        #expect(url.scheme == scheme)
    }
}
