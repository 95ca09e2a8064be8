import Archive
import CLinux
import Glibc
import Images
import System

/// Writes what a step changed, as overlayfs left it in the upper folder, as a layer's tar: entries in the order of their
/// names, whiteouts in the form of OCI (layer.md). Blocking.
struct LayerTar: ~Copyable {
    private let tar: TarWriter
    /// Files with several names, by inode: the first name carries the content.
    private var linked: [UInt64: [UInt8]] = [:]
    private(set) var entries = 0

    init(_ tar: TarWriter) {
        self.tar = tar
    }

    /// Writes all that is in a folder.
    mutating func write(_ path: String) throws {
        let folder = OwnedDescriptor(
            owning: try checked("open", on: path) { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) })
        try write(folder.raw, [])
    }

    private mutating func write(_ folder: Int32, _ prefix: [UInt8]) throws {
        for name in try names(folder) {
            let path = prefix.isEmpty ? name : prefix + [UInt8(ascii: "/")] + name
            try add((name + [0]).map { CChar(bitPattern: $0) }, in: folder, path, prefix, name)
        }
    }

    private mutating func add(
        _ name: [CChar], in folder: Int32, _ path: [UInt8], _ prefix: [UInt8], _ bytes: [UInt8]
    ) throws {
        let shown = String(decoding: path, as: UTF8.self)
        var status = stat()
        try checked("fstatat", on: shown) { fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) }
        entries += 1
        if status.isDevice {
            guard status.kind == 0o020000, status.st_rdev == 0 else {
                throw ImageError(
                    .refused, "/\(shown) is a device, which an image cannot hold", hint: "remove it in the same RUN")
            }
            return try writeWhiteout(prefix, bytes)
        }
        var entry = ArchiveEntry(
            path: path, kind: .file, mode: status.permissions, user: status.st_uid, group: status.st_gid,
            modified: Int64(status.st_mtim.tv_sec))
        switch status.kind {
        case 0o040000: try writeFolder(&entry, name, in: folder, shown)
        case 0o120000:
            entry.kind = .symbolicLink(try linkTarget(name, in: folder, shown))
            try tar.begin(entry)
        case 0o100000: try writeFile(&entry, name, in: folder, status, shown)
        case 0o010000:
            entry.kind = .pipe
            try tar.begin(entry)
        default: entries -= 1  // a socket, which nobody listens on any more
        }
    }

    private mutating func writeFolder(_ entry: inout ArchiveEntry, _ name: [CChar], in parent: Int32, _ shown: String)
        throws
    {
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        let folder = OwnedDescriptor(owning: try checked("openat", on: shown) { openat(parent, name, flags) })
        entry.kind = .folder
        entry.attributes = try attributes(of: folder.raw, shown)
        let path = entry.path
        try tar.begin(entry)
        var flag: UInt8 = 0
        if fgetxattr(folder.raw, "trusted.overlay.redirect", nil, 0) > 0 {
            throw ImageError(
                .refused, "/\(shown) was renamed in a way that a layer cannot say (overlayfs' redirect_dir)")
        }
        if fgetxattr(folder.raw, "trusted.overlay.opaque", &flag, 1) == 1, flag == UInt8(ascii: "y") {
            try tar.begin(ArchiveEntry(path: path + Array("/.wh..wh..opq".utf8), kind: .file, mode: 0o600))
        }
        try write(folder.raw, path)
    }

    private mutating func writeFile(
        _ entry: inout ArchiveEntry, _ name: [CChar], in folder: Int32, _ status: stat, _ shown: String
    ) throws {
        if status.st_nlink > 1 {
            if let first = linked[UInt64(status.st_ino)] {
                entry.kind = .hardLink(first)
                return try tar.begin(entry)
            }
            linked[UInt64(status.st_ino)] = entry.path
        }
        let flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK
        let file = OwnedDescriptor(owning: try checked("openat", on: shown) { openat(folder, name, flags) })
        entry.size = Int(status.st_size)
        entry.attributes = try attributes(of: file.raw, shown)
        try tar.begin(entry)
        var left = entry.size
        var chunk = [UInt8](repeating: 0, count: min(max(left, 1), 512 << 10))
        while left > 0 {
            let wanted = min(left, chunk.count)
            let count = try checked("read", on: shown) {
                chunk.withUnsafeMutableBytes { read(file.raw, $0.baseAddress, wanted) }
            }
            guard count > 0 else { throw ImageError(.machine, "/\(shown) became shorter while it was read") }
            try chunk.withUnsafeBytes { try tar.write(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            left -= count
        }
    }

    private func writeWhiteout(_ prefix: [UInt8], _ name: [UInt8]) throws {
        let folder = prefix.isEmpty ? [] : prefix + [UInt8(ascii: "/")]
        try tar.begin(ArchiveEntry(path: folder + Array(".wh.".utf8) + name, kind: .file, mode: 0o600))
    }

    private func linkTarget(_ name: [CChar], in folder: Int32, _ shown: String) throws -> [UInt8] {
        var buffer = [CChar](repeating: 0, count: 4097)
        let count = try checked("readlinkat", on: shown) { readlinkat(folder, name, &buffer, 4096) }
        return buffer[..<count].map { UInt8(bitPattern: $0) }
    }

    /// Files' capabilities and users' own attributes; the rest is the machine's.
    private func attributes(of descriptor: Int32, _ shown: String) throws -> [ArchiveEntry.Attribute] {
        var list = [CChar](repeating: 0, count: 64 << 10)
        let length = flistxattr(descriptor, &list, list.count)
        if length <= 0 { return [] }
        var found: [ArchiveEntry.Attribute] = []
        for bytes in list[..<length].split(separator: 0) {
            let name = String(decoding: bytes.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard name == "security.capability" || name.hasPrefix("user.") else { continue }
            var value = [UInt8](repeating: 0, count: 64 << 10)
            let count = try checked("fgetxattr", on: shown) { fgetxattr(descriptor, name, &value, value.count) }
            found.append(.init(name: name, value: Array(value[..<count])))
        }
        return found
    }

    private func names(_ folder: Int32) throws -> [[UInt8]] {
        let copy = try checked("openat") { openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard let stream = fdopendir(copy) else {
            close(copy)
            throw SystemError(errno, call: "fdopendir")
        }
        defer { closedir(stream) }
        var names: [[UInt8]] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if name != [46] && name != [46, 46] { names.append(name) }
        }
        return names.sorted { $0.lexicographicallyPrecedes($1) }
    }
}
