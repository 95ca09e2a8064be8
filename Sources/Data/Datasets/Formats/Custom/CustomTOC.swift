import Document

/// The head and table of contents of pg_dump's custom format (versions 1.12 to 1.16 of its archives).
///
/// Numbers are a sign byte and bytes from the lowest on; texts are a number, -1 for none, and bytes. Behind the table of
/// contents stand blocks: a type byte, the entry's number, and chunks, each with its length, until one of length 0.
struct CustomTOC {
    /// One thing that the archive restores.
    struct Entry {
        var id: Int
        var hasData: Bool
        /// Table and object ids, tag, kind: see `Field`.
        var texts: [[UInt8]?]
        var section: Int
        var relationKind: Int
        var dependencies: [[UInt8]]

        subscript(field: Field) -> [UInt8]? {
            get { texts[field.rawValue] }
            set { texts[field.rawValue] = newValue }
        }

        var kind: String { String(decoding: self[.kind] ?? [], as: UTF8.self) }
        var tag: String { String(decoding: self[.tag] ?? [], as: UTF8.self) }
    }

    /// The texts of an entry, in the order in which they stand.
    enum Field: Int, CaseIterable {
        case tableID, objectID, tag, kind, definition, dropping, copy, schema, tablespace, accessMethod, owner, withIDs
    }

    enum Compression: Equatable {
        case none
        case zlib
    }

    var version: (major: UInt8, minor: UInt8, revision: UInt8)
    var intSize: Int
    var offsetSize: Int
    var compression: Compression
    /// The bytes of what tells the compression, as they are written.
    private var compressionBytes: [UInt8] = []
    private var date: [Int] = []
    private var names: [[UInt8]?] = []
    var entries: [Entry] = []

    static let magic = Array("PGDMP".utf8)
    private static let longest = 64 << 20

    // MARK: Reading

    init(_ reader: CustomReader) throws {
        let origin = reader.window.origin()
        guard try reader.bytes(5) == Self.magic else { throw Problem("this is no custom dump", at: origin) }
        version = (try reader.byte(), try reader.byte(), try reader.byte())
        guard version.major == 1, (12...16).contains(version.minor) else {
            throw Problem(
                "a custom dump of version \(version.major).\(version.minor) is not known", at: origin,
                hint: "versions 1.12 to 1.16 are, which pg_dump 9.0 to 18 write")
        }
        intSize = Int(try reader.byte())
        offsetSize = Int(try reader.byte())
        guard intSize == 4, (4...8).contains(offsetSize), try reader.byte() == 1 else {
            throw Problem("a dump with numbers or a form that pg_dump -Fc does not write", at: origin)
        }
        if version.minor >= 15 {
            let method = try reader.byte()
            compressionBytes = [method]
            switch method {
            case 0: compression = .none
            case 1: compression = .zlib
            default:
                let name = method == 2 ? "lz4" : method == 3 ? "zstd" : "method \(method)"
                throw Problem(
                    "the dump is compressed by \(name)", at: origin,
                    hint: "dump with --compress=gzip or --compress=none")
            }
        } else {
            let level = try reader.int()
            compression = level == 0 ? .none : .zlib
            compressionBytes = CustomWriter.int(level)
        }
        for _ in 0..<7 { date.append(try reader.int()) }
        for _ in 0..<3 { names.append(try reader.text()) }
        let count = try reader.int()
        guard count >= 0 else { throw Problem("the dump's table of contents is broken", at: origin) }
        for _ in 0..<count {
            entries.append(try Self.entry(reader, version.minor, offsetSize))
            guard reader.window.offset < Self.longest else {
                throw Problem("a table of contents of more than \(Self.longest >> 20) MB", at: origin)
            }
        }
    }

