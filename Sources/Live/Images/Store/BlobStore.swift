import Archive
package import Crypto
import Glibc
import Synchronization
import System

/// Blobs by digest, in files: `blobs/sha256/<hex>`. A file that is there is whole: it was written elsewhere, checked,
/// synced and renamed.
package struct BlobStore: Sendable {
    let root: String

    init(root: String) throws(SystemError) {
        self.root = root
        for algorithm in ["sha256", "sha512"] { try Files.makeFolders("\(root)/blobs/\(algorithm)", mode: 0o700) }
        try Files.makeFolders("\(root)/ingest", mode: 0o700)
    }

    /// Where a blob is, or would be.
    package func path(_ digest: Digest) -> String { "\(root)/blobs/\(digest.algorithm.rawValue)/\(digest.hex)" }

    package func contains(_ digest: Digest) -> Bool { Files.exists(path(digest)) }

    /// A small blob's bytes.
    ///
    /// - Throws: `ImageError.notFound`; `ImageError.corrupt` when the disk no longer holds what it held.
    package func read(_ digest: Digest, limit: Int) throws(ImageError) -> [UInt8] {
        let bytes: [UInt8]
        do { bytes = try Files.read(path(digest), limit: limit) } catch {
            if error.code == ENOENT { throw ImageError(.notFound, "blob \(digest) is not in the store") }
            throw ImageError(error, while: "reading blob \(digest)")
        }
        guard Digest.of(bytes, by: digest.algorithm) == digest else {
            throw ImageError(.corrupt, "blob \(digest) was changed on disk", hint: "remove the image and pull it again")
        }
        return bytes
    }

    /// Keeps a small blob.
    package func add(_ bytes: [UInt8]) throws(ImageError) -> Digest {
        let digest = Digest.sha256(bytes)
        if contains(digest) { return digest }
        let writer = try BlobWriter(self)
        try writer.write(bytes)
        return try writer.commit()
    }

    /// Digests of all blobs.
    func all() throws(SystemError) -> [Digest] {
        var digests: [Digest] = []
        for algorithm in ["sha256", "sha512"] {
            digests += try Files.names(in: "\(root)/blobs/\(algorithm)").compactMap { Digest("\(algorithm):\($0)") }
        }
        return digests
    }

    /// Takes a blob away at once, by giving it another name.
    ///
    /// - Returns: the name, for the removal that may take long; nil when the blob was gone.
    func takeAway(_ digest: Digest) throws(SystemError) -> String? {
        let doomed = temporaryPath()
        if rename(path(digest), doomed) == 0 { return doomed }
        if errno == ENOENT { return nil }
        throw SystemError(errno, call: "rename", subject: path(digest))
    }

    /// Removes what killed writers left behind: files that nobody holds a lock on any more.
    func removeStale() throws(SystemError) {
        for name in try Files.names(in: "\(root)/ingest") {
            try StaleWork.remove("\(root)/ingest/\(name)")
        }
    }

    private static let count = Atomic<UInt64>(0)

    /// A path in the ingest folder that no other writer has.
    func temporaryPath() -> String {
        let number = Self.count.add(1, ordering: .relaxed).newValue
        return "\(root)/ingest/\(getpid())-\(number)-\(UInt64.random(in: 0...UInt64.max))"
    }
}

/// Files and folders under way are locked by whoever makes them (flock(2)), and the lock goes with the process.
enum StaleWork {
    /// Opens something under way, locked until it is closed.
    static func openLocked(_ path: String, flags: Int32) throws(SystemError) -> OwnedDescriptor {
        let file = OwnedDescriptor(
            owning: try checked("open", on: path) { open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0o600) })
        try checked("flock", on: path) { flock(file.raw, LOCK_EX | LOCK_NB) }
        return file
    }

    /// Removes something under way unless its maker lives.
    static func remove(_ path: String) throws(SystemError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor != -1 else { return }
        let file = OwnedDescriptor(owning: descriptor)
        guard flock(file.raw, LOCK_EX | LOCK_NB) == 0 else { return }
        try Files.removeTree(path)
    }
}

/// A blob on its way into the store: hashed while it is written, in place only once it is whole. One that is let go
/// leaves nothing.
package final class BlobWriter {
    private let store: BlobStore
    private let path: String
    private let file: OwnedDescriptor
    private var digest: DigestStream
    package private(set) var size = 0
    private var isCommitted = false
    private let algorithm: Digest.Algorithm

    package init(_ store: BlobStore, _ algorithm: Digest.Algorithm = .sha256) throws(ImageError) {
        self.store = store
        self.algorithm = algorithm
        let path = store.temporaryPath()
        self.path = path
        do throws(SystemError) {
            file = try StaleWork.openLocked(path, flags: O_RDWR | O_CREAT | O_EXCL)
        } catch {
            throw ImageError(error, while: "keeping a blob")
        }
        digest = DigestStream(algorithm)
    }

    deinit {
        if !isCommitted { unlink(path) }
    }

    package func write(_ bytes: UnsafeRawBufferPointer) throws(ImageError) {
        var rest = bytes
        while !rest.isEmpty {
            let part = rest
            let count: Int
            do throws(SystemError) {
                count = try checked("write", on: path) { Glibc.write(file.raw, part.baseAddress, part.count) }
            } catch {
                throw ImageError(error, while: "keeping a blob")
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
        digest.update(bytes)
        size += bytes.count
    }

    package func write(_ bytes: [UInt8]) throws(ImageError) {
        try bytes.withUnsafeBufferPointer { (buffer) throws(ImageError) in try write(UnsafeRawBufferPointer(buffer)) }
    }

    /// Starts over: what was written is dropped.
    func restart() throws(ImageError) {
        do {
            try checked("ftruncate", on: path) { ftruncate(file.raw, 0) }
            try checked("lseek", on: path) { lseek(file.raw, 0, SEEK_SET) }
        } catch {
            throw ImageError(error, while: "keeping a blob")
        }
        digest = DigestStream(algorithm)
        size = 0
    }

    /// Puts the blob in its place.
    ///
    /// - Parameters:
    ///   - expected: refused when it is another one.
    ///   - subject: for messages.
    /// - Throws: `ImageError.corrupt`; nothing is kept then.
    @discardableResult
    package func commit(expected: Digest? = nil, _ subject: String = "blob") throws(ImageError) -> Digest {
        let found = digest.copy().finish()
        if let expected, expected != found {
            throw ImageError(.corrupt, "\(subject): the digest should be \(expected), and is \(found)")
        }
        do {
            try checked("fsync", on: path) { fsync(file.raw) }
            try checked("rename", on: path) { rename(path, store.path(found)) }
        } catch {
            throw ImageError(error, while: "keeping \(subject)")
        }
        isCommitted = true
        return found
    }
}
