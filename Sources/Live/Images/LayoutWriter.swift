import Archive
import Crypto
import Document
import Glibc
import System

/// Writes an image with all of its blobs as an OCI layout in a tar. Blocking.
struct LayoutWriter {
    let blobs: BlobStore
    let record: ImageRecord
    let name: String

    func write(to path: String, _ cancellation: Blocking.Cancellation) throws {
        let temporary = "\(path).new"
        do {
            let flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW
            let file = OwnedDescriptor(
                owning: try checked("open", on: temporary) { open(temporary, flags, 0o644) })
            let tar = try TarWriter(to: Bytes.sink(writing: file.raw, named: temporary))
            try writeEntries(tar, cancellation)
            try tar.finish()
            try checked("fsync", on: temporary) { fsync(file.raw) }
            try checked("rename", on: path) { rename(temporary, path) }
        } catch {
            unlink(temporary)
            if let error = error as? SystemError { throw ImageError(error, while: "writing \(path)") }
            throw error
        }
    }

    private func writeEntries(_ tar: TarWriter, _ cancellation: Blocking.Cancellation) throws {
        let manifest = try blobs.read(record.digest, limit: ManifestDocument.limit)
        var descriptor = Descriptor(
            mediaType: ManifestDocument.mediaType(of: manifest), digest: record.digest, size: manifest.count
        ).value
        descriptor["annotations"] = ["org.opencontainers.image.ref.name": .string(name)]
        let index: Value = [
            "schemaVersion": 2, "mediaType": .string(MediaType.index), "manifests": .sequence([descriptor]),
        ]
        try tar.add(entry("oci-layout"), contents: Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8))
        try tar.add(entry("index.json"), contents: JSON.emit(index))
        for folder in ["blobs", "blobs/sha256"] {
            try tar.begin(ArchiveEntry(path: Array(folder.utf8), kind: .folder, mode: 0o755))
        }
        var written: Set<Digest> = []
        for digest in [record.digest, record.manifest.config.digest] + record.manifest.layers.map(\.digest) {
            guard written.insert(digest).inserted else { continue }
            if cancellation.isCancelled { throw CancellationError() }
            try add(digest, to: tar)
        }
    }

    private func entry(_ path: String) -> ArchiveEntry {
        ArchiveEntry(path: Array(path.utf8), kind: .file, mode: 0o644)
    }

    private func add(_ digest: Digest, to tar: TarWriter) throws {
        let path = blobs.path(digest)
        let file = OwnedDescriptor(owning: try checked("open", on: path) { open(path, O_RDONLY | O_CLOEXEC) })
        var header = entry("blobs/\(digest.algorithm.rawValue)/\(digest.hex)")
        header.size = Files.size(path)
        try tar.begin(header)
        var chunk = [UInt8](repeating: 0, count: 512 << 10)
        let source = Bytes.source(reading: file.raw, named: path)
        while case let count = try chunk.withUnsafeMutableBytes(source), count > 0 {
            try chunk.withUnsafeBytes { try tar.write(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }
    }
}

extension ManifestDocument {
    /// What a kept manifest says it is; OCI's where it says nothing.
    static func mediaType(of bytes: [UInt8]) -> String {
        (try? JSON.parse(bytes))?["mediaType"]?.string ?? MediaType.manifest
    }
}
