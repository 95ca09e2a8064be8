/// `ip`: another address of which as many leading bits agree with another's pseudonym as agreed before: networks stay
/// networks. A bijection.
final class AddressTransform: CellTransform {
    private let function: KeyedFunction
    private let letters: LetterShape
    /// What the first byte's bits turn by, and then the second's for each first byte, of addresses of four bytes.
    private var firstTurns: Turns?
    private var secondTurns = [Turns?](repeating: nil, count: 256)

    init(_ key: DomainKey) {
        function = KeyedFunction(key)
        letters = LetterShape(key)
    }

    func apply(
        _ cell: UnsafeBufferPointer<UInt8>, row: RowContext, into output: inout ByteBuffer
    ) throws(TransformFailure) -> CellResult {
        if let address = IPAddress.short(cell) {
            IPAddress.append(changed(address), to: &output)
            return .value
        }
        // A network's length stays: `10.1.0.0/16`.
        let slash = cell.firstIndex(of: 0x2F) ?? cell.endIndex
        let address = UnsafeBufferPointer(rebasing: cell[..<slash])
        let digits = cell[slash...].dropFirst()
        let isWhole = slash == cell.endIndex
        if var bytes = IPAddress.read(address),
            isWhole || (1...3).contains(digits.count) && digits.allSatisfy(\.isDigit)
        {
            let length = isWhole ? .max : digits.reduce(0) { 10 * $0 + Int($1 - 0x30) }
            change(&bytes, bits: min(length, 8 * bytes.count))
            IPAddress.append(bytes, to: &output)
            output.append(contentsOf: UnsafeBufferPointer(rebasing: cell[slash...]))
        } else {
            letters.apply(cell, into: &output)
        }
        return .value
    }

    /// Two values of the function: 256 bits, one for each way through a byte's eight.
    private struct Turns {
        var first: Pseudorandom
        var second: Pseudorandom
    }

    /// `change` for the four bytes of a whole address, without an array for them.
    private func changed(_ address: UInt32) -> UInt32 {
        var image: UInt32 = 0
        var known: UInt32 = 0
        for place in 0..<4 as Range<UInt32> {
            let shift = 24 - 8 * place
            let turns = turns(of: place, after: known)
            let original = address >> shift & 0xFF
            var changed: UInt32 = 0
            var node = 1
            for bit in 0..<8 as Range<UInt32> {
                let isSet = original >> (7 - bit) & 1
                var turn = UInt32(Self.bit(node, of: turns.first, turns.second))
                if place == 3, bit == 7, image == known, changed == original >> 1 { turn = 1 }
                changed = changed << 1 | isSet ^ turn
                node = node << 1 | Int(isSet)
            }
            image |= changed << shift
            known |= original << shift
        }
        return image
    }

    /// What the bits of a byte turn by, as the bytes before it say.
    @inline(__always)
    private func turns(of place: UInt32, after known: UInt32) -> Turns {
        switch place {
        case 0:
            if let turns = firstTurns { return turns }
            let turns = made(place, known)
            firstTurns = turns
            return turns
        case 1:
            if let turns = secondTurns[Int(known >> 24)] { return turns }
            let turns = made(place, known)
            secondTurns[Int(known >> 24)] = turns
            return turns
        default: return made(place, known)
        }
    }

    private func made(_ place: UInt32, _ known: UInt32) -> Turns {
        // The bytes before this one, its place and how many there are.
        var name = (UInt64(known.byteSwapped), UInt64(0), UInt16(place) | 4 << 8)
        let first = withUnsafeBytes(of: &name) { memory in
            function.value(of: UnsafeBufferPointer(rebasing: memory.bindMemory(to: UInt8.self)[0..<18]))
        }
        return Turns(first: first, second: function.more(of: first, 1))
    }

    /// Each bit turns or not as the bits before it say; the last turns where no other did.
    private func change(_ bytes: inout [UInt8], bits: Int) {
        var name = [UInt8](repeating: 0, count: 18)
        name[17] = UInt8(bytes.count)
        var isSame = true
        for place in 0..<bytes.count where 8 * place < bits {
            // Two values of the function are 256 bits: one for each way through the byte's eight.
            name[16] = UInt8(place)
            let first = name.withUnsafeBufferPointer { function.value(of: $0) }
            let second = function.more(of: first, 1)
            var changed: UInt8 = 0
            var node = 1
            for bit in 0..<8 {
                let original = bytes[place] >> UInt8(7 - bit) & 1
                var turn = Self.bit(node, of: first, second)
                if 8 * place + bit >= bits { turn = 0 }
                if isSame, 8 * place + bit == bits - 1 { turn = 1 }
                if turn == 1 { isSame = false }
                changed = changed << 1 | original ^ turn
                node = node << 1 | Int(original)
            }
            name[place] = bytes[place]
            bytes[place] = changed
        }
    }

