import CLinux
import Document
import Glibc
import System

/// A file on a volume, as it is while nobody writes to it.
struct VolumeSource: DataSource {
    let file: VolumeFile

    private static let piece = 256 << 10

    func read(_ write: @escaping @Sendable ([UInt8]) async throws -> Void) async throws {
        // The folder is on this machine's disk: opening does not wait for anybody.
        let descriptor = try file.open(file.path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW)
        let raw = descriptor.raw
        let before = try look(at: raw)
        while true {
            let piece = try await Blocking.run(named: "belay-data") {
                var bytes = [UInt8](repeating: 0, count: Self.piece)
                let count = try checked("read", on: file.path) { Glibc.read(raw, &bytes, bytes.count) }
                bytes.removeLast(bytes.count - count)
                return bytes
            }
            if piece.isEmpty { break }
            try await write(piece)
        }
        guard try look(at: raw) == before else {
            throw Problem("\(file.path) on the volume changed while it was read", at: file.origin)
        }
    }

    /// What changes with every write.
    private struct Look: Equatable {
        var size: Int
        var seconds: Int
        var nanoseconds: Int
    }

    private func look(at descriptor: Int32) throws -> Look {
        var status = stat()
        try checked("fstat", on: file.path) { fstat(descriptor, &status) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw Problem("\(file.path) on the volume is no file", at: file.origin)
        }
        return Look(size: status.st_size, seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec)
    }
}
