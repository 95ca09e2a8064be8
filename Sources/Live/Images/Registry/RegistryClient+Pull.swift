import Crypto
import Transport

/// Taking images from a registry.
extension RegistryClient {
    /// A manifest, or an index, with its bytes checked against their digest.
    struct Fetched: Sendable {
        var bytes: [UInt8]
        var mediaType: String?
        var digest: Digest
    }

    /// The digest that a tag stands for now; nil when the registry does not tell without sending the manifest.
    func resolve(_ repository: Repository) async throws -> Digest? {
        let subject = "image \(repository.reference)"
        var request = HTTPRequest("HEAD", try url(repository, "manifests/\(repository.reference.target)"))
        request.headers["Accept"] = MediaType.accepted
        let response = try await send(request, to: repository, subject)
        return response.headers["Docker-Content-Digest"].flatMap { Digest($0) }
    }

    /// What is under the reference's tag or digest.
    func manifest(_ repository: Repository) async throws -> Fetched {
        let subject = "image \(repository.reference)"
        var request = HTTPRequest("GET", try url(repository, "manifests/\(repository.reference.target)"))
        request.headers["Accept"] = MediaType.accepted
        let response = try await send(request, to: repository, subject)
        let bytes: [UInt8]
        do { bytes = try await response.collect(limit: ManifestDocument.limit) } catch let error as HTTPError {
            throw ImageError(error.code == .tooLarge ? .refused : .unreachable, "\(subject): \(error)")
        }
        let type = response.headers["Content-Type"]?.prefix { $0 != ";" }
        let promised = repository.reference.digest ?? response.headers["Docker-Content-Digest"].flatMap { Digest($0) }
        let found = Digest.of(bytes, by: promised?.algorithm ?? .sha256)
        if let promised, promised != found {
            throw ImageError(.corrupt, "\(subject): the manifest's digest should be \(promised), and is \(found)")
        }
        return Fetched(bytes: bytes, mediaType: type.map(String.init), digest: found)
    }

    /// Fetches a blob into the store, checking size and digest on the way; a transfer that breaks goes on from where it
    /// broke.
    ///
    /// - Parameter progress: bytes so far.
    func blob(
        _ descriptor: Descriptor, of repository: Repository, into store: BlobStore,
        progress: @escaping @Sendable (Int) -> Void
    ) async throws {
        let subject = "image \(repository.reference): blob \(descriptor.digest)"
        let receiver = BlobReceiver(store, descriptor, subject)
        let attempts = 5
        for attempt in 1...attempts {
            let before = try await receiver.size()
            do {
                try await receive(descriptor, of: repository, subject, receiver, progress)
                return try await receiver.commit()
            } catch let error as HTTPError where error.code == .transfer || error.code == .timeout {
                let hasMoved = try await receiver.size() > before
                guard attempt < attempts, hasMoved else { throw ImageError(.unreachable, "\(subject): \(error)") }
            } catch let error as HTTPError {
                throw ImageError(.unreachable, "\(subject): \(error)")
            }
        }
    }

    private func receive(
        _ descriptor: Descriptor, of repository: Repository, _ subject: String, _ receiver: BlobReceiver,
        _ progress: @Sendable (Int) -> Void
    ) async throws {
        var request = HTTPRequest("GET", try url(repository, "blobs/\(descriptor.digest)"))
        let offset = try await receiver.size()
        if offset > 0 { request.headers["Range"] = "bytes=\(offset)-" }
        let response = try await send(request, to: repository, subject)
        let goesOn = response.status == 206 && response.headers["Content-Range"]?.hasPrefix("bytes \(offset)-") == true
        if !goesOn { try await receiver.restart() }
        for try await chunk in response.body { progress(try await receiver.take(chunk)) }
    }
}