    private static func bit(_ node: Int, of first: Pseudorandom, _ second: Pseudorandom) -> UInt8 {
        let part = node < 64 ? first.high : node < 128 ? first.low : node < 192 ? second.high : second.low
        return UInt8(truncatingIfNeeded: part >> UInt64(node & 63) & 1)
    }
}

/// Addresses of both versions as bytes.
enum IPAddress {
    /// Four bytes or sixteen; nil for what is no address.
    static func read(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        guard text.count >= 2, text.count <= 45 else { return nil }
        if text.contains(0x3A) { return version6(text) }
        return version4(text[...])
    }

    /// A whole address of version 4; nil for anything else.
    static func short(_ text: UnsafeBufferPointer<UInt8>) -> UInt32? {
        guard text.count >= 7, text.count <= 15 else { return nil }
        var address: UInt32 = 0
        var part: UInt32 = 0
        var digits = 0
        var points = 0
        for byte in text {
            if byte.isDigit {
                part = part &* 10 &+ UInt32(byte &- 0x30)
                digits &+= 1
            } else {
                guard byte == 0x2E, (1...3).contains(digits), part < 256 else { return nil }
                address = address << 8 | part
                (part, digits, points) = (0, 0, points &+ 1)
            }
        }
        guard points == 3, (1...3).contains(digits), part < 256 else { return nil }
        return address << 8 | part
    }

    static func append(_ address: UInt32, to output: inout ByteBuffer) {
        for place in 0..<4 as Range<UInt32> {
            if place > 0 { output.append(0x2E) }
            let byte = address >> (24 - 8 * place) & 0xFF
            output.append(decimal: UInt64(byte), width: byte > 99 ? 3 : byte > 9 ? 2 : 1)
        }
    }

    private static func version4(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> [UInt8]? {
        let parts = text.split(separator: 0x2E, omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bytes: [UInt8] = []
        for part in parts {
            guard (1...3).contains(part.count), part.allSatisfy(\.isDigit) else { return nil }
            let number = part.reduce(0) { 10 * $0 + Int($1 - 0x30) }
            guard number < 256 else { return nil }
            bytes.append(UInt8(number))
        }
        return bytes
    }

    private static func version6(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        var groups: [UInt8] = []
        var gap: Int?
        let parts = text.split(separator: 0x3A, omittingEmptySubsequences: false)
        guard parts.count >= 3 else { return nil }
        for (index, part) in parts.enumerated() {
            if part.isEmpty {
                // "::" gives one empty part within, and one more at either end of the text.
                let isEnd = index == 0 && parts[1].isEmpty || index == parts.count - 1 && parts[index - 1].isEmpty
                if isEnd { continue }
                guard gap == nil, index > 0, index < parts.count - 1 else { return nil }
                gap = groups.count
            } else if index == parts.count - 1, part.contains(0x2E) {
                guard let bytes = version4(part) else { return nil }
                groups += bytes
            } else {
                guard part.count <= 4, part.allSatisfy(\.isHex) else { return nil }
                let number = part.reduce(0) { number, byte in
                    16 * number + Int(byte.isDigit ? byte - 0x30 : (byte | 0x20) - 0x61 + 10)
                }
                groups += [UInt8(number >> 8), UInt8(number & 0xFF)]
            }
        }
        guard groups.count <= 16, gap != nil || groups.count == 16 else { return nil }
        if let gap { groups.insert(contentsOf: [UInt8](repeating: 0, count: 16 - groups.count), at: gap) }
        return groups
    }

    /// In RFC 5952's form, the longest run of zeros left out.
    static func append(_ bytes: [UInt8], to output: inout ByteBuffer) {
        guard bytes.count == 16 else {
            for (place, byte) in bytes.enumerated() {
                if place > 0 { output.append(0x2E) }
                output.append(decimal: UInt64(byte))
            }
            return
        }
        let groups = (0..<8).map { Int(bytes[2 * $0]) << 8 | Int(bytes[2 * $0 + 1]) }
        var best = 0..<0
        var start = 0
        while start < 8 {
            let end = groups[start...].firstIndex { $0 != 0 } ?? 8
            if end - start > max(best.count, 1) { best = start..<end }
            start = max(end, start + 1)
        }
        for place in 0..<8 {
            if best.contains(place) {
                if place == best.lowerBound { output.append(contentsOf: place == 0 ? "::" : ":") }
                continue
            }
            output.append(contentsOf: String(groups[place], radix: 16))
            if place < 7 { output.append(0x3A) }
        }
    }
}
