import Crypto
import Glibc
import Synchronization
import System
import Transport

/// Giving images to a registry.
extension RegistryClient {
    /// Sends a blob unless the registry has it.
    func push(
        _ descriptor: Descriptor, from store: BlobStore, to repository: Repository,
        progress: @escaping @Sendable (Int) -> Void
    ) async throws {
        let subject = "image \(repository.reference): blob \(descriptor.digest)"
        let head = HTTPRequest("HEAD", try url(repository, "blobs/\(descriptor.digest)"))
        if try await send(head, to: repository, subject, accepting: [404]).isSuccess { return }
        let start = HTTPRequest("POST", try url(repository, "blobs/uploads/"))
        let session = try await send(start, to: repository, subject)
        guard let location = session.headers["Location"] else {
            throw ImageError(.unreachable, "\(subject): the registry says no place to upload to")
        }
        var request = HTTPRequest("PUT", try upload(location, descriptor, session, subject))
        request.headers["Content-Type"] = "application/octet-stream"
        let path = store.path(descriptor.digest)
        request.body = .stream(length: descriptor.size) { FileChunks(path: path, progress: progress) }
        // An upload's address can be used once.
        request.isIdempotent = false
        request.timeouts.idle = .seconds(300)
        _ = try await send(request, to: repository, subject)
    }

    /// Sends a manifest under the reference's tag.
    func push(_ manifest: [UInt8], mediaType: String, to repository: Repository) async throws {
        let subject = "image \(repository.reference)"
        var request = HTTPRequest("PUT", try url(repository, "manifests/\(repository.reference.target)"))
        request.headers["Content-Type"] = mediaType
        request.body = .bytes(manifest)
        _ = try await send(request, to: repository, subject)
    }

    private func upload(
        _ location: String, _ descriptor: Descriptor, _ session: HTTPResponse, _ subject: String
    ) throws -> WebURL {
        let place = try WebURL(location, relativeTo: session.url)
        guard place.hasOrigin(of: session.url) || place.scheme == "https" else {
            throw ImageError(.refused, "\(subject): the registry wants it uploaded to \(place), which is not encrypted")
        }
        let query = place.query.map { "\($0)&" } ?? ""
        return try WebURL("?\(query)digest=\(WebURL.escaped(descriptor.digest.description))", relativeTo: place)
    }
}

/// A file's bytes in pieces, read on a thread of its own.
struct FileChunks: AsyncSequence, Sendable {
    typealias Element = [UInt8]
    typealias Failure = any Error

    let path: String
    /// Gets the bytes read so far.
    let progress: @Sendable (Int) -> Void

    func makeAsyncIterator() -> Iterator { Iterator(reader: Reader(path), progress: progress) }

    struct Iterator: AsyncIteratorProtocol {
        fileprivate let reader: Reader
        let progress: @Sendable (Int) -> Void
        private var done = 0

        fileprivate init(reader: Reader, progress: @escaping @Sendable (Int) -> Void) {
            self.reader = reader
            self.progress = progress
        }

        mutating func next() async throws -> [UInt8]? {
            let bytes = try await reader.next()
            done += bytes.count
            progress(done)
            return bytes.isEmpty ? nil : bytes
        }
    }

    fileprivate actor Reader {
        private let executor = ThreadExecutor(name: "belay-blob")
        private let path: String
        private var file: Int32 = -1

        nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

        init(_ path: String) { self.path = path }

        deinit { if file != -1 { close(file) } }

        func next() throws -> [UInt8] {
            if file == -1 { file = try checked("open", on: path) { open(path, O_RDONLY | O_CLOEXEC) } }
            var chunk = [UInt8](repeating: 0, count: 512 << 10)
            let descriptor = file
            let count = try checked("read", on: path) {
                chunk.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            }
            chunk.removeLast(chunk.count - count)
            return chunk
        }
    }
}
