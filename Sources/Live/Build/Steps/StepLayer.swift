import Archive
import Crypto
import Images
import System

/// Makes a layer of what a step left in its folder. Blocking.
struct StepLayer {
    private let store: ImageStore

    init(_ store: ImageStore) {
        self.store = store
    }

    /// Writes the folder as a tar into the store and puts the folder itself in the layers' place.
    ///
    /// - Returns: nil when nothing was changed.
    func keep(_ folder: LayerFolder) throws -> Descriptor? {
        try Files.removeTree("\(folder.path).work")
        let blob = try BlobWriter(store.blobs)
        let writer = try TarWriter { try blob.write($0) }
        var tar = LayerTar(writer)
        try tar.write(folder.path)
        guard tar.entries > 0 else { return nil }
        try writer.finish()
        let size = blob.size
        let digest = try blob.commit()
        try folder.commit(as: digest)
        return Descriptor(mediaType: MediaType.layer, digest: digest, size: size)
    }
}
