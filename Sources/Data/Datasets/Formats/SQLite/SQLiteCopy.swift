import CLinux
import CSQLite
import Document
import Glibc
import Scrub
import System

/// Copies an SQLite file, table by table and row by row through transforms, into a new one that holds nothing else: no
/// page of the old one, where deleted rows still stand, is ever copied.
struct SQLiteCopy {
    let name: String
    let source: SQLiteFile
    let target: SQLiteFile
    let schema: SQLiteSchema
    let waiting: DatasetScrub.Waiting?

    /// The input as a file that SQLite can open.
    ///
    /// A pipe is read into memory: on a disk it would lie unscrubbed.
    static func open(_ input: DatasetInput) throws -> (file: SQLiteFile, size: Int) {
        let memory = try OwnedDescriptor(
            owning: input.file >= 0
                ? checked("dup", on: input.name) { fcntl(input.file, F_DUPFD_CLOEXEC, 3) } : inMemory(input))
        var head = [UInt8](repeating: 0, count: 100)
        let count = try checked("pread", on: input.name) { pread(memory.raw, &head, 100, 0) }
        let size = lseek(memory.raw, 0, SEEK_END)
        let origin = Origin(SourceFile(input.name))
        guard count == 100, head.starts(with: Array("SQLite format 3\0".utf8)) else {
            throw Problem(
                count < 100
                    ? "the input is truncated: it is shorter than an SQLite file's head" : "this is no SQLite file",
                at: origin)
        }
        let page = Int(head[16]) << 8 | Int(head[17])
        let pages = head[28..<32].reduce(0) { $0 << 8 | Int($1) }
        let isCounted = head[24..<28] == head[92..<96]
        guard !isCounted || size >= (page == 1 ? 65536 : page) * pages else {
            throw Problem("the input is truncated: it has \(size) bytes, and says it has \(page * pages)", at: origin)
        }
        let isOnDisk = input.file >= 0 && hasName(memory.raw)
        let path = isOnDisk ? "/proc/self/fd/\(memory.raw)" : ":memory:"
        if isOnDisk { try refuseJournal(of: path, input.name) }
        let file = try SQLiteFile(path, named: input.name, immutable: isOnDisk)
        if !isOnDisk { try file.adopt(memory.raw, size: Int(size)) }
        let check = try file.texts("PRAGMA quick_check(1)")
        guard check.first?.first == "ok" else {
            throw Problem("the file is damaged", at: origin, hint: "copy it again")
        }
        file.backing = memory.release()
        return (file, Int(size))
    }

