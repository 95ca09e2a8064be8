package import Crypto
package import Document

/// What one document says of another: its kind, digest and size (descriptor.md).
package struct Descriptor: Sendable, Hashable {
    package var mediaType: String
    package var digest: Digest
    /// Bytes.
    package var size: Int
    package var platform: Platform?

    package init(mediaType: String, digest: Digest, size: Int, platform: Platform? = nil) {
        self.mediaType = mediaType
        self.digest = digest
        self.size = size
        self.platform = platform
    }

    init(_ value: Value, _ subject: String) throws(ImageError) {
        guard let text = value["digest"]?.string, let digest = Digest(text), digest.algorithm != .sha1,
            let size = value["size"]?.int, size >= 0
        else { throw ImageError(.corrupt, "\(subject) lacks a digest or size that is one") }
        self.init(
            mediaType: value["mediaType"]?.string ?? "", digest: digest, size: size,
            platform: value["platform"].map { Platform($0) })
        if value["urls"]?.items?.isEmpty == false,
            mediaType.contains("foreign") || mediaType.contains("nondistributable")
        {
            throw ImageError(.refused, "\(subject) is a layer that its registry does not hold (\(mediaType))")
        }
    }

    package var value: Value {
        ["mediaType": .string(mediaType), "digest": .string(digest.description), "size": .int(size)]
    }
}

/// Names of kinds of documents (media-types.md), and Docker's for the same.
package enum MediaType {
    package static let index = "application/vnd.oci.image.index.v1+json"
    package static let manifest = "application/vnd.oci.image.manifest.v1+json"
    package static let config = "application/vnd.oci.image.config.v1+json"
    package static let layer = "application/vnd.oci.image.layer.v1.tar"
    package static let dockerIndex = "application/vnd.docker.distribution.manifest.list.v2+json"
    package static let dockerManifest = "application/vnd.docker.distribution.manifest.v2+json"

    /// What a registry is asked for.
    static let accepted = [index, manifest, dockerIndex, dockerManifest].joined(separator: ", ")

    static let layers: Set<String> = [
        layer, layer + "+gzip", layer + "+zstd", "application/vnd.docker.image.rootfs.diff.tar",
        "application/vnd.docker.image.rootfs.diff.tar.gzip", "application/vnd.docker.image.rootfs.diff.tar.zstd",
    ]
}
