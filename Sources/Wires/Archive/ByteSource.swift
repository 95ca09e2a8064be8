import Glibc
import System

/// Fills a buffer with the next bytes and answers how many; 0 at the end. May block.
package typealias ByteSource = (UnsafeMutableRawBufferPointer) throws -> Int

/// Takes all of the bytes. May block.
package typealias ByteSink = (UnsafeRawBufferPointer) throws -> Void

/// Sources and sinks that are often wanted.
package enum Bytes {
    /// What is left of an open file.
    package static func source(reading descriptor: Int32, named path: String) -> ByteSource {
        { buffer in try checked("read", on: path) { read(descriptor, buffer.baseAddress, buffer.count) } }
    }

    /// Bytes in memory.
    package static func source(_ bytes: [UInt8]) -> ByteSource {
        var offset = 0
        return { buffer in
            let count = min(buffer.count, bytes.count - offset)
            buffer.copyBytes(from: bytes[offset..<offset + count])
            offset += count
            return count
        }
    }

    /// Writes to an open file.
    package static func sink(writing descriptor: Int32, named path: String) -> ByteSink {
        { bytes in
            var rest = bytes
            while !rest.isEmpty {
                let count = try checked("write", on: path) { write(descriptor, rest.baseAddress, rest.count) }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
    }
}
