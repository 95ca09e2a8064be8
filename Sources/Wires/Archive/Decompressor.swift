import CArchive

/// Unpacks one stream of bytes by what it is packed with: gzip, zstd, xz, bzip2, or nothing. Blocking; of one thread at
/// a time.
package final class Decompressor {
    private let handle: ReadHandle
    private let limits: ArchiveLimits
    private var isOpen = false

    /// - Throws: what the source throws; `ArchiveError`.
    package init(_ source: @escaping ByteSource, limits: ArchiveLimits = ArchiveLimits()) throws {
        self.limits = limits
        handle = try ReadHandle(source) { archive in
            archive_read_support_format_raw(archive)
            archive_read_support_format_empty(archive)
            ReadFilters.enable(archive)
        }
        var header: OpaquePointer?
        let code = archive_read_next_header(handle.archive, &header)
        if code != ARCHIVE_EOF { try handle.check(code) }
        isOpen = code == ARCHIVE_OK
    }

    /// Fills a buffer with the next unpacked bytes; 0 at the end.
    package func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        guard isOpen else { return 0 }
        let count = archive_read_data(handle.archive, buffer.baseAddress, buffer.count)
        if count < 0 { try handle.check(Int32(truncatingIfNeeded: count)) }
        try handle.checkSize(limits)
        return max(0, count)
    }
}
