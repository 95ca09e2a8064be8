/// Why SQLite refused: its result code (sqlite.org/rescode.html), its own message, and the file.
package struct DatabaseError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What a caller can act upon.
    package enum Code: Sendable, Hashable {
        /// Another process has the database open; its process id where it is known.
        case inUse(by: Int32?)
        /// A lock was not had in time.
        case busy
        /// The disk, or the space that the database may take, is full; nothing of the transaction was written.
        case full
        /// The file is no database, or is damaged.
        case corrupt
        /// A unique key, a foreign key, a check or a NOT NULL does not hold.
        case constraint
        /// The file or its folder cannot be written or opened.
        case access
        /// The file was written by a newer Belay.
        case tooNew
        /// The disk failed.
        case io
        /// The statement is wrong, or SQLite failed otherwise.
        case other
    }

    package var code: Code
    /// SQLite's extended result code; 0 when the refusal is Belay's own.
    package var resultCode: Int32
    package var message: String
    package var path: String

    package init(_ code: Code, _ message: String, resultCode: Int32 = 0, path: String) {
        self.code = code
        self.message = message
        self.resultCode = resultCode
        self.path = path
    }

    package var description: String {
        switch code {
        case .full: "database \(path): no space left (\(message)); free some and it goes on"
        case .corrupt: "database \(path): \(message); restore it from a backup or move it away"
        default: "database \(path): \(message)"
        }
    }
}
