import Synchronization

/// The name of a file that values come from, interned so that an origin is twelve bytes and copies without counting.
///
/// Names are paths from the project's root (`apps/web/base/deployment.yaml`) or say what else the text is
/// (`standard input`). The table only grows; a service meets as many names as its repositories have files.
package struct SourceFile: Sendable, Hashable, CustomStringConvertible {
    private let index: UInt32

    package init(_ path: String) {
        index = Self.table.withLock { table in
            if let known = table.indexes[path] { return known }
            let index = UInt32(table.paths.count)
            table.paths.append(path)
            table.indexes[path] = index
            return index
        }
    }

    /// The path as it was given.
    package var path: String {
        Self.table.withLock { $0.paths[Int(index)] }
    }

    package var description: String { path }

    private struct Table {
        var paths: [String] = [""]
        var indexes: [String: UInt32] = ["": 0]
    }

    private static let table = Mutex(Table())

    /// The file of values that come from no file.
    static let none = SourceFile("")
}
