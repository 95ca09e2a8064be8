import Archive
import CLinux
import Glibc
import System

/// Writes a layer's entries into a folder that becomes one of overlayfs' lower ones: whiteouts as devices 0:0, opaque
/// folders by attribute (https://docs.kernel.org/filesystems/overlayfs.html; OCI layer.md).
///
/// A layer comes from outside. Each entry's folder is found by the kernel within the root, entries are made by name in
/// that folder and never through a link, and what a layer must not hold is refused by its name.
struct LayerUnpacker: ~Copyable {
    private let root: RootFolder
    private var parent: (path: EntryPath, descriptor: Int32)?
    private var times: [(path: EntryPath, entry: ArchiveEntry)] = []
    private static let opaque = "trusted.overlay.opaque"

    /// - Parameter path: an empty folder.
    init(into path: String) throws(SystemError) {
        root = try RootFolder(path)
    }

    deinit {
        if let parent { close(parent.descriptor) }
    }

    /// Takes all entries of a layer.
    ///
    /// - Parameter isCancelled: asked now and then; true ends the work with `CancellationError`.
    mutating func unpack(_ reader: TarReader, isCancelled: () -> Bool = { false }) throws {
        while let entry = try reader.next() {
            if isCancelled() { throw CancellationError() }
            do { try unpack(entry, reader) } catch let error as SystemError {
                throw ImageError(error, while: "entry “\(entry.name)”")
            }
        }
        for (path, entry) in times.reversed() { try finishFolder(path, entry) }
    }

    private mutating func unpack(_ entry: ArchiveEntry, _ reader: TarReader) throws {
        let path = try EntryPath(entry.path)
        if path.isRoot {
            guard entry.kind == .folder else {
                throw ImageError(.refused, "entry “\(entry.name)” is the root and no folder")
            }
            return times.append((path, entry))
        }
        if path.name.starts(with: Whiteout.prefix) { return try whiteOut(path, entry) }
        let folder = try folder(of: path)
        let name = (path.name + [0]).map { CChar(bitPattern: $0) }
        switch entry.kind {
        case .folder:
            try makeFolder(name, in: folder, path)
            times.append((path, entry))
        case .file: try makeFile(name, in: folder, entry, reader)
        case .symbolicLink(let target): try makeLink(name, in: folder, entry, to: target)
        case .hardLink(let target): try makeHardLink(name, in: folder, entry, to: target)
        case .pipe:
            try replacing(name, in: folder) { mkfifoat(folder, name, 0o600) }
            try setMetadata(name, in: folder, entry)
        case .characterDevice, .blockDevice:
            // Root file systems made on a machine have a /dev; containers get their own, so that one is left out.
            guard path.parts.count > 1, path.parts[0].elementsEqual("dev".utf8) else {
                throw ImageError(.refused, "entry “\(entry.name)” is a device, which an image must not bring")
            }
        case .other: throw ImageError(.refused, "entry “\(entry.name)” is of a kind that an image must not bring")
        }
    }

    // MARK: kinds

