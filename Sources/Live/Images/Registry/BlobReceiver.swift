import Crypto
import System

/// Writes a blob as it comes, on a thread of its own: disks block.
actor BlobReceiver {
    private let executor = ThreadExecutor(name: "belay-blob")
    private let store: BlobStore
    private let descriptor: Descriptor
    private let subject: String
    private var writer: BlobWriter?

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(_ store: BlobStore, _ descriptor: Descriptor, _ subject: String) {
        self.store = store
        self.descriptor = descriptor
        self.subject = subject
    }

    /// Bytes taken so far.
    func size() throws -> Int { writer?.size ?? 0 }

    func restart() throws { try writer?.restart() }

    /// - Returns: bytes taken so far.
    /// - Throws: `ImageError.corrupt` past the size that was promised.
    func take(_ bytes: [UInt8]) throws -> Int {
        let writer = try writer ?? BlobWriter(store, descriptor.digest.algorithm)
        self.writer = writer
        guard writer.size + bytes.count <= descriptor.size else {
            self.writer = nil
            throw ImageError(.corrupt, "\(subject) is longer than the \(descriptor.size) bytes promised")
        }
        try writer.write(bytes)
        return writer.size
    }

    /// Puts the blob in its place.
    func commit() throws {
        let writer = try writer ?? BlobWriter(store, descriptor.digest.algorithm)
        self.writer = nil
        guard writer.size == descriptor.size else {
            throw ImageError(.corrupt, "\(subject) has \(writer.size) bytes of the \(descriptor.size) promised")
        }
        try writer.commit(expected: descriptor.digest, subject)
    }
}
