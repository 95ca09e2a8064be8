/// Where a value was written: a file, a line and a column, both from 1.
package struct Origin: Sendable, Hashable, CustomStringConvertible {
    package var file: SourceFile
    /// From 1; 0 when only the file is known, or nothing.
    package var line: UInt32
    /// In characters, from 1; 0 when unknown.
    package var column: UInt32

    package init(_ file: SourceFile, line: Int = 0, column: Int = 0) {
        self.file = file
        self.line = UInt32(clamping: line)
        self.column = UInt32(clamping: column)
    }

    /// The origin of what was computed or read from a cluster, and stands in no file.
    package static let none = Origin(.none)

    /// Whether a file is known.
    package var isKnown: Bool { file != .none }

    /// `file:line:column`, as compilers write it.
    package var description: String {
        guard line > 0 else { return file.path }
        return column > 0 ? "\(file.path):\(line):\(column)" : "\(file.path):\(line)"
    }
}