    /// Whether a folder has the file: SQLite opens files by their names alone.
    private static func hasName(_ descriptor: Int32) -> Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && status.st_nlink > 0
    }

    /// What a server has written last may still lie beside its file, which by itself would be an old copy.
    private static func refuseJournal(of path: String, _ name: String) throws(Problem) {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(path, &buffer, buffer.count - 1)
        let file = String(decoding: buffer.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
        for ending in ["-wal", "-journal"] {
            var status = stat()
            guard count > 0, stat(file + ending, &status) == 0, status.st_size > 0 else { continue }
            throw Problem(
                "\(file)\(ending) has what is not in the file yet", at: Origin(SourceFile(name)),
                hint: "make a whole copy: sqlite3 \(file) \"VACUUM INTO 'copy.db'\", or PRAGMA wal_checkpoint(TRUNCATE)"
            )
        }
    }

    private static let mostInMemory = 1 << 30

    private static func inMemory(_ input: DatasetInput) throws -> Int32 {
        let descriptor = try checked("memfd_create") { linux_memfd("belay-sqlite", 1) }
        let window = InputWindow(named: input.name, input.source)
        while try window.more() {
            try Files.write(window.bytes, to: descriptor, named: input.name)
            window.consume(window.count)
            guard window.offset <= mostInMemory else {
                close(descriptor)
                throw Problem(
                    "an SQLite file of more than \(mostInMemory >> 30) GB through a pipe",
                    hint: "redirect the file itself")
            }
        }
        return descriptor
    }

    // MARK: Copying

    func run(_ planner: inout any DatasetPlanning) throws -> DatasetCounts {
        let plans = try planner.plan(for: schema.tables, isWhole: true)
        var counts = DatasetCounts()
        try target.run("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA foreign_keys=OFF")
        for setting in ["page_size", "encoding", "user_version", "application_id", "auto_vacuum"] {
            if let value = try source.texts("PRAGMA \(setting)").first?.first ?? nil {
                try target.run("PRAGMA \(setting)='\(value.replacingAll("'", with: "''"))'")
            }
        }
        try target.run("BEGIN")
        for (table, plan) in zip(schema.tables, plans) {
            let stream = TableStream(table, plan, lanes: 1)
            try make(stream)
            if !stream.hasNoRows { try copyRows(stream) }
            counts.tables.append(
                .init(name: "\(table.name)", rowsIn: Int(stream.rows), rowsOut: stream.rowsWritten))
        }
        try addOthers(Dictionary(uniqueKeysWithValues: zip(schema.tables.map(\.name.name), plans)))
        try keepCounters(plans)
        try target.run("COMMIT")
        try planner.finish()
        if let broken = try target.texts("PRAGMA foreign_key_check").first {
            let isOld = try source.texts("PRAGMA foreign_key_check").first != nil
            guard isOld else { throw Problem("a foreign key of \((broken[0] ?? nil) ?? "") would not hold") }
        }
        return counts
    }

    private func make(_ table: TableStream) throws {
        guard !table.plan.isDropped else { return }
        let name = table.schema.name.name
        guard let item = schema.items.first(where: { $0.kind == "table" && $0.name == name }) else { return }
        try inspect(item)
        try target.run(item.sql)
        for column in table.schema.columns where table.isDropped(column.name) {
            try target.run(
                "ALTER TABLE \(SQLiteFile.quoted(name)) DROP COLUMN \(SQLiteFile.quoted(column.name))")
        }
    }

    private func inspect(_ item: SQLiteSchema.Item) throws {
        guard item.sql.contains("'") else { return }
        var detector = Detector()
        if let found = detector.findings(in: Array(item.sql.utf8)).first {
            throw Problem(
                "\(item.kind) \(item.name) holds what looks like \(found.type)", at: Origin(SourceFile(name)),
                hint: "take it out of the schema")
        }
    }

    /// Indexes, views and triggers, once the rows are there.
    private func addOthers(_ plans: [String: TablePlan]) throws {
        for item in schema.items where item.kind != "table" {
            if plans[item.table]?.isDropped == true { continue }
            try inspect(item)
            do { try target.run(item.sql) } catch {
                // What is about a column or table that was left out cannot be made.
                guard item.kind != "index" || !isAboutDropped(item, plans[item.table]) else { continue }
                throw error
            }
        }
    }

    private func isAboutDropped(_ item: SQLiteSchema.Item, _ plan: TablePlan?) -> Bool {
        plan?.columns.contains { if case .drop = $0 { true } else { false } } == true
    }

    /// AUTOINCREMENT goes on where it was for tables whose numbers are the same; elsewhere from the largest written.
    private func keepCounters(_ plans: [TablePlan]) throws {
        guard try !source.texts("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'").isEmpty else { return }
        for (table, plan) in zip(schema.tables, plans) {
            let stream = TableStream(table, plan, lanes: 1)
            guard !stream.renumbers, !plan.isDropped else { continue }
            let counter = try source.texts("SELECT seq FROM sqlite_sequence WHERE name = ?1", table.name.name)
            if let value = counter.first?.first ?? nil, let number = Int(value) {
                let name = table.name.name.replacingAll("'", with: "''")
                try target.run("UPDATE sqlite_sequence SET seq = \(number) WHERE name = '\(name)'")
            }
        }
    }

    private func copyRows(_ table: TableStream) throws {
        let places = table.schema.columns.indices.filter {
            switch table.plan.columns[$0] {
            case .keep, .transform: !table.schema.columns[$0].isGenerated
            case .drop, .generated: false
            }
        }
        let all = table.schema.columns.map { SQLiteFile.quoted($0.name) }.joined(separator: ", ")
        let kept = places.map { SQLiteFile.quoted(table.schema.columns[$0].name) }.joined(separator: ", ")
        let marks = places.map { _ in "?" }.joined(separator: ", ")
        let tableName = SQLiteFile.quoted(table.schema.name.name)
        let order = schema.orders[table.schema.name.name]
        let from = waiting == .read && order?.isNoted == true ? order?.rows ?? tableName : tableName
        let notes = waiting == .written && table.plan.rows != nil ? try order?.begin(in: target) : nil
        let reading = try source.prepare("SELECT \(all) FROM \(from)")
        let writing = try target.prepare(
            "INSERT INTO \(tableName) (\(kept)) VALUES (\(marks))\(notes.map { " RETURNING \($0.keys)" } ?? "")")
        let rows = SQLiteRows(table, places: places, reading: reading.handle, writing: writing.handle)
        while try reading.step() {
            defer { table.rows += 1 }
            guard try rows.bind(number: table.rows) else { continue }
            _ = try writing.step()
            try notes?.add(writing, number: table.rows)
            writing.reset()
            table.count(1, lane: 0)
        }
    }
}

/// Carries one row from a statement that reads to one that writes.
final class SQLiteRows {
    private let table: TableStream
    private let places: [Int]
    private let fields: [FieldWork]
    private let reading: OpaquePointer
    private let writing: OpaquePointer
    private let scratch: RowScratch
    private var output = ByteBuffer(capacity: 1024)

    init(_ table: TableStream, places: [Int], reading: OpaquePointer, writing: OpaquePointer) {
        self.table = table
        self.places = places
        self.reading = reading
        self.writing = writing
        fields = FieldWork.fields(of: table, columns: Array(table.schema.columns.indices), lane: 0)
        scratch = RowScratch(columns: fields.count)
    }

    /// - Returns: false when the row is left out.
    func bind(number: UInt64) throws(Problem) -> Bool {
        let row = context(number)
        if let filter = table.plan.rows, !filter.keeps(row) { return false }
        for (index, place) in places.enumerated() {
            let column = Int32(place)
            let mark = Int32(index + 1)
            if let transform = fields[place].transform {
                try bind(transform, fields[place], column, mark, row)
            } else {
                sqlite3_bind_value(writing, mark, sqlite3_column_value(reading, column))
            }
        }
        return true
    }

    private func context(_ number: UInt64) -> RowContext {
        scratch.begin()
        for index in fields.indices where fields[index].isContext {
            guard sqlite3_column_type(reading, Int32(index)) != SQLITE_NULL else { continue }
            let offset = scratch.decoded.count
            scratch.decoded.append(contentsOf: cell(Int32(index)))
            scratch.setDecoded(index, from: offset)
        }
        return scratch.row(number: number)
    }

    /// A value's bytes; numbers as SQLite writes them.
    private func cell(_ column: Int32) -> UnsafeBufferPointer<UInt8> {
        let isBlob = sqlite3_column_type(reading, column) == SQLITE_BLOB
        let start =
            isBlob
            ? sqlite3_column_blob(reading, column)?.assumingMemoryBound(to: UInt8.self)
            : sqlite3_column_text(reading, column)
        return UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(reading, column)))
    }

    private func bind(
        _ transform: any CellTransform, _ field: FieldWork, _ column: Int32, _ mark: Int32, _ row: RowContext
    ) throws(Problem) {
        output.removeAll()
        let type = sqlite3_column_type(reading, column)
        var result = CellResult.null
        do throws(TransformFailure) {
            if type != SQLITE_NULL {
                // An empty blob has no address, and is a value all the same.
                scratch.value.removeAll()
                scratch.value.append(contentsOf: cell(column))
                result = try transform.apply(scratch.value.bytes, row: row, into: &output)
            } else if field.replacesNull {
                result = try transform.applyToNull(row: row, into: &output)
            }
        } catch {
            throw Problem(
                "row \(row.number + 1) of \(table.schema.name): column \(table.schema.columns[Int(column)].name): \(error.reason)"
            )
        }
        guard result == .value else {
            sqlite3_bind_null(writing, mark)
            return
        }
        bind(UnsafeRawBufferPointer(output.bytes), type, mark)
    }

    private func bind(_ bytes: UnsafeRawBufferPointer, _ type: Int32, _ mark: Int32) {
        let isNumber = type == SQLITE_INTEGER || type == SQLITE_FLOAT || type == SQLITE_NULL
        if isNumber, let number = Int64(String(decoding: bytes, as: UTF8.self)), type != SQLITE_FLOAT {
            sqlite3_bind_int64(writing, mark, number)
        } else if type == SQLITE_FLOAT, let number = Double(String(decoding: bytes, as: UTF8.self)) {
            sqlite3_bind_double(writing, mark, number)
        } else if type == SQLITE_BLOB {
            sqlite_bind_blob_copy(writing, mark, bytes.baseAddress ?? UnsafeRawPointer(writing), UInt64(bytes.count))
        } else {
            // An empty text needs an address too, of bytes that are not read.
            let start = bytes.baseAddress ?? UnsafeRawPointer(writing)
            sqlite_bind_text_copy(writing, mark, start.assumingMemoryBound(to: CChar.self), UInt64(bytes.count))
        }
    }
}
