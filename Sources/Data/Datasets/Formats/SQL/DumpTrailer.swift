import Document

/// Whether a dump that says where it ends has come to that end.
///
/// pg_dump and mysqldump write a first line that tells who wrote the dump, and a last one that says it is complete.
struct DumpTrailer {
    private var opened = 0
    private var closed = 0
    private var isAnnounced = false
    private var hasRestriction = false
    /// Whether the empty line that follows the last command of a dump has not come.
    private var awaitsBlank = false
    /// What has followed the closing line: PostgreSQL ends with `--` and an empty line.
    private var after: [UInt8] = []

    private static let openings = ["-- PostgreSQL database dump", "-- MySQL dump ", "-- MariaDB dump "]
    private static let closings = [
        "-- PostgreSQL database dump complete", "-- Dump completed", "-- PostgreSQL database cluster dump complete",
    ]

    /// Reads a comment's line, its end included.
    mutating func comment(_ line: UnsafeRawBufferPointer) {
        let text = String(decoding: line, as: UTF8.self)
        if Self.closings.contains(where: text.hasPrefix) {
            closed += 1
            after = Array(text.utf8)
        } else if Self.openings.contains(where: text.hasPrefix) || text.hasPrefix("-- PostgreSQL database cluster dump")
        {
            opened += 1
            closed = opened - 1
        } else if closed > 0 {
            after += Array(line)
        }
    }

    /// Reads a comment in asterisks: mariadb-dump puts one before the line that tells who wrote the dump.
    mutating func note(_ comment: UnsafeRawBufferPointer) {
        if comment.starts(with: "/*M!999999\\-".utf8) { isAnnounced = true }
    }

    mutating func command(_ name: String) {
        if name == "\\restrict" { hasRestriction = true }
        guard name == "\\unrestrict" else { return }
        hasRestriction = false
        awaitsBlank = true
    }

    mutating func blank(_ bytes: UnsafeRawBufferPointer) {
        awaitsBlank = false
        if closed == opened, closed > 0, after.count < 256 { after += Array(bytes) }
    }

    /// Whether a program wrote the dump, which then states all tables before the first row.
    var isDump: Bool { opened > 0 }

    /// - Throws: `Problem` where the dump's end has not come.
    func check(at origin: Origin, _ dialect: SQLDialect) throws(Problem) {
        guard opened > 0 || isAnnounced else { return }
        let text = String(decoding: after, as: UTF8.self)
        let ending = dialect == .postgres ? "\n--\n\n" : "\n"
        guard closed >= opened, !hasRestriction, !awaitsBlank, text.contains(ending) else {
            throw Problem(
                "the input is truncated: the line that ends the dump has not come", at: origin,
                hint: "dump again; nothing of this one can be trusted")
        }
    }

    /// Whether a comment says nothing but what the dump's own statements say.
    static func isHarmless(_ line: UnsafeRawBufferPointer) -> Bool {
        let text = String(decoding: line, as: UTF8.self).trimmedEnd
        if ["--", "-- PostgreSQL database dump", "-- PostgreSQL database dump complete"].contains(text) { return true }
        let known = [
            "-- Name: ", "-- Data for Name: ", "-- Dumped from database version ", "-- Dumped by pg_dump version ",
            "-- MySQL dump ", "-- MariaDB dump ", "-- Table structure for table ", "-- Dumping data for table ",
            "-- Dump completed", "-- PostgreSQL database cluster dump",
        ]
        return known.contains(where: text.hasPrefix)
    }
}

extension String {
    /// Without blanks and line ends at its end.
    fileprivate var trimmedEnd: String {
        var rest = self[...]
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }
}
