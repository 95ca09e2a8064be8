import Crypto
import System

/// One image on its way from a registry into the store.
struct Pull: Sendable {
    let store: ImageStore
    let registry: RegistryClient
    let reference: ImageReference
    let credentials: [RegistryCredential]
    let progress: ImageProgress.Report

    /// Layers that are fetched at a time.
    private static let width = 4

    private var repository: RegistryClient.Repository {
        RegistryClient.Repository(reference: reference, access: .pull, credentials: credentials)
    }

    func run() async throws -> ImageRecord {
        progress(ImageProgress(.resolving, reference.description))
        // Held until the image has its name: no sweep may take its parts meanwhile.
        let lock = try await StoreLock.shared(store.root, clock: store.clock)
        defer { withExtendedLifetime(lock) {} }
        if let known = try await unchanged() { return known }
        let fetched = try await registry.manifest(repository)
        let (digest, manifest) = try await choose(fetched)
        let record = try await fetchConfig(digest, manifest)
        try await fetchLayers(record)
        try await store.name(reference, digest, target: fetched.digest)
        progress(ImageProgress(.done, reference.description))
        return record
    }

    /// The image that is here, when the registry still means it by the tag.
    private func unchanged() async throws -> ImageRecord? {
        guard let named = try await store.named(reference), let record = try await store.record(named.manifest),
            record.manifest.layers.allSatisfy({ store.blobs.contains($0.digest) })
        else { return nil }
        return try await registry.resolve(repository) == named.target ? record : nil
    }

    /// The manifest for this machine, kept in the store with the index that led to it.
    private func choose(_ fetched: RegistryClient.Fetched) async throws -> (Digest, ImageManifest) {
        var fetched = fetched
        for _ in 0..<3 {
            let subject = "image \(reference)"
            let document = try ManifestDocument(fetched.bytes, mediaType: fetched.mediaType, subject)
            let kept = try BlobWriter(store.blobs, fetched.digest.algorithm)
            try kept.write(fetched.bytes)
            try kept.commit(expected: fetched.digest, subject)
            switch document {
            case .manifest(let manifest): return (fetched.digest, manifest)
            case .index(let descriptors):
                let fit = descriptors.first { $0.platform.map(store.platform.runs) ?? (descriptors.count == 1) }
                guard let fit else { throw noPlatform(descriptors) }
                fetched = try await registry.manifest(
                    RegistryClient.Repository(
                        reference: reference.at(fit.digest), access: .pull, credentials: credentials))
                guard fetched.bytes.count == fit.size else {
                    throw ImageError(
                        .corrupt,
                        "\(subject): manifest \(fit.digest) has \(fetched.bytes.count) bytes of \(fit.size) promised")
                }
            }
        }
        throw ImageError(.refused, "image \(reference): its indexes lead to indexes without end")
    }

    private func noPlatform(_ descriptors: [Descriptor]) -> ImageError {
        let all = Set(descriptors.compactMap { $0.platform?.description }).sorted().joined(separator: ", ")
        return ImageError(.refused, "image \(reference) is not for \(store.platform); it is for \(all)")
    }

    private func fetchConfig(_ digest: Digest, _ manifest: ImageManifest) async throws -> ImageRecord {
        guard manifest.config.size <= ImageConfigFile.limit else {
            throw ImageError(.refused, "image \(reference): its config of \(manifest.config.size) bytes is too long")
        }
        if !store.blobs.contains(manifest.config.digest) {
            try await registry.blob(manifest.config, of: repository, into: store.blobs) { _ in }
        }
        guard let record = try await store.record(digest) else {
            throw ImageError(.notFound, "image \(reference): its manifest is gone from the store")
        }
        let platform = record.config.platform
        guard store.platform.runs(platform) else {
            throw ImageError(.refused, "image \(reference) is for \(platform), and this machine is \(store.platform)")
        }
        return record
    }

    private func fetchLayers(_ record: ImageRecord) async throws {
        let layers = Array(zip(record.manifest.layers, record.diffIDs))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, layer) in layers.enumerated() {
                if number >= Self.width { try await group.next() }
                group.addTask { try await fetch(layer.0, layer.1) }
            }
            try await group.waitForAll()
        }
    }

    private func fetch(_ layer: Descriptor, _ diffID: Digest) async throws {
        let (progress, name, store, registry, repository) = (progress, "\(layer.digest)", store, registry, repository)
        // Images share layers: of several pulls at once, one fetches.
        try await store.blobFlights.run(layer.digest) {
            guard !store.blobs.contains(layer.digest) else { return }
            try await registry.blob(layer, of: repository, into: store.blobs) { done in
                progress(ImageProgress(.downloading, name, done: done, total: layer.size))
            }
        }
        try await store.unpack(layer, diffID) { done in
            progress(ImageProgress(.unpacking, name, done: done, total: layer.size))
        }
    }
}
