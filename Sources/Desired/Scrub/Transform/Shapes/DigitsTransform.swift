/// `digits`, `phone` and `sequence`: a text's digits become others, and all other signs stay.
package struct DigitsRecipe: TransformRecipe {
    let key: DomainKey
    package let identity: String
    /// How many digits at the start stay, such as a country's.
    let kept: Int
    /// After a plus sign, this many digits stay: of phone numbers.
    let keptAfterPlus: Int
    /// The largest number, where there is one; then only whole numbers are taken.
    package let largest: UInt64?

    package init(_ key: DomainKey, identity: String, kept: Int = 0, keptAfterPlus: Int = 0, largest: UInt64? = nil) {
        self.key = key
        self.identity = identity
        self.kept = kept
        self.keptAfterPlus = keptAfterPlus
        self.largest = largest
    }

    package var traits: TransformTraits {
        var traits = TransformTraits(.injective, output: .sameShape, takes: [.integer, .text, .decimal])
        traits.identity = "digits \(identity) \(kept) \(keptAfterPlus) \(largest ?? 0)"
        return traits
    }

    package func instance() -> any CellTransform { DigitsTransform(self) }
}

final class DigitsTransform: CellTransform {
    private let recipe: DigitsRecipe
    private let numbers: NumberShape
    private let letters: LetterShape
    private let long: MixedRadix
    private var digits: [UInt16] = []
    private var radices: [UInt16] = []

    init(_ recipe: DigitsRecipe) {
        self.recipe = recipe
        numbers = NumberShape(recipe.key, largest: recipe.largest)
        letters = LetterShape(recipe.key)
        long = MixedRadix(recipe.key)
    }

    func apply(
        _ cell: UnsafeBufferPointer<UInt8>, row: RowContext, into output: inout ByteBuffer
    ) throws(TransformFailure) -> CellResult {
        var number: UInt64 = 0
        var count = 0
        for byte in cell where byte.isDigit {
            if count < NumberShape.longest { number = number &* 10 &+ UInt64(byte &- 0x30) }
            count &+= 1
        }
        guard count > 0 else {
            try refuseUnlessText()
            letters.apply(cell, into: &output)
            return .value
        }
        let kept = kept(of: cell, count)
        guard count <= NumberShape.longest else {
            try refuseUnlessText()
            permuteLong(cell, kept, &output)
            return .value
        }
        if recipe.largest != nil, count != cell.count, cell.first != 0x2D || count != cell.count - 1 {
            throw TransformFailure("it is no whole number")
        }
        if kept > 0 {
            var power: UInt64 = 1
            for _ in kept..<count { power *= 10 }
            number %= power
        }
        guard let image = numbers.image(of: number, length: count - kept) else {
            throw TransformFailure("its number is above the largest that the rule names")
        }
        write(image, width: count - kept, after: kept, of: cell, &output)
        return .value
    }

    private func refuseUnlessText() throws(TransformFailure) {
        if recipe.largest != nil { throw TransformFailure("it is no whole number") }
    }

    /// How many digits stay. A number too short to hide behind the rest is changed whole.
    @inline(__always)
    private func kept(of cell: UnsafeBufferPointer<UInt8>, _ count: Int) -> Int {
        let wanted = cell[0] == 0x2B ? max(recipe.kept, recipe.keptAfterPlus) : recipe.kept
        return wanted > 0 && count >= wanted + 4 ? wanted : 0
    }

    @inline(__always)
    private func write(
        _ image: UInt64, width: Int, after kept: Int, of cell: UnsafeBufferPointer<UInt8>, _ output: inout ByteBuffer
    ) {
        if width == cell.count { return output.append(decimal: image, width: width) }
        let start = output.count
        output.append(contentsOf: cell)
        let written = output.mutableBytes
        var rest = image
        var left = width
        var place = cell.count
        while left > 0 {
            place &-= 1
            guard written[start + place].isDigit else { continue }
            let next = rest / 10
            written[start + place] = 0x30 &+ UInt8(truncatingIfNeeded: rest &- next &* 10)
            rest = next
            left &-= 1
        }
    }

    /// The first digit that is not kept stays zero or not zero.
    private func permuteLong(_ cell: UnsafeBufferPointer<UInt8>, _ kept: Int, _ output: inout ByteBuffer) {
        digits.removeAll(keepingCapacity: true)
        radices.removeAll(keepingCapacity: true)
        var seen = 0
        for byte in cell where byte.isDigit {
            seen += 1
            guard seen > kept else { continue }
            let isFirst = seen == kept + 1
            let digit = UInt16(byte - 0x30)
            digits.append(isFirst && digit > 0 ? digit - 1 : digit)
            radices.append(isFirst ? (digit > 0 ? 9 : 1) : 10)
        }
        let addition: UInt16 = radices[0] == 9 ? 1 : 0
        digits.withUnsafeMutableBufferPointer { digits in
            radices.withUnsafeBufferPointer { _ = long.permute(digits, $0) }
        }
        digits[0] += addition
        let start = output.count
        output.append(contentsOf: cell)
        let written = output.mutableBytes
        seen = 0
        for place in 0..<cell.count where cell[place].isDigit {
            seen += 1
            if seen > kept { written[start + place] = 0x30 + UInt8(digits[seen - kept - 1]) }
        }
    }
}

extension DigitsRecipe {
    /// The largest number that may take the place of one up to `number`: what a sequence goes on from. It tells no more
    /// of how many rows there are than how many digits their number has.
    package func ceiling(of number: UInt64) -> UInt64 { NumberShape.ceiling(of: number, largest: largest) }
}
