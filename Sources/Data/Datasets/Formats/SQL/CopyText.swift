import Scrub

/// The text form of PostgreSQL's COPY: cells between tabs, rows between newlines, `\` for what cannot stand.
package enum CopyText {
    /// Whether a cell is NULL.
    @inline(__always)
    static func isNull(_ cell: UnsafeBufferPointer<UInt8>) -> Bool {
        cell.count == 2 && cell[0] == 0x5C && cell[1] == 0x4E
    }

    /// Appends what a cell with backslashes means.
    static func decode(_ cell: UnsafeBufferPointer<UInt8>, into output: inout ByteBuffer) {
        var place = 0
        while place < cell.count {
            let byte = cell[place]
            place += 1
            guard byte == 0x5C, place < cell.count else {
                output.append(byte)
                continue
            }
            let letter = cell[place]
            place += 1
            switch letter {
            case 0x62: output.append(0x08)
            case 0x66: output.append(0x0C)
            case 0x6E: output.append(0x0A)
            case 0x72: output.append(0x0D)
            case 0x74: output.append(0x09)
            case 0x76: output.append(0x0B)
            case 0x30...0x37: output.append(number(cell, &place, first: letter &- 0x30, base: 8, digits: 2))
            case 0x78 where place < cell.count && Hexadecimal.value(cell[place]) != nil:
                output.append(number(cell, &place, first: 0, base: 16, digits: 2))
            default: output.append(letter)
            }
        }
    }

    private static func number(
        _ cell: UnsafeBufferPointer<UInt8>, _ place: inout Int, first: UInt8, base: UInt8, digits: Int
    ) -> UInt8 {
        var number = first
        for _ in 0..<digits {
            guard place < cell.count, let digit = Hexadecimal.value(cell[place]), digit < base else { break }
            number = number &* base &+ digit
            place += 1
        }
        return number
    }

    private static let letters: [UInt8] = (0..<256).map { byte in
        switch byte {
        case 0x08: 0x62
        case 0x09: 0x74
        case 0x0A: 0x6E
        case 0x0B: 0x76
        case 0x0C: 0x66
        case 0x0D: 0x72
        case 0x5C: 0x5C
        default: 0
        }
    }

    /// Whether some of what was appended to a buffer since it had `start` bytes cannot stand as it is; most often nothing.
    @inline(__always)
    static func needsEscape(_ output: borrowing ByteBuffer, from start: Int) -> Bool {
        ByteTest.any(in: output.bytes, from: start) { ByteTest.below(0x0E, $0) | ByteTest.equal(0x5C, $0) }
    }

    /// Escapes what was appended to a buffer since it had `start` bytes.
    @inline(never)
    static func escape(_ output: inout ByteBuffer, from start: Int, scratch: inout ByteBuffer) {
        scratch.removeAll()
        scratch.append(contentsOf: UnsafeBufferPointer(rebasing: output.bytes[start...]))
        output.truncate(to: start)
        for byte in scratch.bytes {
            let letter = letters[Int(byte)]
            if letter != 0 { output.append(0x5C) }
            output.append(letter != 0 ? letter : byte)
        }
    }
}

/// Hexadecimal digits.
enum Hexadecimal {
    @inline(__always)
    static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x41...0x46: digit - 0x37
        case 0x61...0x66: digit - 0x57
        default: nil
        }
    }

    static func append(_ bytes: UnsafeBufferPointer<UInt8>, to output: inout ByteBuffer) {
        for byte in bytes {
            output.append(digit(byte >> 4))
            output.append(digit(byte & 15))
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x37 + value }
}
