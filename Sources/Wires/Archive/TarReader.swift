import CArchive
import Glibc

/// Reads a tar (ustar, pax, GNU) entry by entry, as it stands or packed by gzip, zstd, xz or bzip2. Blocking; of one
/// thread at a time.
package final class TarReader {
    private let handle: ReadHandle
    private let limits: ArchiveLimits
    private var entries = 0
    private var declared = 0
    private var current = ""

    /// - Parameter readsOn: whether what follows an archive's end is one more archive, and no padding (tar(1),
    ///   --ignore-zeros).
    /// - Throws: what the source throws; `ArchiveError` when this is no tar.
    package init(
        _ source: @escaping ByteSource, limits: ArchiveLimits = ArchiveLimits(), readsOn: Bool = false
    ) throws {
        self.limits = limits
        handle = try ReadHandle(source) { archive in
            archive_read_support_format_tar(archive)
            archive_read_support_format_gnutar(archive)
            archive_read_support_format_empty(archive)
            ReadFilters.enable(archive)
            if readsOn { archive_read_set_format_option(archive, "tar", "read_concatenated_archives", "1") }
        }
    }

    /// The next entry; nil at the archive's end. What was not read of the last one is passed over.
    ///
    /// - Throws: `ArchiveError` when the archive is broken or past a limit; what the source throws.
    package func next() throws -> ArchiveEntry? {
        var header: OpaquePointer?
        return try Locale.withUTF8 {
            let code = archive_read_next_header(handle.archive, &header)
            if code == ARCHIVE_EOF { return nil }
            try handle.check(code, entry: header.flatMap(archive_entry_pathname).map { String(cString: $0) })
            try handle.checkSize(limits)
            guard let header else { return nil }
            let entry = try EntryReader(header: header, limits: limits).read()
            try count(entry)
            current = entry.name
            return entry
        }
    }

    /// Fills a buffer with the current file's next bytes; 0 at its end. Holes read as zeros.
    package func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        let count = archive_read_data(handle.archive, buffer.baseAddress, buffer.count)
        if count < 0 { try handle.check(Int32(truncatingIfNeeded: count), entry: current) }
        try handle.checkSize(limits)
        return max(0, count)
    }

    /// Hands on the current file's bytes, run by run, with the offset of each: what lies between two runs is a hole.
    package func forEachRun(_ body: (_ offset: Int, UnsafeRawBufferPointer) throws -> Void) throws {
        var start: UnsafeRawPointer?
        var count = 0
        var offset: Int64 = 0
        while true {
            let code = archive_read_data_block(handle.archive, &start, &count, &offset)
            if code == ARCHIVE_EOF { return }
            try handle.check(code, entry: current)
            try handle.checkSize(limits)
            try body(Int(offset), UnsafeRawBufferPointer(start: start, count: count))
        }
    }

    /// The current file's bytes.
    ///
    /// - Throws: `ArchiveError.tooLarge` past `limit`.
    package func contents(limit: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = try chunk.withUnsafeMutableBytes { try read(into: $0) }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
            if bytes.count > limit {
                throw ArchiveError(.tooLarge, "entry “\(current)” has more than \(limit) bytes")
            }
        }
    }

    private func count(_ entry: ArchiveEntry) throws(ArchiveError) {
        entries += 1
        if entries > limits.entries {
            throw ArchiveError(.tooLarge, "the archive has more than \(limits.entries) entries")
        }
        let (sum, overflows) = declared.addingReportingOverflow(entry.size)
        if overflows || sum > limits.bytes {
            throw ArchiveError(.tooLarge, "entry “\(entry.name)”: the files come to more than \(limits.bytes) bytes")
        }
        declared = sum
    }
}

/// The ways of packing that are recognised by their first bytes.
enum ReadFilters {
    static func enable(_ archive: OpaquePointer) {
        archive_read_support_filter_gzip(archive)
        archive_read_support_filter_zstd(archive)
        archive_read_support_filter_xz(archive)
        archive_read_support_filter_bzip2(archive)
    }
}
