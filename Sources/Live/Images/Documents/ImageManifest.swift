import Document

/// An image's manifest: its config and its layers, lowest first (manifest.md).
package struct ImageManifest: Sendable, Hashable {
    package var config: Descriptor
    package var layers: [Descriptor]

    package init(config: Descriptor, layers: [Descriptor]) {
        self.config = config
        self.layers = layers
    }

    /// The manifest's bytes, the same for the same content.
    package var bytes: [UInt8] {
        JSON.emit([
            "schemaVersion": 2, "mediaType": .string(MediaType.manifest), "config": config.value,
            "layers": .sequence(layers.map(\.value)),
        ])
    }
}

/// What a registry gives under a tag or digest.
package enum ManifestDocument: Sendable {
    case manifest(ImageManifest)
    /// Manifests by platform (image-index.md).
    case index([Descriptor])

    package static let limit = 4 << 20

    /// - Parameters:
    ///   - mediaType: what the registry, or the descriptor that led here, says it is; nil when nobody said.
    ///   - subject: for messages.
    /// - Throws: `ImageError.corrupt` when it is neither, or both: a document that is a manifest to one reader and an index
    ///   to another is a trick (CVE-2021-41190).
    init(_ bytes: [UInt8], mediaType: String?, _ subject: String) throws(ImageError) {
        let value: Value
        do { value = try JSON.parse(bytes, limits: YAML.Limits(bytes: Self.limit, nodes: 200_000, depth: 32)) } catch {
            throw ImageError(.corrupt, "\(subject): the manifest cannot be read: \(error.message)")
        }
        let own = value["mediaType"]?.string
        if let own, let mediaType, own != mediaType {
            throw ImageError(.corrupt, "\(subject): the manifest says it is \(own), but it came as \(mediaType)")
        }
        let hasManifests = value["manifests"] != nil
        let hasLayers = value["layers"] != nil || value["config"] != nil
        guard value["schemaVersion"]?.int == 2, hasManifests != hasLayers else {
            throw ImageError(
                .corrupt,
                "\(subject): the manifest is of no form that is known (schemaVersion 2 with config and layers)")
        }
        let kind = own ?? mediaType
        let saysIndex = kind == MediaType.index || kind == MediaType.dockerIndex
        let saysManifest = kind == MediaType.manifest || kind == MediaType.dockerManifest
        guard saysIndex == hasManifests || !(saysIndex || saysManifest),
            saysManifest == hasLayers || !(saysIndex || saysManifest)
        else { throw ImageError(.corrupt, "\(subject): the manifest is not what its media type \(kind ?? "") says") }
        self = hasManifests ? try Self.index(value, subject) : try Self.manifest(value, subject)
    }

    private static func index(_ value: Value, _ subject: String) throws(ImageError) -> ManifestDocument {
        let items = value["manifests"]?.items ?? []
        guard items.count <= 1000 else {
            throw ImageError(.corrupt, "\(subject): the index has \(items.count) entries")
        }
        var descriptors: [Descriptor] = []
        for item in items { descriptors.append(try Descriptor(item, "\(subject): an entry of the index")) }
        return .index(descriptors)
    }

    private static func manifest(_ value: Value, _ subject: String) throws(ImageError) -> ManifestDocument {
        guard let config = value["config"], let layers = value["layers"]?.items, layers.count <= 500 else {
            throw ImageError(.corrupt, "\(subject): the manifest lacks a config or layers, or has too many")
        }
        var descriptors: [Descriptor] = []
        for layer in layers { descriptors.append(try Descriptor(layer, "\(subject): a layer")) }
        return .manifest(ImageManifest(config: try Descriptor(config, "\(subject): the config"), layers: descriptors))
    }
}
