import Archive
import CLinux
package import Crypto
import Glibc
import System

/// Layers unpacked, by the digest of their tar: `layers/<hex>`. A folder that is there is whole: it was filled under
/// another name and renamed.
package struct LayerStore: Sendable {
    let root: String
    let blobs: BlobStore

    init(blobs: BlobStore) throws(SystemError) {
        root = "\(blobs.root)/layers"
        self.blobs = blobs
        // Files in it may be setuid programs of root's, and nobody but containers shall run them.
        try Files.makeFolders(root, mode: 0o700)
    }

    /// Where a layer is, or would be.
    package func path(_ diffID: Digest) -> String { "\(root)/\(diffID.hex)" }

    package func contains(_ diffID: Digest) -> Bool { Files.exists(path(diffID)) }

    /// The folders of an image's layers for overlayfs, the uppermost first.
    ///
    /// A layer that comes twice stands only in its upper place, as overlayfs takes no folder twice: whatever the lower
    /// one says, the upper one says again.
    package func lowerFolders(_ diffIDs: [Digest]) -> [String] {
        var seen: Set<Digest> = []
        return diffIDs.reversed().filter { seen.insert($0).inserted }.map(path)
    }

    /// A new folder for a layer under way, on the layers' file system, locked while the result is held.
    package func begin() throws(ImageError) -> LayerFolder { try LayerFolder(self) }

    /// Unpacks a layer's blob, checking that it is what the image's config says. Blocking.
    ///
    /// - Throws: `ImageError`; nothing is kept then.
    func unpack(
        _ blob: Digest, expecting diffID: Digest, _ cancellation: Blocking.Cancellation,
        progress: @escaping (Int) -> Void
    ) throws {
        if contains(diffID) { return }
        let path = blobs.path(blob)
        let file: OwnedDescriptor
        do { file = OwnedDescriptor(owning: try checked("open", on: path) { open(path, O_RDONLY | O_CLOEXEC) }) } catch
        {
            throw ImageError(error, while: "unpacking layer \(blob)")
        }
        var done = 0
        let source = Bytes.source(reading: file.raw, named: path)
        let found = try unpack(diffID: diffID, cancellation) { buffer in
            let count = try source(buffer)
            done += count
            progress(done)
            return count
        }
        guard found == diffID else {
            throw ImageError(.corrupt, "layer \(blob) should unpack to \(diffID), and does to \(found)")
        }
    }

    /// Unpacks a stream, and puts the folder in its place when its tar's digest is `diffID`.
    private func unpack(
        diffID: Digest, _ cancellation: Blocking.Cancellation, _ source: @escaping ByteSource
    ) throws -> Digest {
        let folder = try begin()
        let hashed = HashedSource(try Decompressor(source), diffID.algorithm)
        do {
            var unpacker = try LayerUnpacker(into: folder.path)
            try unpacker.unpack(try TarReader(hashed.read)) { cancellation.isCancelled }
            try hashed.drain()
        } catch let error as SystemError {
            throw ImageError(error, while: "unpacking layer \(diffID)")
        } catch let error as ArchiveError {
            throw ImageError(error.code == .tooLarge ? .refused : .corrupt, "unpacking layer \(diffID): \(error)")
        } catch let error as ImageError {
            throw ImageError(error.code, "unpacking layer \(diffID): \(error.message)", hint: error.hint)
        }
        let found = hashed.digest
        if found == diffID { try folder.commit(as: diffID) }
        return found
    }

    func all() throws(SystemError) -> [Digest] {
        try Files.names(in: root).compactMap { Digest("sha256:\($0)") ?? Digest("sha512:\($0)") }
    }

    /// Takes a layer away at once, by giving it another name.
    ///
    /// - Returns: the name, for `Files.removeTree`, which may take long; nil when the layer was gone.
    func takeAway(_ diffID: Digest) throws(SystemError) -> String? {
        let doomed = "\(root)/.new-gone-\(diffID.hex)-\(UInt64.random(in: 0...UInt64.max))"
        if rename(path(diffID), doomed) == 0 { return doomed }
        if errno == ENOENT { return nil }
        throw SystemError(errno, call: "rename", subject: path(diffID))
    }

    /// Removes what killed unpackings left behind.
    func removeStale() throws(SystemError) {
        for name in try Files.names(in: root) where name.hasPrefix(".new-") { try StaleWork.remove("\(root)/\(name)") }
    }
}

/// A layer's folder under way; it goes with its contents unless it is committed. Beside it, as `<path>.work`, there is
/// room for overlayfs' work folder.
package final class LayerFolder {
    /// Where the layer's content goes.
    package let path: String
    private let holder: String
    private let store: LayerStore
    private let lock: OwnedDescriptor

    init(_ store: LayerStore) throws(ImageError) {
        self.store = store
        let holder = "\(store.root)/.new-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
        self.holder = holder
        let path = "\(holder)/layer"
        self.path = path
        do {
            try checked("mkdir", on: holder) { mkdir(holder, 0o700) }
            lock = try StaleWork.openLocked(holder, flags: O_RDONLY | O_DIRECTORY)
            try checked("mkdir", on: path) { mkdir(path, 0o755) }
            try checked("chmod", on: path) { chmod(path, 0o755) }
        } catch {
            throw ImageError(error, while: "making room for a layer")
        }
    }

    deinit {
        // What cannot be removed now is removed when a store is opened next.
        try? Files.removeTree(holder)
    }

    /// Puts the folder in its place; when another has put the same layer there meanwhile, that one counts.
    package func commit(as diffID: Digest) throws(ImageError) {
        let target = store.path(diffID)
        do throws(SystemError) {
            try checked("syncfs", on: path) { linux_syncfs(lock.raw) }
            if rename(path, target) == -1, errno != EEXIST, errno != ENOTEMPTY {
                throw SystemError(errno, call: "rename", subject: target)
            }
        } catch {
            throw ImageError(error, while: "keeping layer \(diffID)")
        }
    }
}

/// An unpacked stream, hashed as it is read.
final class HashedSource {
    private let decompressor: Decompressor
    private let stream: DigestStream
    private let sink: ((UnsafeRawBufferPointer) throws -> Void)?
    private(set) var size = 0

    /// - Parameter sink: gets all bytes as they are read.
    init(
        _ decompressor: Decompressor, _ algorithm: Digest.Algorithm,
        sink: ((UnsafeRawBufferPointer) throws -> Void)? = nil
    ) {
        self.decompressor = decompressor
        stream = DigestStream(algorithm)
        self.sink = sink
    }

    func read(_ buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        let count = try decompressor.read(into: buffer)
        let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
        stream.update(bytes)
        try sink?(bytes)
        size += count
        return count
    }

    /// Reads what follows a tar's end, which belongs to the digest.
    func drain() throws {
        var rest = [UInt8](repeating: 0, count: 64 << 10)
        while try rest.withUnsafeMutableBytes({ try read($0) }) > 0 {}
    }

    /// Of what was read so far.
    var digest: Digest { stream.copy().finish() }
}
