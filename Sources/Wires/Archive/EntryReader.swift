import CArchive
import Glibc

/// What libarchive has of an entry's header as a value.
struct EntryReader {
    let header: OpaquePointer
    let limits: ArchiveLimits

    func read() throws(ArchiveError) -> ArchiveEntry {
        guard let path = try bytes(archive_entry_pathname(header), "name"), !path.isEmpty else {
            throw ArchiveError(.malformed, "an entry has no name, or one that is no text")
        }
        let name = String(decoding: path, as: UTF8.self)
        let kind = try kind(name)
        let size = kind == .file ? Int(archive_entry_size(header)) : 0
        guard size >= 0 else { throw ArchiveError(.malformed, "entry “\(name)” has a negative size") }
        return ArchiveEntry(
            path: path, kind: kind, mode: UInt32(archive_entry_perm(header)),
            user: try id(archive_entry_uid(header), name), group: try id(archive_entry_gid(header), name), size: size,
            modified: Int64(archive_entry_mtime(header)), modifiedNanoseconds: Int(archive_entry_mtime_nsec(header)),
            attributes: try attributes(name))
    }

    private func kind(_ name: String) throws(ArchiveError) -> ArchiveEntry.Kind {
        if let target = try bytes(archive_entry_hardlink(header), "link") { return .hardLink(target) }
        let type = UInt32(archive_entry_filetype(header)) & FileType.mask
        switch type {
        case FileType.file, 0: return .file
        case FileType.folder: return .folder
        case FileType.symbolicLink:
            guard let target = try bytes(archive_entry_symlink(header), "link"), !target.isEmpty else {
                throw ArchiveError(.malformed, "entry “\(name)” is a link to nothing")
            }
            return .symbolicLink(target)
        case FileType.characterDevice, FileType.blockDevice:
            let major = UInt32(truncatingIfNeeded: archive_entry_rdevmajor(header))
            let minor = UInt32(truncatingIfNeeded: archive_entry_rdevminor(header))
            return type == FileType.characterDevice
                ? .characterDevice(major: major, minor: minor) : .blockDevice(major: major, minor: minor)
        case FileType.pipe: return .pipe
        default: return .other(type)
        }
    }

    private func bytes(_ text: UnsafePointer<CChar>?, _ what: String) throws(ArchiveError) -> [UInt8]? {
        guard let text else { return nil }
        let length = strlen(text)
        guard length <= limits.nameLength else {
            throw ArchiveError(.tooLarge, "an entry's \(what) of \(length) bytes is longer than \(limits.nameLength)")
        }
        return UnsafeRawBufferPointer(start: text, count: length).map { $0 }
    }

    /// Ids are strict: one that does not fit must not wrap to root's.
    private func id(_ number: Int64, _ name: String) throws(ArchiveError) -> UInt32 {
        guard let id = UInt32(exactly: number), id != .max else {
            throw ArchiveError(.malformed, "entry “\(name)” belongs to \(number), which is no user or group id")
        }
        return id
    }

    private func attributes(_ name: String) throws(ArchiveError) -> [ArchiveEntry.Attribute] {
        let count = Int(archive_entry_xattr_reset(header))
        guard count > 0 else { return [] }
        guard count <= limits.attributes else {
            throw ArchiveError(.tooLarge, "entry “\(name)” has \(count) extended attributes")
        }
        var result: [ArchiveEntry.Attribute] = []
        var key: UnsafePointer<CChar>?
        var value: UnsafeRawPointer?
        var size = 0
        while archive_entry_xattr_next(header, &key, &value, &size) == ARCHIVE_OK, let text = key {
            guard size <= limits.attributeLength, strlen(text) <= 255 else {
                throw ArchiveError(.tooLarge, "entry “\(name)” has an extended attribute of \(size) bytes")
            }
            let bytes = UnsafeRawBufferPointer(start: value, count: size).map { $0 }
            result.append(.init(name: String(cString: text), value: bytes))
        }
        return result.sorted { $0.name < $1.name }
    }
}
