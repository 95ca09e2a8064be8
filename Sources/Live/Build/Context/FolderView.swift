import CLinux
import Glibc
import System

/// A folder whose paths are resolved by the kernel as if it were `/` (openat2(2), `RESOLVE_IN_ROOT`): a build context, or
/// a stage's file system.
final class FolderView: Sendable {
    let descriptor: OwnedDescriptor
    /// How messages name it.
    let name: String

    /// - Parameter descriptor: of the folder, or of a mount.
    init(_ descriptor: consuming OwnedDescriptor, name: String) {
        self.descriptor = descriptor
        self.name = name
    }

    init(path: String, name: String) throws(SystemError) {
        descriptor = OwnedDescriptor(
            owning: try checked("open", on: path) { Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) })
        self.name = name
    }

    /// Opens what is at a path; links on the way, and a last one unless `O_NOFOLLOW` says otherwise, lead within.
    func open(_ path: String, flags: Int32) throws(SystemError) -> OwnedDescriptor {
        var how = open_how()
        how.flags = UInt64(UInt32(bitPattern: flags | O_CLOEXEC))
        how.resolve = UInt64(RESOLVE_IN_ROOT) | UInt64(RESOLVE_NO_MAGICLINKS)
        let relative = FolderPath.relative(path)
        return OwnedDescriptor(
            owning: try checked("openat2", on: path) { openat2(descriptor.raw, relative, &how) })
    }

    /// What is at a path; nil when nothing is.
    func status(_ path: String, followsLast: Bool) throws(SystemError) -> stat? {
        do {
            let file = try open(path, flags: linux_O_PATH | (followsLast ? 0 : O_NOFOLLOW))
            var status = stat()
            try checked("fstat", on: path) { fstat(file.raw, &status) }
            return status
        } catch {
            if [ENOENT, ENOTDIR, ELOOP].contains(error.code) { return nil }
            throw error
        }
    }

    /// The names in a folder, in the order of their bytes.
    func names(in path: String) throws(SystemError) -> [String] {
        let folder = try open(path, flags: O_RDONLY | O_DIRECTORY)
        return try Files.names(in: "/proc/self/fd/\(folder.raw)")
    }

    /// Where a link leads.
    func target(of path: String) throws(SystemError) -> String {
        let link = try open(path, flags: linux_O_PATH | O_NOFOLLOW)
        var buffer = [CChar](repeating: 0, count: 4097)
        let count = try checked("readlinkat", on: path) { readlinkat(link.raw, "", &buffer, 4096) }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// A small file's text; nil when there is none.
    func text(_ path: String, limit: Int = 10 << 20) throws(SystemError) -> String? {
        guard let status = try status(path, followsLast: true), status.isFile else { return nil }
        let file = try open(path, flags: O_RDONLY | O_NONBLOCK)
        return String(decoding: try Files.read(from: file.raw, named: path, limit: limit), as: UTF8.self)
    }
}

extension stat {
    var kind: UInt32 { st_mode & 0o170000 }
    var isFolder: Bool { kind == 0o040000 }
    var isFile: Bool { kind == 0o100000 }
    var isLink: Bool { kind == 0o120000 }
    var isDevice: Bool { kind == 0o020000 || kind == 0o060000 }
    var permissions: UInt32 { st_mode & 0o7777 }
}

/// Paths in an image or a context, as texts.
enum FolderPath {
    /// Without `.`, empty parts and what `..` takes back; starts with `/`. What climbs past the root stays there.
    static func clean(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }

    /// As openat2(2) takes it beneath a folder.
    static func relative(_ path: String) -> String {
        let rest = String(path.drop { $0 == "/" })
        return rest.isEmpty ? "." : rest
    }

    static func join(_ folder: String, _ name: String) -> String {
        if name.hasPrefix("/") { return name }
        return folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
    }

    static func parent(_ path: String) -> String {
        let clean = clean(path)
        let end = clean.lastIndex(of: "/") ?? clean.startIndex
        return end == clean.startIndex ? "/" : String(clean[..<end])
    }

    static func name(_ path: String) -> String {
        clean(path).split(separator: "/").last.map(String.init) ?? ""
    }
}
