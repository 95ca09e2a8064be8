import Archive
import Crypto
import System
import TestSupport

@testable import Images

/// Tars of layers, written down as entries.
enum Layers {
    /// One entry of a layer.
    struct Entry {
        var header: ArchiveEntry
        var contents: [UInt8] = []
    }

    static func file(_ path: String, _ contents: String = "x", mode: UInt32 = 0o644) -> Entry {
        Entry(header: ArchiveEntry(path: Array(path.utf8), kind: .file, mode: mode), contents: Array(contents.utf8))
    }

    static func folder(_ path: String, mode: UInt32 = 0o755) -> Entry {
        Entry(header: ArchiveEntry(path: Array(path.utf8), kind: .folder, mode: mode))
    }

    static func link(_ path: String, _ target: String) -> Entry {
        Entry(header: ArchiveEntry(path: Array(path.utf8), kind: .symbolicLink(Array(target.utf8)), mode: 0o777))
    }

    static func hardLink(_ path: String, _ target: String) -> Entry {
        Entry(header: ArchiveEntry(path: Array(path.utf8), kind: .hardLink(Array(target.utf8)), mode: 0o644))
    }

    static func tar(_ entries: [Entry], _ compression: Compression = .none) throws -> [UInt8] {
        var bytes: [UInt8] = []
        let writer = try TarWriter(compression) { bytes += $0 }
        for entry in entries { try writer.add(entry.header, contents: entry.contents) }
        try writer.finish()
        return bytes
    }

    /// Unpacks entries into a folder.
    static func unpack(_ entries: [Entry], into folder: String) throws {
        try Files.makeFolders(folder)
        var unpacker = try LayerUnpacker(into: folder)
        try unpacker.unpack(try TarReader(Bytes.source(try tar(entries))))
    }

    /// A root of one static program, as a tar.
    static func busybox() throws -> [UInt8] {
        try tar([
            folder("bin"), folder("etc"), folder("tmp", mode: 0o1777), folder("proc"), folder("sys"), folder("dev"),
            Entry(
                header: ArchiveEntry(path: Array("bin/busybox".utf8), kind: .file, mode: 0o755),
                contents: try Files.read("/bin/busybox")), link("bin/sh", "busybox"),
            file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"),
        ])
    }
}

/// A store in a folder of its own.
struct StoreFixture {
    let folder: TemporaryFolder
    let store: ImageStore

    init(registry: RegistryClient? = nil) throws {
        folder = try TemporaryFolder()
        store = try ImageStore(root: "\(folder.path)/images", registry: registry)
    }

    /// Keeps an image made of layers' tars.
    func add(
        _ tars: [[UInt8]], as name: String, config: ImageConfig = ImageConfig(command: ["/bin/sh"]),
        packed: Compression = .none
    ) async throws -> ImageRecord {
        var file = ImageConfigFile(platform: .machine)
        file.config = config
        file.diffIDs = tars.map { .sha256($0) }
        var layers: [Descriptor] = []
        for tar in tars {
            var bytes: [UInt8] = []
            let compressor = try Compressor(packed) { bytes += $0 }
            try tar.withUnsafeBytes { try compressor.write($0) }
            try compressor.finish()
            let suffix = packed == .none ? "" : "+\(packed.rawValue)"
            layers.append(
                Descriptor(
                    mediaType: MediaType.layer + suffix, digest: try store.blobs.add(bytes), size: bytes.count))
        }
        return try await store.add(file, layers: layers, names: [ImageReference(name)])
    }
}