    private static func entry(_ reader: CustomReader, _ minor: UInt8, _ offsetSize: Int) throws -> Entry {
        var entry = Entry(
            id: try reader.int(), hasData: try reader.int() != 0,
            texts: [[UInt8]?](repeating: nil, count: Field.allCases.count), section: 0, relationKind: 0,
            dependencies: [])
        for field in [Field.tableID, .objectID, .tag, .kind] { entry[field] = try reader.text() }
        entry.section = try reader.int()
        for field in [Field.definition, .dropping, .copy, .schema, .tablespace] { entry[field] = try reader.text() }
        if minor >= 14 { entry[.accessMethod] = try reader.text() }
        if minor >= 16 { entry.relationKind = try reader.int() }
        for field in [Field.owner, .withIDs] { entry[field] = try reader.text() }
        while let dependency = try reader.text() {
            entry.dependencies.append(dependency)
            guard entry.dependencies.count < 1 << 20 else {
                throw Problem("an entry depends on more than a million others", at: reader.window.origin())
            }
        }
        _ = try reader.bytes(1 + offsetSize)
        return entry
    }

    // MARK: Writing

    /// The head and the entries as they are written. Where data lies is left open, as a dump into a pipe does.
    func written() -> [UInt8] {
        var bytes = Self.magic + [version.major, version.minor, version.revision, UInt8(intSize), UInt8(offsetSize), 1]
        bytes += compressionBytes
        for number in date { bytes += CustomWriter.int(number) }
        for name in names { bytes += CustomWriter.text(name) }
        bytes += CustomWriter.int(entries.count)
        for entry in entries { bytes += written(entry) }
        return bytes
    }

    private func written(_ entry: Entry) -> [UInt8] {
        var bytes = CustomWriter.int(entry.id) + CustomWriter.int(entry.hasData ? 1 : 0)
        for field in [Field.tableID, .objectID, .tag, .kind] { bytes += CustomWriter.text(entry[field]) }
        bytes += CustomWriter.int(entry.section)
        for field in [Field.definition, .dropping, .copy, .schema, .tablespace] {
            bytes += CustomWriter.text(entry[field])
        }
        if version.minor >= 14 { bytes += CustomWriter.text(entry[.accessMethod]) }
        if version.minor >= 16 { bytes += CustomWriter.int(entry.relationKind) }
        for field in [Field.owner, .withIDs] { bytes += CustomWriter.text(entry[field]) }
        for dependency in entry.dependencies { bytes += CustomWriter.text(dependency) }
        bytes += CustomWriter.text(nil)
        // 1: a position that is not told; 3: no data.
        return bytes + [entry.hasData ? 1 : 3] + [UInt8](repeating: 0, count: offsetSize)
    }
}

/// Reads numbers and texts from a window.
struct CustomReader {
    let window: InputWindow

    func bytes(_ count: Int) throws -> [UInt8] {
        guard count <= 64 << 20 else { throw Problem("a text of \(count) bytes", at: window.origin()) }
        guard try window.require(count) else {
            throw Problem(
                "the input is truncated", at: window.origin(), hint: "dump again; nothing of this one can be trusted")
        }
        let bytes = Array(window.bytes[..<count])
        window.consume(count)
        return bytes
    }

    func byte() throws -> UInt8 { try bytes(1)[0] }

    func int() throws -> Int {
        let bytes = try bytes(5)
        let number = Int(bytes[1]) | Int(bytes[2]) << 8 | Int(bytes[3]) << 16 | Int(bytes[4]) << 24
        guard bytes[0] <= 1 else { throw Problem("a number has no sign", at: window.origin()) }
        return bytes[0] == 1 ? -number : number
    }

    func text() throws -> [UInt8]? {
        let count = try int()
        return count < 0 ? nil : try bytes(count)
    }
}

/// Writes numbers and texts.
enum CustomWriter {
    static func int(_ number: Int) -> [UInt8] {
        let size = number.magnitude
        return [number < 0 ? 1 : 0] + (0..<4).map { UInt8(truncatingIfNeeded: size >> ($0 * 8)) }
    }

    static func text(_ text: [UInt8]?) -> [UInt8] {
        guard let text else { return int(-1) }
        return int(text.count) + text
    }
}
