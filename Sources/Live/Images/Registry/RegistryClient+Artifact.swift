package import Crypto
import Document
import Transport

/// What is in a registry and is no image: a manifest whose layers are files.
package struct Artifact: Sendable {
    /// Of the manifest.
    package var digest: Digest
    /// Contents by media type, of the kinds that were asked for.
    package var layers: [String: [UInt8]]
    /// Media types of all layers.
    package var kinds: [String]
}

extension RegistryClient {
    /// Fetches files of an artifact into memory, each checked against size and digest.
    ///
    /// - Parameters:
    ///   - types: media types of the layers that are wanted; those that are not there are left out.
    ///   - limit: bytes of one layer.
    ///   - check: looks at all layers before any is fetched, and may throw.
    /// - Throws: `ImageError`; what `check` throws.
    package func artifact(
        _ reference: ImageReference, types: [String], credentials: [RegistryCredential], limit: Int,
        check: ([Descriptor]) throws -> Void = { _ in }
    ) async throws -> Artifact {
        let repository = Repository(reference: reference, access: .pull, credentials: credentials)
        let subject = "artifact \(reference)"
        let fetched = try await manifest(repository)
        guard
            case .manifest(let manifest) = try ManifestDocument(
                fetched.bytes, mediaType: fetched.mediaType, subject)
        else { throw ImageError(.refused, "\(subject) is an index and no manifest") }
        try check(manifest.layers)
        var artifact = Artifact(digest: fetched.digest, layers: [:], kinds: manifest.layers.map(\.mediaType))
        for layer in manifest.layers where types.contains(layer.mediaType) {
            artifact.layers[layer.mediaType] = try await bytes(layer, of: repository, subject, limit: limit)
        }
        return artifact
    }

    private func bytes(
        _ layer: Descriptor, of repository: Repository, _ subject: String, limit: Int
    ) async throws -> [UInt8] {
        guard layer.size <= limit else {
            throw ImageError(.refused, "\(subject): a layer has \(layer.size) bytes, more than the \(limit) allowed")
        }
        let request = HTTPRequest("GET", try url(repository, "blobs/\(layer.digest)"))
        let response = try await send(request, to: repository, subject)
        let bytes: [UInt8]
        do {
            bytes = try await response.collect(limit: layer.size)
        } catch let error as HTTPError {
            throw ImageError(error.code == .tooLarge ? .corrupt : .unreachable, "\(subject): \(error)")
        }
        guard Digest.of(bytes, by: layer.digest.algorithm) == layer.digest else {
            throw ImageError(.corrupt, "\(subject): a layer's digest should be \(layer.digest), and is another")
        }
        return bytes
    }

    /// The tags of a repository.
    package func tags(of reference: ImageReference, credentials: [RegistryCredential]) async throws -> [String] {
        let repository = Repository(reference: reference, access: .pull, credentials: credentials)
        let subject = "tags of \(reference.registry)/\(reference.repository)"
        let response = try await send(HTTPRequest("GET", try url(repository, "tags/list")), to: repository, subject)
        do {
            let value = try JSON.parse(try await response.collect(limit: 16 << 20))
            return (value["tags"]?.items ?? []).compactMap(\.string)
        } catch {
            throw ImageError(.unreachable, "\(subject): the registry's answer is no list: \(error)")
        }
    }
}
