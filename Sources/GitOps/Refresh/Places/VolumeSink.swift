import CLinux
import Document
import Glibc
import System

/// A file on a volume that appears at once: it is written beside its place, synced and renamed.
final class VolumeSink: DataSink {
    private let file: VolumeFile
    private let parent: OwnedDescriptor
    private let descriptor: OwnedDescriptor
    /// The same each time, so that what a killed service left is written over.
    private let aside: String

    static func open(_ file: VolumeFile) async throws -> VolumeSink {
        try await Blocking.run(named: "belay-data") { try VolumeSink(file) }
    }

    private init(_ file: VolumeFile) throws {
        self.file = file
        aside = ".\(file.name).belay"
        parent = try file.parent()
        let (folder, name) = (parent.raw, aside)
        descriptor = OwnedDescriptor(
            owning: try checked("openat", on: name) {
                openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, mode_t(0o600))
            })
        try take(after: folder)
    }

    /// Gives the file the owner and mode of the one whose place it takes; of the folder's owner where there is none.
    private func take(after folder: Int32) throws {
        var old = stat()
        var mode: mode_t = 0o640
        if fstatat(folder, file.name, &old, AT_SYMLINK_NOFOLLOW) == 0, old.st_mode & S_IFMT == S_IFREG {
            mode = old.st_mode & 0o777
        } else {
            try checked("fstat", on: file.path) { fstat(folder, &old) }
        }
        let raw = descriptor.raw
        try checked("fchown", on: aside) { fchown(raw, old.st_uid, old.st_gid) }
        try checked("fchmod", on: aside) { fchmod(raw, mode) }
    }

    func write(_ piece: [UInt8]) async throws {
        let (raw, name) = (descriptor.raw, aside)
        try await Blocking.run(named: "belay-data") { try Files.write(piece, to: raw, named: name) }
    }

    func commit() async throws {
        let (raw, folder, aside, name) = (descriptor.raw, parent.raw, aside, file.name)
        do {
            try await Blocking.run(named: "belay-data") {
                try checked("fsync", on: aside) { fsync(raw) }
                try checked("renameat", on: name) { renameat(folder, aside, folder, name) }
            }
        } catch let error as SystemError {
            throw Problem("\(file.path) on the volume cannot be put in place: \(error)", at: file.origin)
        }
    }

    func abort() async {
        let (folder, aside) = (parent.raw, aside)
        try? await Blocking.run(named: "belay-data") { _ = unlinkat(folder, aside, 0) }
    }
}
