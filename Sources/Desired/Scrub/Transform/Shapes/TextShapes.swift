/// `alnum`: letters become letters of their case, digits digits, and other signs stay.
final class AlnumTransform: CellTransform {
    private let letters: LetterShape

    init(_ key: DomainKey) { letters = LetterShape(key) }

    func apply(
        _ cell: UnsafeBufferPointer<UInt8>, row: RowContext, into output: inout ByteBuffer
    ) throws(TransformFailure) -> CellResult {
        letters.apply(cell, into: &output)
        return .value
    }
}

/// `uuid`: another UUID of the same version, variant and form; 16 bytes become 16 bytes.
final class UUIDTransform: CellTransform {
    /// What the version and the variant leave of each half: 60 and 62 bits.
    private static let high: UInt64 = 1 << 60
    private static let low: UInt64 = 1 << 62

    private let feistel: Feistel
    private let letters: LetterShape

    init(_ key: DomainKey) {
        feistel = Feistel(key)
        letters = LetterShape(key)
    }

    func apply(
        _ cell: UnsafeBufferPointer<UInt8>, row: RowContext, into output: inout ByteBuffer
    ) throws(TransformFailure) -> CellResult {
        if let id = Self.read(cell) {
            let image = permuted(id)
            let start = output.count
            output.append(contentsOf: cell)
            Self.write(image, over: cell, at: start, &output)
        } else if cell.count == 16, cell.contains(where: { $0 < 0x20 || $0 > 0x7E }) {
            let memory = UnsafeRawBufferPointer(cell)
            let image = permuted(
                (
                    UInt64(bigEndian: memory.loadUnaligned(as: UInt64.self)),
                    UInt64(bigEndian: memory.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
                ))
            withUnsafeBytes(of: image.0.bigEndian) { output.append(contentsOf: $0) }
            withUnsafeBytes(of: image.1.bigEndian) { output.append(contentsOf: $0) }
        } else {
            letters.apply(cell, into: &output)
        }
        return .value
    }

    /// RFC 9562: the version is the four bits from bit 48, the variant the two from bit 64.
    private func permuted(_ id: (UInt64, UInt64)) -> (UInt64, UInt64) {
        var high = (id.0 >> 16) << 12 | id.0 & 0xFFF
        var low = id.1 & (Self.low - 1)
        feistel.next(&high, &low, width: Self.high, height: Self.low, tweak: 0x75)
        return ((high >> 12) << 16 | id.0 & 0xF000 | high & 0xFFF, id.1 & ~(Self.low - 1) | low)
    }

    /// 32 hexadecimal digits, dashes or not between them, braces or not around them.
    private static func read(_ cell: UnsafeBufferPointer<UInt8>) -> (UInt64, UInt64)? {
        guard cell.count >= 32, cell.count <= 38 else { return nil }
        var halves: (UInt64, UInt64) = (0, 0)
        var count = 0
        for byte in cell {
            guard byte.isHex else {
                guard byte == 0x2D || byte == 0x7B || byte == 0x7D else { return nil }
                continue
            }
            let digit = UInt64(byte.isDigit ? byte &- 0x30 : (byte | 0x20) &- 0x61 &+ 10)
            if count < 16 { halves.0 = halves.0 << 4 | digit } else { halves.1 = halves.1 << 4 | digit }
            count += 1
        }
        return count == 32 ? halves : nil
    }

    private static func write(
        _ id: (UInt64, UInt64), over cell: UnsafeBufferPointer<UInt8>, at start: Int, _ output: inout ByteBuffer
    ) {
        let isUpper = cell.contains(where: \.isUpper)
        let written = output.mutableBytes
        var count = 0
        for place in 0..<cell.count where cell[place].isHex {
            let half = count < 16 ? id.0 : id.1
            let digit = UInt8(truncatingIfNeeded: half >> UInt64(60 - 4 * (count & 15)) & 15)
            written[start + place] = digit < 10 ? 0x30 + digit : (isUpper ? 0x41 : 0x61) + digit - 10
            count += 1
        }
    }
}

/// `mask`: all but some signs at either end become asterisks.
package struct MaskRecipe: TransformRecipe {
    let first: Int
    let last: Int
    let sign: UInt8

    package init(first: Int = 0, last: Int = 0, sign: UInt8 = 0x2A) {
        self.first = first
        self.last = last
        self.sign = sign
    }

    package var traits: TransformTraits { TransformTraits(.lossy, output: .sameShape, takes: [.text]) }

    package func instance() -> any CellTransform { MaskTransform(self) }
}

final class MaskTransform: CellTransform {
    private let recipe: MaskRecipe

    init(_ recipe: MaskRecipe) { self.recipe = recipe }

    func apply(
        _ cell: UnsafeBufferPointer<UInt8>, row: RowContext, into output: inout ByteBuffer
    ) throws(TransformFailure) -> CellResult {
        let count = cell.reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
        // A text too short to hide in its middle is hidden whole.
        let isShort = count < recipe.first + recipe.last + 3
        var place = 0
        for byte in cell {
            let isContinuation = byte & 0xC0 == 0x80
            if !isContinuation { place += 1 }
            let isKept = !isShort && (place <= recipe.first || place > count - recipe.last)
            if isKept { output.append(byte) } else if !isContinuation { output.append(recipe.sign) }
        }
        return .value
    }
}
