import Archive
import Document
import Glibc
import Scrub
import System

/// Copies a tar, file by file, each by what the policy says of its path; nothing goes out before the last one.
struct TarCopy {
    let input: DatasetInput
    let gate: OutputGate
    let options: DatasetScrub.Options

    func run(_ planner: any DatasetPlanning) throws -> DatasetCounts {
        do { return try copy(planner) } catch let error as ArchiveError {
            // libarchive knows what is cut by its own words.
            let isCut = error.message.contains("runcated") || error.message.contains("Unrecognized")
            let cut = isCut ? "the input is truncated, or no archive: " : ""
            throw Problem("\(cut)\(error.message)", at: Origin(SourceFile(input.name)))
        }
    }

    private func copy(_ planner: any DatasetPlanning) throws -> DatasetCounts {
        let shared = SharedPlanner(planner)
        let tail = TarTail()
        let window = InputWindow(named: input.name, input.source)
        let compression = try Self.compression(of: window)
        let reader = try TarReader({ buffer in try tail.watch(window.read(into: buffer), buffer) }, readsOn: true)
        let writer = try TarWriter(compression, to: gate.write)
        var counts = DatasetCounts()
        while let entry = try reader.next() {
            try copy(entry, reader, writer, shared, &counts)
        }
        try tail.drain(window)
        guard compression != .none || tail.isEnd else {
            throw Problem(
                "the input is truncated: the archive's end has not come", at: Origin(SourceFile(input.name)),
                hint: "pack it again; nothing of this one can be trusted")
        }
        try shared.end()
        try writer.finish()
        try gate.open()
        counts.bytesIn = window.offset
        counts.bytesOut = gate.bytesOut
        return counts
    }

    /// How the archive is packed, by its first bytes; it goes out packed the same way.
    private static func compression(of window: InputWindow) throws -> Compression {
        try window.require(4)
        if window.bytes.starts(with: [0x1F, 0x8B]) { return .gzip }
        return window.bytes.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) ? .zstd : .none
    }

    private func copy(
        _ entry: ArchiveEntry, _ reader: TarReader, _ writer: TarWriter, _ planner: SharedPlanner,
        _ counts: inout DatasetCounts
    ) throws {
        var entry = entry
        // What is attached to a file may say what is in it.
        entry.attributes = []
        switch entry.kind {
        case .folder: return try writer.begin(entry)
        case .file: break
        case .symbolicLink, .hardLink:
            guard case .keep = try planner.plan(forFile: entry.name) else { return }
            return try writer.begin(entry)
        case .characterDevice, .blockDevice, .pipe, .other:
            throw Problem("\(entry.name) is neither a file nor a folder nor a link", at: Origin(SourceFile(input.name)))
        }
        switch try planner.plan(forFile: entry.name) {
        case .drop: counts.leftOut["files", default: 0] += 1
        case .keep:
            try writer.begin(entry)
            try reader.forEachRunOfBytes { try writer.write($0) }
            counts.tables.append(.init(name: entry.name, rowsIn: 1, rowsOut: 1))
        case .scrub(let name):
            guard let format = DatasetScrub.Format(rawValue: name), format != .tar else {
                throw Problem("\(entry.name): there is no format \(name)", at: Origin(SourceFile(input.name)))
            }
            try scrub(&entry, format, reader, writer, planner, &counts)
        }
    }

    /// A file's size stands before it, so what becomes of it waits aside, scrubbed, until it is whole.
    private func scrub(
        _ entry: inout ArchiveEntry, _ format: DatasetScrub.Format, _ reader: TarReader, _ writer: TarWriter,
        _ planner: SharedPlanner, _ counts: inout DatasetCounts
    ) throws {
        var options = options
        options.document = Self.document(entry.name, format)
        options.isUnspooled = false
        let file = try Files.openUnnamed(in: gate.folder)
        let descriptor = file.raw
        let inner = OutputGate(writingTo: descriptor, named: entry.name, spoolIn: gate.folder)
        let source = DatasetInput(named: "\(input.name):\(entry.name)") { try reader.read(into: $0) }
        let found = try DatasetScrub(format, options).run(source, into: inner, planner: planner)
        counts.tables += found.tables
        entry.size = Int(lseek(descriptor, 0, SEEK_END))
        try writer.begin(entry)
        try checked("lseek", on: entry.name) { lseek(descriptor, 0, SEEK_SET) }
        let written = InputWindow(named: entry.name) { buffer in
            try checked("read") { read(descriptor, buffer.baseAddress, buffer.count) }
        }
        while try written.more() {
            try writer.write(written.bytes)
            written.consume(written.count)
        }
    }

    /// What the policy calls a file: its path, or of a table its name without folders and ending.
    private static func document(_ path: String, _ format: DatasetScrub.Format) -> String {
        guard format == .csv || format == .tsv else { return path }
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return name.split(separator: ".").first.map(String.init) ?? name
    }
}

/// The last bytes of a tar that is not packed: two blocks of zeros end it.
private final class TarTail {
    private var zeros = 0

    func watch(_ count: Int, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
        let bytes = buffer[..<count]
        let last = bytes.lastIndex { $0 != 0 }
        zeros = last.map { count - 1 - $0 } ?? min(zeros + count, 1 << 20)
        return count
    }

    /// Reads what libarchive has left, which depends on how the input was cut into readings.
    func drain(_ window: InputWindow) throws {
        try withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 16) { buffer in
            while try watch(window.read(into: buffer), buffer) > 0 {}
        }
    }

    var isEnd: Bool { zeros >= 1024 }
}

/// One policy for all files of an archive: its tables are whole when the last file has come.
private final class SharedPlanner: PlanningAround {
    var planner: any DatasetPlanning

    init(_ planner: any DatasetPlanning) { self.planner = planner }

    func plan(for tables: [TableSchema], isWhole: Bool) throws(Problems) -> [TablePlan] {
        try planner.plan(for: tables, isWhole: false)
    }

    func plan(forFile path: String) throws(Problem) -> FilePlan { try planner.plan(forFile: path) }

    func finish() throws(Problems) {}

    func end() throws { try planner.finish() }
}

extension TarReader {
    /// Hands on the current file's bytes, holes as zeros.
    fileprivate func forEachRunOfBytes(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 64)
        defer { chunk.deallocate() }
        while true {
            let count = try read(into: chunk)
            if count == 0 { return }
            try body(UnsafeRawBufferPointer(rebasing: chunk[..<count]))
        }
    }
}

extension InputWindow {
    /// Moves bytes out of the window, reading more where it is empty; 0 at the input's end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        if count == 0 { _ = try more() }
        let taken = min(count, buffer.count)
        buffer.copyBytes(from: bytes[..<taken])
        consume(taken)
        return taken
    }
}
