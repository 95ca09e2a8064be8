package import Crypto
import Glibc
package import System

/// Images on this machine: pulled, imported or built, kept by digest, unpacked to folders that containers mount, and
/// named. Several processes may use one store.
///
/// Everything in it is put there whole: a process may be killed at any moment, and the next one finds what was finished
/// and removes what was not.
package actor ImageStore: ImageProvider {
    /// `<state>/images`.
    package nonisolated let root: String
    package nonisolated let blobs: BlobStore
    package nonisolated let layers: LayerStore
    nonisolated let registry: RegistryClient?
    nonisolated let names: TagTable
    nonisolated let platform: Platform
    nonisolated let clock: WallClock
    nonisolated let layerFlights = SingleFlight<Digest, Void>()
    nonisolated let blobFlights = SingleFlight<Digest, Void>()
    private nonisolated let pulls = SingleFlight<PullKey, ImageRecord>()
    private nonisolated let executor = ThreadExecutor(name: "belay-images")
    private var records: [Digest: ImageRecord] = [:]

    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private struct PullKey: Hashable, Sendable {
        var reference: ImageReference
        var username: String?
    }

    /// Opens the store and removes what killed processes left behind.
    ///
    /// - Parameters:
    ///   - root: its folder, made when it is not there; all of it on one file system that overlayfs takes as a lower one.
    ///   - registry: nil for a store that never asks one.
    /// - Throws: `ImageError`.
    package init(
        root: String, registry: RegistryClient?, platform: Platform = .machine, clock: WallClock = .system
    ) throws(ImageError) {
        self.root = root
        self.registry = registry
        self.platform = platform
        self.clock = clock
        names = TagTable(root: root)
        do {
            blobs = try BlobStore(root: root)
            layers = try LayerStore(blobs: blobs)
            try blobs.removeStale()
            try layers.removeStale()
        } catch {
            throw ImageError(error, while: "opening the image store")
        }
    }

    // MARK: ImageProvider

    package func image(
        _ reference: String, policy: PullPolicy, credentials: [RegistryCredential]
    ) async throws -> ReadyImage {
        let name = try ImageReference(reference)
        if let here = try local(name) {
            let mustAsk = policy == .always && name.digest == nil && !name.isLocal
            if !mustAsk { return try await ready(here, reference) }
        } else if policy == .never {
            throw ImageError(
                .neverPull, "image \(name) is not on this machine, and its pull policy is Never",
                hint: "pull, build or import it first, or use IfNotPresent")
        }
        let record = try await pull(name, credentials: credentials)
        return try await ready(record, reference)
    }

    /// Fetches an image and gives it its name, whatever is here already.
    ///
    /// - Throws: `ImageError`.
    package func pull(
        _ reference: ImageReference, credentials: [RegistryCredential] = [],
        progress: @escaping ImageProgress.Report = { _ in }
    ) async throws -> ImageRecord {
        guard let registry, !reference.isLocal else {
            throw ImageError(
                .notFound, "image \(reference) is not on this machine",
                hint: "names under localhost/ are never pulled: build it with `belay image build`, or import it")
        }
        let username = credentials.first { RegistryClient.host($0.registry) == reference.registry }?.username
        return try await pulls.run(PullKey(reference: reference, username: username)) {
            try await Pull(
                store: self, registry: registry, reference: reference, credentials: credentials, progress: progress
            ).run()
        }
    }

    // MARK: what is here

    /// What a name stands for on this machine; nil when it stands for nothing.
    package func local(_ reference: ImageReference) throws(ImageError) -> ImageRecord? {
        let all = try names.all()
        if let digest = reference.digest {
            // A pin is met by whatever brought that very digest here, under any name of the repository.
            let match = all.values.first { $0.target == digest || $0.manifest == digest }
            return try match.flatMap { (image) throws(ImageError) in try record(image.manifest) }
        }
        guard let named = all[reference.description] else { return nil }
        return try record(named.manifest)
    }

    /// An image by the digest of its manifest; nil when its manifest or config is gone.
    package func record(_ manifest: Digest) throws(ImageError) -> ImageRecord? {
        if let known = records[manifest] { return known }
        guard blobs.contains(manifest) else { return nil }
        let subject = "image \(manifest)"
        let bytes = try blobs.read(manifest, limit: ManifestDocument.limit)
        guard case .manifest(let document) = try ManifestDocument(bytes, mediaType: nil, subject) else { return nil }
        guard blobs.contains(document.config.digest) else { return nil }
        let config = try ImageConfigFile(blobs.read(document.config.digest, limit: ImageConfigFile.limit), subject)
        let record = try ImageRecord(digest: manifest, manifest: document, config: config)
        records[manifest] = record
        return record
    }

    /// The image with all of its layers unpacked; those that are not are unpacked now.
    func ready(_ record: ImageRecord, _ reference: String) async throws -> ReadyImage {
        for (diffID, layer) in zip(record.diffIDs, record.manifest.layers) where !layers.contains(diffID) {
            try await unpack(layer, diffID) { _ in }
        }
        return ReadyImage(
            digest: record.digest.description, reference: reference, config: record.config.config,
            lowerFolders: layers.lowerFolders(record.diffIDs))
    }

    /// Unpacks a layer once, however many want it.
    nonisolated func unpack(
        _ layer: Descriptor, _ diffID: Digest, progress: @escaping @Sendable (Int) -> Void
    ) async throws {
        try await layerFlights.run(diffID) { [layers] in
            try await Blocking.run(named: "belay-unpack") { cancellation in
                try layers.unpack(layer.digest, expecting: diffID, cancellation, progress: progress)
            }
        }
    }

    /// Gives an image a name, in place of what had it.
    func name(_ reference: ImageReference, _ manifest: Digest, target: Digest) throws(ImageError) {
        let named = NamedImage(manifest: manifest, target: target, time: clock.now())
        try names.change { $0[reference.description] = named }
    }

    /// What `name` stands for, as the table has it.
    func named(_ reference: ImageReference) throws(ImageError) -> NamedImage? {
        try names.all()[reference.description]
    }

    /// Keeps sweeps away for as long as the result is held, so that what is added to the store meanwhile stays until it
    /// has a name.
    package nonisolated func hold() async throws -> StoreLock { try await StoreLock.shared(root, clock: clock) }

    /// What images must be for.
    package nonisolated var machinePlatform: Platform { platform }

    /// Forgets what is known of images that are gone.
    func forget() { records = [:] }
}

/// An image of the store: its manifest and config.
package struct ImageRecord: Sendable {
    /// Of the manifest.
    package let digest: Digest
    package let manifest: ImageManifest
    package let config: ImageConfigFile
    /// Of the layers' tars, lowest first.
    package let diffIDs: [Digest]

    /// - Throws: `ImageError.corrupt` when manifest and config do not agree.
    init(digest: Digest, manifest: ImageManifest, config: ImageConfigFile) throws(ImageError) {
        self.digest = digest
        self.manifest = manifest
        self.config = config
        diffIDs = config.diffIDs
        guard diffIDs.count == manifest.layers.count else {
            throw ImageError(
                .corrupt,
                "image \(digest): the manifest has \(manifest.layers.count) layers, the config \(diffIDs.count)")
        }
        for layer in manifest.layers where !MediaType.layers.contains(layer.mediaType) {
            throw ImageError(
                .refused, "image \(digest): layer \(layer.digest) is of the unknown kind \(layer.mediaType)")
        }
    }

    /// Bytes of the blobs.
    package var size: Int { manifest.layers.reduce(manifest.config.size) { $0 + $1.size } }
}
