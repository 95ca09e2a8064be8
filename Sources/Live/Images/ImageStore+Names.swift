package import Crypto
package import System

/// An image as a list shows it.
package struct ImageSummary: Sendable, Hashable {
    /// `localhost/debian:12`.
    package var name: String
    /// Of the manifest.
    package var digest: Digest
    /// Bytes of its blobs.
    package var size: Int
    /// When the name was last set here.
    package var time: Timestamp
    /// RFC 3339, as the image says.
    package var created: String?
    package var platform: Platform
}

/// Names: listing, giving, taking away, and sweeping up what has none.
extension ImageStore {
    /// All images that have a name, in the order of their names.
    package func list() throws(ImageError) -> [ImageSummary] {
        var images: [ImageSummary] = []
        for (name, named) in try names.all().sorted(by: { $0.key < $1.key }) {
            guard let record = try record(named.manifest) else { continue }
            images.append(
                ImageSummary(
                    name: name, digest: record.digest, size: record.size, time: named.time,
                    created: record.config.created, platform: record.config.platform))
        }
        return images
    }

    /// An image by its name, or by its digest or the first twelve or more hexadecimal digits of it.
    ///
    /// - Throws: `ImageError.notFound`.
    package func find(_ text: String) throws(ImageError) -> ImageRecord {
        let hex = text.hasPrefix("sha256:") ? String(text.dropFirst(7)) : text
        if hex.utf8.count >= 12, hex.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }) {
            let match = try names.all().values.first { $0.manifest.hex.hasPrefix(hex) || $0.target.hex.hasPrefix(hex) }
            if let match, let record = try record(match.manifest) { return record }
        }
        let reference = try ImageReference(text)
        if let record = try local(reference) { return record }
        throw ImageError(
            .notFound, "image \(reference) is not on this machine", hint: "`belay image list` shows what is")
    }

    /// Gives an image one more name.
    package func tag(_ image: String, as name: ImageReference) throws(ImageError) {
        guard name.digest == nil else {
            throw ImageError(.invalidName, "an image cannot be named \(name): its digest is not ours to choose")
        }
        let record = try find(image)
        try self.name(name, record.digest, target: record.digest)
    }

    /// Takes a name away; the image goes with the next sweep unless it has another.
    ///
    /// - Throws: `ImageError.notFound`.
    package func remove(_ name: ImageReference) throws(ImageError) {
        var wasThere = false
        try names.change { wasThere = $0.removeValue(forKey: name.description) != nil }
        guard wasThere else { throw ImageError(.notFound, "image \(name) is not on this machine") }
    }

    /// What a sweep removed.
    package struct Swept: Sendable, Hashable {
        package var blobs = 0
        package var layers = 0
        /// Bytes of the blobs.
        package var bytes = 0
    }

    /// Removes every blob and unpacked layer that no name leads to.
    ///
    /// - Parameters:
    ///   - inUse: digests of images that containers run from, whether they have a name or not.
    ///   - kept: further blobs and layers, such as those of a build cache.
    /// - Throws: `ImageError`; what an unreadable manifest leads to cannot be known, so nothing is removed then.
    package nonisolated func prune(inUse: Set<Digest>, keeping kept: Set<Digest> = []) async throws -> Swept {
        let (swept, doomed) = try await takeAwayUnused(inUse, kept)
        // Disks can take long to free what they hold; neither pods nor pulls wait for that.
        let (blobs, layers) = (blobs, layers)
        try await Blocking.run(named: "belay-sweep") {
            do {
                for path in doomed { try Files.removeTree(path) }
                try blobs.removeStale()
                try layers.removeStale()
            } catch let error as SystemError {
                throw ImageError(error, while: "removing what is not used")
            }
        }
        return swept
    }

    private func takeAwayUnused(_ inUse: Set<Digest>, _ kept: Set<Digest>) async throws -> (Swept, [String]) {
        let lock = try await StoreLock.exclusive(root, clock: clock)
        defer { withExtendedLifetime(lock) {} }
        var marked = kept
        let named = try names.all().values
        for digest in inUse.union(named.map(\.manifest)).union(named.map(\.target)) {
            marked.insert(digest)
            try mark(digest, &marked, depth: 0)
        }
        forget()
        do { return try sweep(marked) } catch { throw ImageError(error, while: "removing what is not used") }
    }

    private func mark(_ digest: Digest, _ marked: inout Set<Digest>, depth: Int) throws(ImageError) {
        guard blobs.contains(digest), depth < 4 else { return }
        let bytes = try blobs.read(digest, limit: ManifestDocument.limit)
        switch try ManifestDocument(bytes, mediaType: nil, "image \(digest)") {
        case .index(let descriptors):
            for descriptor in descriptors where blobs.contains(descriptor.digest) {
                marked.insert(descriptor.digest)
                try mark(descriptor.digest, &marked, depth: depth + 1)
            }
        case .manifest(let manifest):
            marked.insert(manifest.config.digest)
            marked.formUnion(manifest.layers.map(\.digest))
            if let record = try record(digest) { marked.formUnion(record.diffIDs) }
        }
    }

    private func sweep(_ marked: Set<Digest>) throws(SystemError) -> (Swept, [String]) {
        var swept = Swept()
        var doomed: [String] = []
        for digest in try layers.all() where !marked.contains(digest) {
            guard let path = try layers.takeAway(digest) else { continue }
            doomed.append(path)
            swept.layers += 1
        }
        for digest in try blobs.all() where !marked.contains(digest) {
            guard let path = try blobs.takeAway(digest) else { continue }
            swept.bytes += Files.size(path)
            doomed.append(path)
            swept.blobs += 1
        }
        return (swept, doomed)
    }
}
