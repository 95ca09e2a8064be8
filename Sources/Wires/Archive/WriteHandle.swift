import CArchive
import Glibc
import System

/// How a stream is packed.
package enum Compression: String, Sendable, CaseIterable {
    case none
    case gzip
    case zstd
}

/// A libarchive writer (archive_write(3)) that hands its bytes to a sink; of one thread at a time.
final class WriteHandle {
    let archive: OpaquePointer
    private let drain: Drain
    private var isClosed = false

    private final class Drain {
        let sink: ByteSink
        var failure: (any Error)?

        init(_ sink: @escaping ByteSink) { self.sink = sink }
    }

    init(_ sink: @escaping ByteSink, _ compression: Compression, setUp: (OpaquePointer) -> Int32) throws {
        SharedLibrary.archive.load()
        guard let archive = archive_write_new() else { throw ArchiveError(.unwritable, "out of memory") }
        self.archive = archive
        drain = Drain(sink)
        try check(setUp(archive))
        try check(addFilter(compression))
        archive_write_set_bytes_per_block(archive, 0)
        let context = Unmanaged.passUnretained(drain).toOpaque()
        try check(archive_write_open(archive, context, nil, take, nil))
    }

    deinit {
        // An archive that was not closed is not finished: libarchive must not write its end now.
        if !isClosed { archive_write_fail(archive) }
        archive_write_free(archive)
    }

    /// Writes the end.
    func close() throws {
        try check(archive_write_close(archive))
        isClosed = true
    }

    func check(_ code: Int32, entry: String? = nil) throws {
        guard code != ARCHIVE_OK else { return }
        if let failure = drain.failure { throw failure }
        let reason = archive_error_string(archive).map { String(cString: $0) } ?? "no reason given"
        throw ArchiveError(.unwritable, entry.map { "entry “\($0)”: \(reason)" } ?? reason)
    }

    /// Writes bytes of the current entry.
    func write(_ bytes: UnsafeRawBufferPointer, entry: String? = nil) throws {
        var rest = bytes
        while !rest.isEmpty {
            let count = archive_write_data(archive, rest.baseAddress, rest.count)
            if count < 0 { try check(Int32(truncatingIfNeeded: count), entry: entry) }
            guard count > 0 else {
                throw ArchiveError(.unwritable, "entry “\(entry ?? "")” is longer than it was said to be")
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    private func addFilter(_ compression: Compression) -> Int32 {
        switch compression {
        case .none: return archive_write_add_filter_none(archive)
        case .gzip:
            let code = archive_write_add_filter_gzip(archive)
            // A time in the header would make two packings of the same bytes differ.
            return code == ARCHIVE_OK ? archive_write_set_filter_option(archive, "gzip", "timestamp", nil) : code
        case .zstd: return archive_write_add_filter_zstd(archive)
        }
    }

    private let take:
        @convention(c) (
            OpaquePointer?, UnsafeMutableRawPointer?, UnsafeRawPointer?, Int
        ) -> Int = { archive, context, start, count in
            guard let context else { return -1 }
            let drain = Unmanaged<Drain>.fromOpaque(context).takeUnretainedValue()
            do {
                try drain.sink(UnsafeRawBufferPointer(start: start, count: count))
                return count
            } catch {
                drain.failure = error
                return -1
            }
        }
}

/// Packs one stream of bytes. The same bytes always give the same packing. Blocking; of one thread at a time.
package final class Compressor {
    private let handle: WriteHandle

    package init(_ compression: Compression, to sink: @escaping ByteSink) throws {
        handle = try WriteHandle(sink, compression) { archive_write_set_format_raw($0) }
        let header = archive_entry_new()
        defer { archive_entry_free(header) }
        archive_entry_set_pathname(header, "data")
        archive_entry_set_filetype(header, FileType.file)
        try handle.check(archive_write_header(handle.archive, header))
    }

    package func write(_ bytes: UnsafeRawBufferPointer) throws {
        try handle.write(bytes)
    }

    /// Writes what is left. Without it the stream is cut off.
    package func finish() throws {
        try handle.close()
    }
}
