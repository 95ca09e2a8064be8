import Glibc
import System

/// A file that Belay writes into a volume.
struct ProjectedFile: Sendable, Equatable {
    var bytes: [UInt8]
    var mode: Int
}

/// Replaces the files of a volume all at once: a reader sees the old ones or the new ones, never some of each.
///
/// As in kubelet's `atomic_writer.go`: the files are in a folder of their own, `..data` is a link to it, every visible
/// name is a link through `..data`, and one rename of that link brings in all that is new.
struct AtomicWriter {
    let folder: String
    /// The group that may read the files.
    var group: UInt32?

    /// - Parameter stamp: distinguishes this version from others: a time and something random.
    /// - Returns: whether anything was changed.
    @discardableResult
    func write(_ files: [String: ProjectedFile], stamp: String) throws -> Bool {
        for path in files.keys { try Self.check(path) }
        try Files.makeFolders(folder)
        let link = "\(folder)/..data"
        let old = Self.target(of: link)
        if let old, Self.holds("\(folder)/\(old)", files, group: group) { return false }
        let new = "..\(stamp)"
        try writeAll(files, into: "\(folder)/\(new)")
        let temporary = "\(folder)/..data_tmp"
        try Files.remove(temporary)
        try checked("symlink", on: temporary) { symlink(new, temporary) }
        try checked("rename", on: link) { rename(temporary, link) }
        try linkNames(Set(files.keys.map(Self.first)))
        if let old, old != new { try Files.removeTree("\(folder)/\(old)") }
        return true
    }

    /// - Throws: `Problem`-like failure for a path that would leave the volume or hide its own links.
    static func check(_ path: String) throws {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let isGood =
            !path.isEmpty && path.utf8.count <= 4096 && !path.hasPrefix("/") && !parts.contains("..")
            && !parts.contains("") && !(parts.first?.hasPrefix("..") ?? true)
            && parts.allSatisfy { $0.utf8.count <= 255 }
            && !path.utf8.contains(0)
        guard isGood else {
            throw NodeError(
                reason: "FailedMount",
                "the volume's path \"\(path)\" must stay inside the volume and not begin with '..'")
        }
    }

    private func writeAll(_ files: [String: ProjectedFile], into target: String) throws {
        try Files.makeFolders(target)
        for (path, file) in files.sorted(by: { $0.key < $1.key }) {
            let whole = "\(target)/\(path)"
            if let slash = path.lastIndex(of: "/") { try Files.makeFolders("\(target)/\(path[..<slash])") }
            let flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW
            let open = OwnedDescriptor(owning: try checked("open", on: whole) { Glibc.open(whole, flags, 0o600) })
            try Files.write(file.bytes, to: open.raw, named: whole)
            if let group { try checked("fchown", on: whole) { fchown(open.raw, uid_t.max, group) } }
            try checked("fchmod", on: whole) { fchmod(open.raw, mode_t(Self.mode(file.mode, group: group))) }
        }
    }

    /// A group that is given may read.
    private static func mode(_ mode: Int, group: UInt32?) -> Int {
        group == nil ? mode : mode | 0o440
    }

    /// Makes the visible links and removes those whose file is gone.
    private func linkNames(_ names: Set<String>) throws {
        for name in try Files.names(in: folder) where !name.hasPrefix("..") && !names.contains(name) {
            try Files.remove("\(folder)/\(name)")
        }
        for name in names.sorted() where Self.target(of: "\(folder)/\(name)") == nil {
            try checked("symlink", on: name) { symlink("..data/\(name)", "\(folder)/\(name)") }
        }
    }

    private static func first(_ path: String) -> String {
        String(path.split(separator: "/").first ?? "")
    }

    private static func target(of link: String) -> String? {
        var buffer = [CChar](repeating: 0, count: 4097)
        let count = readlink(link, &buffer, 4096)
        guard count >= 0 else { return nil }
        return String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Whether a version holds exactly these files.
    private static func holds(_ folder: String, _ files: [String: ProjectedFile], group: UInt32?) -> Bool {
        guard let present = try? paths(in: folder, prefix: ""), Set(present) == Set(files.keys) else { return false }
        return files.allSatisfy { path, file in
            var status = stat()
            guard lstat("\(folder)/\(path)", &status) == 0, Int(status.st_mode & 0o777) == mode(file.mode, group: group)
            else { return false }
            return (try? Files.read("\(folder)/\(path)")) == file.bytes
        }
    }

    private static func paths(in folder: String, prefix: String) throws -> [String] {
        var result: [String] = []
        for name in try Files.names(in: folder) {
            var status = stat()
            let path = "\(folder)/\(name)"
            try checked("lstat", on: path) { lstat(path, &status) }
            if status.st_mode & S_IFMT == S_IFDIR {
                result += try paths(in: path, prefix: prefix + name + "/")
            } else {
                result.append(prefix + name)
            }
        }
        return result
    }
}
