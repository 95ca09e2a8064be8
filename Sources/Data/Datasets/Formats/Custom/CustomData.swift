import CZlib
import Document
import Scrub

/// The data of one entry, unpacked as it is read.
final class CustomData {
    private let reader: CustomReader
    private let isPacked: Bool
    private var left = 0
    private var isAtLast = false
    private var stream = z_stream()
    private var isEnded = false

    init(_ reader: CustomReader, isPacked: Bool) throws {
        self.reader = reader
        self.isPacked = isPacked
        guard !isPacked || zlib_inflate_zlib(&stream) == Z_OK else { throw Problem("zlib has no memory") }
    }

    deinit { if isPacked { inflateEnd(&stream) } }

    /// Fills a buffer with the next bytes; 0 at the end.
    func read(_ buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        isPacked ? try inflate(buffer) : try copy(buffer)
    }

    /// Makes the next bytes of the current chunk stand in the window.
    ///
    /// - Returns: how many; 0 at the data's end.
    private func available() throws -> Int {
        while left == 0, !isAtLast {
            left = try reader.int()
            guard left >= 0 else { throw Problem("a chunk of negative length", at: reader.window.origin()) }
            if left == 0 { isAtLast = true }
        }
        guard left > 0 else { return 0 }
        guard try reader.window.require(1) else {
            throw Problem("the input is truncated within a table's rows", at: reader.window.origin())
        }
        return min(left, reader.window.count)
    }

    private func copy(_ buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        let count = min(try available(), buffer.count)
        buffer.copyBytes(from: reader.window.bytes[..<count])
        pass(count)
        return count
    }

    private func pass(_ count: Int) {
        reader.window.consume(count)
        left -= count
    }

    private func inflate(_ buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        while !isEnded {
            let count = try available()
            guard count > 0 else {
                throw Problem("the rows of a table are packed and have no end", at: reader.window.origin())
            }
            let input = reader.window.bytes
            stream.next_in = UnsafeMutablePointer(
                mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
            stream.avail_in = UInt32(count)
            stream.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
            stream.avail_out = UInt32(clamping: buffer.count)
            let room = Int(stream.avail_out)
            let code = CZlib.inflate(&stream, Z_NO_FLUSH)
            guard code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR else {
                throw Problem("the rows of a table are not packed as the dump says", at: reader.window.origin())
            }
            pass(count - Int(stream.avail_in))
            isEnded = code == Z_STREAM_END
            let written = room - Int(stream.avail_out)
            if written > 0 { return written }
        }
        // What follows is the chunk of length 0.
        if try available() > 0 { throw Problem("something follows a table's packed rows", at: reader.window.origin()) }
        return 0
    }
}

/// Makes chunks of what other work writes, on the lane: marked as data, and packed as a piece of deflate that ends at a
/// byte, so that pieces can stand one after another. What the sum over all is made of stands before it.
final class ChunkWork: RowWork {
    private let inner: (any RowWork)?
    private let packs: Bool
    private var plain = ByteBuffer(capacity: 1 << 16)
    private var stream = z_stream()

    /// Bytes before a packed piece: the mark, how many bytes it was, and their sum (RFC 1950).
    static let head = 13

    /// - Parameter inner: nil for rows that pass as they are.
    init(_ inner: (any RowWork)?, packs: Bool) throws {
        self.inner = inner
        self.packs = packs
        guard !packs || zlib_deflate_raw(&stream, 1) == Z_OK else { throw Problem("zlib has no memory") }
    }

    deinit { if packs { deflateEnd(&stream) } }

    func rewrite(_ block: Block, into output: inout ByteBuffer) throws {
        guard packs else {
            output.append(1)
            if let inner { return try inner.rewrite(block, into: &output) }
            return output.append(contentsOf: block.bytes)
        }
        plain.removeAll()
        if let inner { try inner.rewrite(block, into: &plain) } else { plain.append(contentsOf: block.bytes) }
        if plain.count > 0 { try pack(into: &output) }
    }

    private func pack(into output: inout ByteBuffer) throws(Problem) {
        let bytes = plain.bytes
        guard let start = bytes.baseAddress else { return }
        output.append(1)
        let sum = UInt32(truncatingIfNeeded: adler32(1, start, UInt32(bytes.count)))
        withUnsafeBytes(of: UInt64(bytes.count)) { output.append(contentsOf: $0) }
        withUnsafeBytes(of: sum) { output.append(contentsOf: $0) }
        let room = Int(deflateBound(&stream, UInt(bytes.count))) + 64
        let place = output.count
        stream.next_in = UnsafeMutablePointer(mutating: start)
        stream.avail_in = UInt32(bytes.count)
        stream.next_out = output.extend(by: room)
        stream.avail_out = UInt32(room)
        // A full flush leaves nothing behind that the next piece, of any lane, would need.
        guard deflate(&stream, Z_FULL_FLUSH) == Z_OK, stream.avail_in == 0, stream.avail_out > 0 else {
            throw Problem("zlib cannot pack a block")
        }
        output.truncate(to: place + room - Int(stream.avail_out))
        deflateReset(&stream)
    }
}
