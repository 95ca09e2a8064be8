import Archive
import Crypto
import Glibc
import System

/// Images in and out: from root file systems, to registries, to files.
extension ImageStore {
    /// Makes an image of one layer from a tar of a root file system, packed or not.
    ///
    /// The tar is read once: unpacked, hashed and kept at the same time. The blob is kept as it comes out, not packed
    /// again, which costs disk and saves time.
    ///
    /// - Parameters:
    ///   - path: a file, or `/dev/stdin`.
    ///   - config: how to run it.
    /// - Throws: `ImageError`.
    package nonisolated func importRootFileSystem(
        from path: String, as name: ImageReference, config: ImageConfig = ImageConfig(command: ["/bin/sh"]),
        progress: @escaping ImageProgress.Report = { _ in }
    ) async throws -> ImageRecord {
        let lock = try await StoreLock.shared(root, clock: clock)
        defer { withExtendedLifetime(lock) {} }
        let (layers, blobs) = (layers, blobs)
        let (diffID, size) = try await Blocking.run(named: "belay-import") { cancellation in
            try layers.importTar(from: path, blobs, cancellation) { done, total in
                progress(ImageProgress(.importing, path, done: done, total: total))
            }
        }
        var file = ImageConfigFile(platform: platform)
        file.config = config
        file.diffIDs = [diffID]
        file.created = clock.now().description
        file.addHistory("import of a root file system", created: clock.now().description, isEmptyLayer: false)
        let layer = Descriptor(mediaType: MediaType.layer, digest: diffID, size: size)
        let record = try await add(file, layers: [layer], names: [name])
        progress(ImageProgress(.done, name.description))
        return record
    }

    /// Keeps a config and manifest whose layers are in the store, and names the image.
    ///
    /// - Throws: `ImageError.notFound` when a layer's blob is not there.
    package func add(
        _ config: ImageConfigFile, layers: [Descriptor], names: [ImageReference]
    ) async throws -> ImageRecord {
        for layer in layers where !blobs.contains(layer.digest) {
            throw ImageError(.notFound, "layer \(layer.digest) is not in the store")
        }
        let bytes = config.bytes
        let file = Descriptor(mediaType: MediaType.config, digest: try blobs.add(bytes), size: bytes.count)
        let manifest = ImageManifest(config: file, layers: layers)
        let digest = try blobs.add(manifest.bytes)
        for name in names { try self.name(name, digest, target: digest) }
        guard let record = try record(digest) else {
            throw ImageError(.machine, "image \(digest) was not kept")
        }
        return record
    }

    /// Sends an image to the registry that `name` says.
    package nonisolated func push(
        _ image: String, as name: ImageReference, credentials: [RegistryCredential] = [],
        progress: @escaping ImageProgress.Report = { _ in }
    ) async throws {
        guard let registry, !name.isLocal else {
            throw ImageError(
                .invalidName, "image \(name) cannot be pushed: its name says no registry",
                hint: "tag it first, such as `belay image tag \(name) registry.example.com/\(name.repository)`")
        }
        guard name.digest == nil else {
            throw ImageError(.invalidName, "image \(name): a push needs a tag, not a digest")
        }
        let lock = try await StoreLock.shared(root, clock: clock)
        defer { withExtendedLifetime(lock) {} }
        let record = try await find(image)
        let repository = RegistryClient.Repository(reference: name, access: .push, credentials: credentials)
        for blob in record.manifest.layers + [record.manifest.config] {
            try await registry.push(blob, from: blobs, to: repository) { done in
                progress(ImageProgress(.uploading, "\(blob.digest)", done: done, total: blob.size))
            }
        }
        let bytes = try blobs.read(record.digest, limit: ManifestDocument.limit)
        try await registry.push(bytes, mediaType: ManifestDocument.mediaType(of: bytes), to: repository)
        progress(ImageProgress(.done, name.description))
    }

    /// Writes an image as an OCI layout in a tar (image-layout.md), which other engines load.
    ///
    /// - Parameter path: replaced when it is there; written beside it and renamed.
    package nonisolated func export(_ image: String, to path: String) async throws {
        let lock = try await StoreLock.shared(root, clock: clock)
        defer { withExtendedLifetime(lock) {} }
        let record = try await find(image)
        let blobs = blobs
        let name = (try? ImageReference(image))?.description ?? image
        try await Blocking.run(named: "belay-export") { cancellation in
            try LayoutWriter(blobs: blobs, record: record, name: name).write(to: path, cancellation)
        }
    }
}

extension LayerStore {
    /// Takes a root file system's tar in: the layer's folder and blob.
    ///
    /// - Returns: the digest of the tar, which names both, and its size.
    func importTar(
        from path: String, _ blobs: BlobStore, _ cancellation: Blocking.Cancellation,
        progress: @escaping (Int, Int?) -> Void
    ) throws -> (Digest, Int) {
        do {
            let file = OwnedDescriptor(owning: try checked("open", on: path) { open(path, O_RDONLY | O_CLOEXEC) })
            let total = Files.size(path)
            var done = 0
            let source = Bytes.source(reading: file.raw, named: path)
            let folder = try begin()
            let blob = try BlobWriter(blobs)
            let hashed = HashedSource(
                try Decompressor { buffer in
                    let count = try source(buffer)
                    done += count
                    progress(done, total > 0 ? total : nil)
                    return count
                }, .sha256, sink: { try blob.write($0) })
            var unpacker = try LayerUnpacker(into: folder.path)
            try unpacker.unpack(try TarReader(hashed.read)) { cancellation.isCancelled }
            try hashed.drain()
            guard hashed.size > 0 else { throw ImageError(.corrupt, "\(path) is empty") }
            let digest = try blob.commit()
            try folder.commit(as: digest)
            return (digest, hashed.size)
        } catch let error as SystemError {
            throw ImageError(error, while: "importing \(path)")
        } catch let error as ArchiveError {
            throw ImageError(.corrupt, "importing \(path): \(error)", hint: "a tar of a root file system is expected")
        } catch let error as ImageError {
            throw ImageError(error.code, "importing \(path): \(error.message)", hint: error.hint)
        }
    }
}
