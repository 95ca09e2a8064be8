import CLinux
import Glibc
import System

/// Where a dataset comes from.
package struct DatasetInput {
    /// What messages call it.
    package var name: String
    /// The file, where it can be read at any place, so that a look ahead is possible; else -1.
    package var file: Int32
    package var source: InputSource
    /// The schema, where it is known before the input that states it too.
    package var schema: [UInt8]?

    /// What is left of an open descriptor: a pipe, or a file.
    package init(reading descriptor: Int32, named name: String) {
        self.name = name
        var status = stat()
        let isFile = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        file = isFile ? descriptor : -1
        source = { buffer in try checked("read", on: name) { read(descriptor, buffer.baseAddress, buffer.count) } }
    }

    /// Bytes that something hands over.
    package init(named name: String, _ source: @escaping InputSource) {
        self.name = name
        self.source = source
        file = -1
    }

    /// Bytes in memory.
    ///
    /// - Parameter piece: how many of them a reading gives at most.
    package init(_ bytes: [UInt8], named name: String, piece: Int = .max) {
        self.init(named: name, Self.reading(bytes, piece))
    }

    private static func reading(_ bytes: [UInt8], _ piece: Int = .max) -> InputSource {
        var place = 0
        return { buffer in
            let count = min(buffer.count, bytes.count - place, piece)
            buffer.copyBytes(from: bytes[place..<place + count])
            place += count
            return count
        }
    }

    /// The schema that is known; or the file from where it stands to its end, read beside whoever reads it.
    func lookAhead() -> InputSource? {
        if let schema { return Self.reading(schema) }
        guard file >= 0 else { return nil }
        let (file, name) = (file, name)
        var offset = lseek(file, 0, SEEK_CUR)
        guard offset >= 0 else { return nil }
        return { buffer in
            let count = try checked("pread", on: name) { pread(file, buffer.baseAddress, buffer.count, offset) }
            offset += off_t(count)
            return count
        }
    }
}
