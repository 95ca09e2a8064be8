package import Crypto
import Document
import Glibc
package import Images
import System

/// What steps made, by a digest over all that they depend on: `<store>/build/<hex>.json`. An entry is only good as long
/// as its layer is in the store.
package struct BuildCache: Sendable {
    private let folder: String
    private let store: ImageStore

    package init(store: ImageStore) throws(ImageError) {
        self.store = store
        folder = "\(store.root)/build"
        do { try Files.makeFolders(folder, mode: 0o700) } catch {
            throw ImageError(error, while: "opening the build cache")
        }
    }

    /// What a step made.
    struct Entry: Sendable {
        /// nil when it changed no files.
        var layer: Descriptor?
        /// RFC 3339; kept so that building again gives the same image.
        var created: String
    }

    /// What is known of a step; an entry that cannot be read counts as none.
    func entry(_ key: Digest) -> Entry? {
        guard let bytes = try? Files.read(path(key), limit: 1 << 20), let value = try? JSON.parse(bytes),
            let created = value["created"]?.string
        else { return nil }
        guard let digest = value["layer"]?.string else { return Entry(layer: nil, created: created) }
        guard let digest = Digest(digest), let size = value["size"]?.int, store.blobs.contains(digest),
            store.layers.contains(digest)
        else { return nil }
        return Entry(layer: Descriptor(mediaType: MediaType.layer, digest: digest, size: size), created: created)
    }

    func keep(_ entry: Entry, as key: Digest) throws(ImageError) {
        var value: Value = ["created": .string(entry.created)]
        if let layer = entry.layer {
            value["layer"] = .string(layer.digest.description)
            value["size"] = .int(layer.size)
        }
        do { try Files.replace(path(key), with: JSON.emit(value), mode: 0o600) } catch {
            throw ImageError(error, while: "keeping a build step")
        }
    }

    /// The layers of all entries, for `ImageStore.prune(inUse:keeping:)`.
    package func layers() throws(ImageError) -> Set<Digest> {
        do {
            var found: Set<Digest> = []
            for name in try Files.names(in: folder) where name.hasSuffix(".json") {
                guard let key = Digest("sha256:\(name.dropLast(5))"), let layer = entry(key)?.layer else { continue }
                found.insert(layer.digest)
            }
            return found
        } catch {
            throw ImageError(error, while: "reading the build cache")
        }
    }

    /// Forgets all steps; their layers go with the next sweep unless an image has them.
    package func clear() throws(ImageError) {
        do {
            for name in try Files.names(in: folder) { try Files.remove("\(folder)/\(name)") }
        } catch {
            throw ImageError(error, while: "clearing the build cache")
        }
    }

    private func path(_ key: Digest) -> String { "\(folder)/\(key.hex).json" }
}

/// A digest over texts, each with its length, so that no two lists give the same.
struct KeyBuilder {
    private var bytes: [UInt8] = []

    mutating func add(_ text: String) {
        bytes += Array("\(text.utf8.count):\(text)".utf8)
    }

    mutating func add(_ texts: [String]) {
        add("\(texts.count)")
        for text in texts { add(text) }
    }

    var digest: Digest { .sha256(bytes) }
}
