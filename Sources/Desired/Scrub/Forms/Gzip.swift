import CZlib

/// Texts packed with gzip (RFC 1952), as they stand in fields.
enum Gzip {
    /// What a field's text may grow to; more is refused, as nobody could say what is in it.
    static let longest = 32 << 20

    static func isPacked(_ bytes: [UInt8]) -> Bool { bytes.count >= 18 && bytes[0] == 0x1F && bytes[1] == 0x8B }

    /// Where gzip's mark stands, with the only method that there is.
    static func starts(in bytes: [UInt8]) -> [Int] {
        guard bytes.count >= 18, bytes.contains(0x1F) else { return [] }
        return (0...(bytes.count - 18)).filter {
            bytes[$0] == 0x1F && bytes[$0 + 1] == 0x8B && bytes[$0 + 2] == 8
        }
    }

    /// - Returns: nil for what is no gzip, is cut off, or unpacks to more than `longest`.
    static func unpack(_ bytes: [UInt8]) -> [UInt8]? {
        let (plain, _, isWhole) = inflated(bytes)
        return isWhole && plain.count <= longest ? plain : nil
    }

    /// What is packed, as far as it can be read, and a little more than `longest` at the most.
    ///
    /// - Returns: that, and how many bytes it was packed in.
    static func unpackedStart(_ bytes: [UInt8]) -> (plain: [UInt8], used: Int) {
        let (plain, used, _) = inflated(bytes)
        return (plain, used)
    }

    private static func inflated(_ bytes: [UInt8]) -> (plain: [UInt8], used: Int, isWhole: Bool) {
        var input = bytes
        var stream = z_stream()
        guard zlib_inflate_gzip(&stream) == Z_OK else { return ([], 0, false) }
        defer { inflateEnd(&stream) }
        var result: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        let isWhole = input.withUnsafeMutableBufferPointer { input -> Bool in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(clamping: input.count)
            while true {
                let (code, count) = step(&stream, &chunk) { inflate($0, Z_NO_FLUSH) }
                result += chunk[..<count]
                if result.count > longest { return false }
                if code == Z_STREAM_END {
                    if !goesOn(&stream) { return true }
                } else if code != Z_OK {
                    return false
                }
            }
        }
        return (result, input.count - Int(stream.avail_in), isWhole)
    }

    /// Whether another member follows the one that has ended (RFC 1952, section 2.2), which is read as a part of the text.
    private static func goesOn(_ stream: inout z_stream) -> Bool {
        guard stream.avail_in >= 18, let next = stream.next_in, next[0] == 0x1F, next[1] == 0x8B else { return false }
        return inflateReset(&stream) == Z_OK
    }

    /// The same bytes give the same text, without a name or a time.
    static func pack(_ bytes: [UInt8]) -> [UInt8]? {
        var input = bytes
        var stream = z_stream()
        guard zlib_deflate_gzip(&stream) == Z_OK else { return nil }
        defer { deflateEnd(&stream) }
        var result: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        return input.withUnsafeMutableBufferPointer { input -> [UInt8]? in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(clamping: input.count)
            while true {
                let (code, count) = step(&stream, &chunk) { deflate($0, Z_FINISH) }
                result += chunk[..<count]
                if code == Z_STREAM_END { return result }
                if code != Z_OK { return nil }
            }
        }
    }

    private static func step(
        _ stream: inout z_stream, _ chunk: inout [UInt8], _ body: (UnsafeMutablePointer<z_stream>) -> Int32
    ) -> (code: Int32, count: Int) {
        let size = chunk.count
        return chunk.withUnsafeMutableBufferPointer { buffer in
            stream.next_out = buffer.baseAddress
            stream.avail_out = UInt32(size)
            let code = body(&stream)
            return (code, size - Int(stream.avail_out))
        }
    }
}
