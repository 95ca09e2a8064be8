import CArchive
import Glibc
import System

/// A libarchive reader (archive_read(3)) fed from a source; of one thread at a time.
final class ReadHandle {
    let archive: OpaquePointer
    private let feed: Feed

    /// What libarchive's read callback works on.
    private final class Feed {
        let source: ByteSource
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
        /// What the source threw: it comes before libarchive's own message.
        var failure: (any Error)?

        init(_ source: @escaping ByteSource) { self.source = source }

        deinit { buffer.deallocate() }

        func next() -> Int {
            do { return try source(buffer) } catch {
                failure = error
                return Int(ARCHIVE_FATAL)
            }
        }
    }

    /// - Parameter formats: which formats and filters to look for.
    init(_ source: @escaping ByteSource, formats: (OpaquePointer) -> Void) throws {
        SharedLibrary.archive.load()
        guard let archive = archive_read_new() else { throw ArchiveError(.unwritable, "out of memory") }
        self.archive = archive
        feed = Feed(source)
        formats(archive)
        let context = Unmanaged.passUnretained(feed).toOpaque()
        let code = Locale.withUTF8 {
            archive_read_open(archive, context, nil, provide, nil)
        }
        try check(code)
    }

    deinit {
        archive_read_free(archive)
    }

    /// Throws unless libarchive is content; a warning is a refusal too, as what it warns of was not read as it is.
    func check(_ code: Int32, entry: String? = nil) throws {
        guard code != ARCHIVE_OK else { return }
        if let failure = feed.failure { throw failure }
        let reason = archive_error_string(archive).map { String(cString: $0) } ?? "no reason given"
        throw ArchiveError(.malformed, entry.map { "entry “\($0)”: \(reason)" } ?? reason)
    }

    /// Bytes taken from the source, and bytes after unpacking.
    var bytesIn: Int { Int(archive_filter_bytes(archive, -1)) }
    var bytesOut: Int { Int(archive_filter_bytes(archive, 0)) }

    /// Throws when the stream grew past its limits.
    func checkSize(_ limits: ArchiveLimits) throws(ArchiveError) {
        let bytesOut = bytesOut
        if bytesOut > limits.bytes {
            throw ArchiveError(.tooLarge, "the archive unpacks to more than the \(limits.bytes) bytes allowed")
        }
        if bytesOut > ArchiveLimits.ratioFrom, bytesOut / max(1, bytesIn) > limits.ratio {
            throw ArchiveError(.tooLarge, "the archive unpacks to more than \(limits.ratio) times its size")
        }
    }

    private let provide:
        @convention(c) (
            OpaquePointer?, UnsafeMutableRawPointer?, UnsafeMutablePointer<UnsafeRawPointer?>?
        ) -> Int = { _, context, start in
            guard let context else { return Int(ARCHIVE_FATAL) }
            let feed = Unmanaged<Feed>.fromOpaque(context).takeUnretainedValue()
            start?.pointee = UnsafeRawPointer(feed.buffer.baseAddress)
            return feed.next()
        }
}

/// libarchive turns names into the thread's character set; it is UTF-8 while libarchive works, whatever the process has.
enum Locale {
    // Made once and never freed or changed.
    nonisolated(unsafe) private static let utf8 = newlocale(1 << LC_CTYPE, "C.UTF-8", nil)

    static func withUTF8<Result>(_ body: () throws -> Result) rethrows -> Result {
        guard let utf8 else { return try body() }
        let former = uselocale(utf8)
        defer { uselocale(former) }
        return try body()
    }
}
