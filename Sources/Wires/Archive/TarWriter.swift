import CArchive
import Glibc

/// Writes a tar whose bytes depend on its entries alone: pax headers only where an entry needs them, times in whole
/// seconds, no names of users. Blocking; of one thread at a time.
package final class TarWriter {
    private let handle: WriteHandle
    private var left = 0
    private var current = ""

    package init(_ compression: Compression = .none, to sink: @escaping ByteSink) throws {
        handle = try WriteHandle(sink, compression) { archive in
            let code = archive_write_set_format_pax_restricted(archive)
            guard code == ARCHIVE_OK else { return code }
            // Go, and so every other engine, reads these; libarchive's own form beside it would only double them.
            return archive_write_set_format_option(archive, "pax", "xattrheader", "SCHILY")
        }
    }

    /// Begins an entry; a file's bytes follow, as many as its size says.
    package func begin(_ entry: ArchiveEntry) throws {
        guard left == 0 else { throw ArchiveError(.unwritable, "entry “\(current)” is \(left) bytes short") }
        guard let header = archive_entry_new() else { throw ArchiveError(.unwritable, "out of memory") }
        defer { archive_entry_free(header) }
        try Locale.withUTF8 {
            try fill(header, entry)
            try handle.check(archive_write_header(handle.archive, header), entry: entry.name)
        }
        current = entry.name
        left = entry.kind == .file ? entry.size : 0
    }

    /// Writes bytes of the current file.
    package func write(_ bytes: UnsafeRawBufferPointer) throws {
        guard bytes.count <= left else {
            throw ArchiveError(.unwritable, "entry “\(current)” is longer than the \(left) bytes left of its size")
        }
        left -= bytes.count
        try handle.write(bytes, entry: current)
    }

    /// Writes a whole file.
    package func add(_ entry: ArchiveEntry, contents: [UInt8]) throws {
        var entry = entry
        entry.size = contents.count
        try begin(entry)
        try contents.withUnsafeBytes { try write($0) }
    }

    /// Writes the archive's end. Without it the archive is cut off.
    package func finish() throws {
        guard left == 0 else { throw ArchiveError(.unwritable, "entry “\(current)” is \(left) bytes short") }
        try handle.close()
    }

    private func fill(_ header: OpaquePointer, _ entry: ArchiveEntry) throws {
        set(entry.path, header, archive_entry_set_pathname)
        archive_entry_set_perm(header, mode_t(entry.mode))
        archive_entry_set_uid(header, Int64(entry.user))
        archive_entry_set_gid(header, Int64(entry.group))
        archive_entry_set_mtime(header, Int(entry.modified), 0)
        archive_entry_set_size(header, entry.kind == .file ? Int64(entry.size) : 0)
        archive_entry_set_filetype(header, entry.kind.typeBits)
        switch entry.kind {
        case .symbolicLink(let target): set(target, header, archive_entry_set_symlink)
        case .hardLink(let target): set(target, header, archive_entry_set_hardlink)
        case .characterDevice(let major, let minor), .blockDevice(let major, let minor):
            archive_entry_set_rdevmajor(header, dev_t(major))
            archive_entry_set_rdevminor(header, dev_t(minor))
        case .file, .folder, .pipe: break
        case .other: throw ArchiveError(.unwritable, "entry “\(entry.name)” is of a kind that a tar cannot hold")
        }
        for attribute in entry.attributes.sorted(by: { $0.name < $1.name }) {
            attribute.value.withUnsafeBytes {
                archive_entry_xattr_add_entry(header, attribute.name, $0.baseAddress, $0.count)
            }
        }
    }

    private func set(
        _ bytes: [UInt8], _ header: OpaquePointer, _ setter: (OpaquePointer?, UnsafePointer<CChar>?) -> Void
    ) {
        (bytes + [0]).withUnsafeBytes { setter(header, $0.baseAddress?.assumingMemoryBound(to: CChar.self)) }
    }
}

extension ArchiveEntry.Kind {
    fileprivate var typeBits: UInt32 {
        switch self {
        case .file, .hardLink, .other: FileType.file
        case .folder: FileType.folder
        case .symbolicLink: FileType.symbolicLink
        case .characterDevice: FileType.characterDevice
        case .blockDevice: FileType.blockDevice
        case .pipe: FileType.pipe
        }
    }
}