    private mutating func makeFolder(_ name: [CChar], in folder: Int32, _ path: EntryPath) throws {
        if mkdirat(folder, name, 0o755) == 0 { return }
        guard errno == EEXIST else { throw SystemError(errno, call: "mkdirat", subject: path.text) }
        var status = stat()
        try checked("fstatat", on: path.text) { fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) }
        if FileKind(status) == .folder { return }
        let hidesLower = Whiteout.isOne(status)
        try checked("unlinkat", on: path.text) { unlinkat(folder, name, 0) }
        try checked("mkdirat", on: path.text) { mkdirat(folder, name, 0o755) }
        if hidesLower { try setOpaque(path) }
    }

    private func makeFile(_ name: [CChar], in folder: Int32, _ entry: ArchiveEntry, _ reader: TarReader) throws {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let file = OwnedDescriptor(owning: try replacing(name, in: folder) { openat(folder, name, flags, 0o600) })
        var end = 0
        try reader.forEachRun { offset, run in
            var rest = run
            end = offset
            while !rest.isEmpty {
                let place = end
                let count = try checked("write", on: entry.name) {
                    pwrite(file.raw, rest.baseAddress, rest.count, off_t(place))
                }
                end += count
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
        if end < entry.size { try checked("ftruncate", on: entry.name) { ftruncate(file.raw, off_t(entry.size)) } }
        try checked("fchown", on: entry.name) { fchown(file.raw, entry.user, entry.group) }
        try checked("fchmod", on: entry.name) { fchmod(file.raw, mode_t(entry.mode & 0o7777)) }
        // After the owner, as a change of owner drops capabilities.
        try setAttributes(entry) { name, value in fsetxattr(file.raw, name, value.baseAddress, value.count, 0) }
        let times = entry.times
        try checked("futimens", on: entry.name) { futimens(file.raw, times) }
    }

    private func makeLink(_ name: [CChar], in folder: Int32, _ entry: ArchiveEntry, to target: [UInt8]) throws {
        let target = (target + [0]).map { CChar(bitPattern: $0) }
        try replacing(name, in: folder) { symlinkat(target, folder, name) }
        try setMetadata(name, in: folder, entry)
    }

    private func makeHardLink(_ name: [CChar], in folder: Int32, _ entry: ArchiveEntry, to target: [UInt8]) throws {
        let path = try EntryPath(target)
        let source = try linkTarget(path, entry)
        var status = stat()
        try checked("fstat", on: path.text) { fstat(source.raw, &status) }
        guard FileKind(status) != .folder, !Whiteout.isOne(status) else {
            throw ImageError(.refused, "entry “\(entry.name)” is a hard link to “\(path.text)”, which is no file")
        }
        // To itself: replacing it would remove the only name.
        var present = stat()
        if fstatat(folder, name, &present, AT_SYMLINK_NOFOLLOW) == 0, present.st_ino == status.st_ino { return }
        try replacing(name, in: folder) {
            linkat(AT_FDCWD, "/proc/self/fd/\(source.raw)", folder, name, AT_SYMLINK_FOLLOW)
        }
    }

    private func linkTarget(_ path: EntryPath, _ entry: ArchiveEntry) throws -> OwnedDescriptor {
        do { return try root.open(path, flags: linux_O_PATH | O_NOFOLLOW) } catch {
            guard [ENOENT, ENOTDIR, ELOOP, EXDEV].contains(error.code) else { throw error }
            throw ImageError(
                .refused, "entry “\(entry.name)” is a link to “\(path.text)”, which the layer does not hold")
        }
    }

    private mutating func whiteOut(_ path: EntryPath, _ entry: ArchiveEntry) throws {
        let name = path.name
        if name == Whiteout.opaqueMarker {
            guard !path.parent.isRoot else {
                throw ImageError(.refused, "entry “\(entry.name)” hides all layers below, which is not supported")
            }
            _ = try folder(of: path)
            return try setOpaque(path.parent)
        }
        if name.starts(with: Whiteout.prefix + Whiteout.prefix) { return }  // AUFS' own bookkeeping
        let hidden = Array(name.dropFirst(Whiteout.prefix.count))
        guard !hidden.isEmpty, hidden != [46], hidden != [46, 46] else {
            throw ImageError(.refused, "entry “\(entry.name)” hides what has no name")
        }
        let folder = try folder(of: path)
        let hiddenName = (hidden + [0]).map { CChar(bitPattern: $0) }
        var status = stat()
        if fstatat(folder, hiddenName, &status, AT_SYMLINK_NOFOLLOW) == 0 {
            // The layer itself has such an entry, which stays: only what lies below is hidden.
            if FileKind(status) == .folder { try setOpaque(try EntryPath(path.parent.text.utf8 + [47] + hidden)) }
            return
        }
        try checked("mknodat", on: entry.name) { mknodat(folder, hiddenName, FileKind.characterDevice.bits, 0) }
    }

    // MARK: parts

    /// The folder that an entry goes into; entries come folder by folder, so the last one is kept open. It cannot be
    /// another meanwhile: what replaces it is an entry of its own parent.
    private mutating func folder(of path: EntryPath) throws -> Int32 {
        let wanted = path.parent
        if let parent, parent.path == wanted { return parent.descriptor }
        let descriptor = try openFolder(of: path).release()
        if let parent { close(parent.descriptor) }
        parent = (wanted, descriptor)
        return descriptor
    }

    private func openFolder(of path: EntryPath) throws -> OwnedDescriptor {
        do { return try root.folder(path.parent) } catch {
            guard [ENOTDIR, ELOOP, EXDEV, ENOENT].contains(error.code) else { throw error }
            throw ImageError(.refused, "entry “\(path.text)” lies in what is no folder: \(error)")
        }
    }

    /// Makes something; what has its name already is removed first.
    @discardableResult
    private func replacing(_ name: [CChar], in folder: Int32, _ make: () -> Int32) throws -> Int32 {
        let result = make()
        if result != -1 { return result }
        guard errno == EEXIST else { throw SystemError(errno, call: "create") }
        let path =
            "/proc/self/fd/\(folder)/" + String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        if unlinkat(folder, name, 0) == -1 { try Files.removeTree(path) }
        return try checked("create") { make() }
    }

    private func setMetadata(_ name: [CChar], in folder: Int32, _ entry: ArchiveEntry) throws {
        try checked("fchownat") { fchownat(folder, name, entry.user, entry.group, AT_SYMLINK_NOFOLLOW) }
        if entry.kind == .pipe { try checked("fchmodat") { fchmodat(folder, name, mode_t(entry.mode & 0o7777), 0) } }
        let times = entry.times
        try checked("utimensat") { utimensat(folder, name, times, AT_SYMLINK_NOFOLLOW) }
    }

    /// Sets the attributes that a layer may bring: capabilities of files, and users' own. Those of overlayfs would
    /// change how layers are put together, so they are refused; those of the machine's security modules are left out.
    private func setAttributes(
        _ entry: ArchiveEntry, _ set: (String, UnsafeRawBufferPointer) -> Int32
    ) throws {
        for attribute in entry.attributes {
            if attribute.name.hasPrefix("trusted.overlay.") || attribute.name.hasPrefix("user.overlay.") {
                throw ImageError(.refused, "entry “\(entry.name)” has the attribute \(attribute.name), overlayfs' own")
            }
            let isCapability = attribute.name == "security.capability"
            guard isCapability || attribute.name.hasPrefix("user.") else { continue }
            let result = attribute.value.withUnsafeBytes { set(attribute.name, $0) }
            if result == -1, isCapability || errno != ENOTSUP {
                throw SystemError(errno, call: "setxattr", subject: attribute.name)
            }
        }
    }

    private func setOpaque(_ path: EntryPath) throws {
        let folder = try root.open(path, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        try checked("fsetxattr", on: path.text) { fsetxattr(folder.raw, Self.opaque, "y", 1, 0) }
    }

    /// A folder's own metadata, set once everything is in it: each new entry changes its time.
    private func finishFolder(_ path: EntryPath, _ entry: ArchiveEntry) throws {
        do {
            let folder = try root.open(path, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
            try checked("fchown", on: path.text) { fchown(folder.raw, entry.user, entry.group) }
            try checked("fchmod", on: path.text) { fchmod(folder.raw, mode_t(entry.mode & 0o7777)) }
            try setAttributes(entry) { name, value in fsetxattr(folder.raw, name, value.baseAddress, value.count, 0) }
            let times = entry.times
            try checked("futimens", on: path.text) { futimens(folder.raw, times) }
        } catch let error as SystemError {
            // A later entry put something else in its place.
            if [ENOENT, ENOTDIR, ELOOP].contains(error.code) { return }
            throw ImageError(error, while: "entry “\(entry.name)”")
        }
    }
}

/// How layers say that something below is gone (layer.md, "Whiteouts").
enum Whiteout {
    static let prefix = Array(".wh.".utf8)
    static let opaqueMarker = Array(".wh..wh..opq".utf8)

    /// Whether this is overlayfs' form of one: a character device 0:0.
    static func isOne(_ status: stat) -> Bool {
        FileKind(status) == .characterDevice && status.st_rdev == 0
    }
}

/// The type bits of a mode (inode(7)).
struct FileKind: Equatable {
    let bits: UInt32

    init(_ status: stat) { bits = status.st_mode & 0o170000 }
    private init(_ bits: UInt32) { self.bits = bits }

    static let file = FileKind(0o100000)
    static let folder = FileKind(0o040000)
    static let symbolicLink = FileKind(0o120000)
    static let characterDevice = FileKind(0o020000)
    static let blockDevice = FileKind(0o060000)
    static let pipe = FileKind(0o010000)
    static let socket = FileKind(0o140000)
}

extension ArchiveEntry {
    /// For utimensat(2): the access time is the time of change.
    var times: [timespec] {
        let time = timespec(tv_sec: Int(modified), tv_nsec: max(0, min(999_999_999, modifiedNanoseconds)))
        return [time, time]
    }
}
