/// Bytes as text that checks itself (BIP 173), without its limit of 90 characters, as age has it.
enum Bech32 {
    private static let digits = Array("qpzry9x8gf2tvdw0s3jn54khce6mua7l".utf8)

    /// - Parameter prefix: what stands before the `1`, in the case that the whole text gets.
    static func encode(_ bytes: [UInt8], prefix: String) -> String {
        let values = regroup(bytes, from: 8, to: 5, pads: true) ?? []
        let name = Array(prefix.lowercased().utf8)
        let sum = checksum(spread(name) + values + [UInt8](repeating: 0, count: 6)) ^ 1
        let check = (0..<6).map { UInt8(sum >> UInt32(5 * (5 - $0)) & 31) }
        let text = String(
            decoding: name + [UInt8(ascii: "1")] + (values + check).map { digits[Int($0)] }, as: UTF8.self)
        return prefix == prefix.uppercased() ? text.uppercased() : text
    }

    /// The prefix, in lower case, and the bytes; nil for what is no such text: a wrong sum, mixed case, other letters.
    static func decode(_ text: String) -> (prefix: String, bytes: [UInt8])? {
        guard text == text.lowercased() || text == text.uppercased(), text.utf8.count <= 8192 else { return nil }
        let lower = Array(text.lowercased().utf8)
        guard lower.allSatisfy({ (33...126).contains($0) }), let mark = lower.lastIndex(of: UInt8(ascii: "1")),
            mark > 0,
            lower.count - mark > 6
        else { return nil }
        var values: [UInt8] = []
        for character in lower[(mark + 1)...] {
            guard let value = digits.firstIndex(of: character) else { return nil }
            values.append(UInt8(value))
        }
        guard checksum(spread(Array(lower[..<mark])) + values) == 1,
            let bytes = regroup(Array(values.dropLast(6)), from: 5, to: 8, pads: false)
        else { return nil }
        return (String(decoding: lower[..<mark], as: UTF8.self), bytes)
    }

    private static func spread(_ prefix: [UInt8]) -> [UInt8] { prefix.map { $0 >> 5 } + [0] + prefix.map { $0 & 31 } }

    private static func checksum(_ values: [UInt8]) -> UInt32 {
        let generator: [UInt32] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3]
        return values.reduce(1) { sum, value in
            let top = sum >> 25
            let next = (sum & 0x1ff_ffff) << 5 ^ UInt32(value)
            return generator.indices.reduce(next) { top >> UInt32($1) & 1 == 1 ? $0 ^ generator[$1] : $0 }
        }
    }

    /// The same bits in groups of another width; nil where what is left over is not padding of zeros.
    private static func regroup(_ values: [UInt8], from: Int, to: Int, pads: Bool) -> [UInt8]? {
        var result: [UInt8] = []
        var buffer: UInt32 = 0
        var bits = 0
        for value in values {
            buffer = buffer << UInt32(from) | UInt32(value)
            bits += from
            while bits >= to {
                bits -= to
                result.append(UInt8(truncatingIfNeeded: buffer >> UInt32(bits) & (1 << UInt32(to) - 1)))
            }
            buffer &= 1 << UInt32(bits) - 1
        }
        if pads {
            if bits > 0 { result.append(UInt8(buffer << UInt32(to - bits))) }
        } else if bits >= from || buffer != 0 {
            return nil
        }
        return result
    }
}
