/// A decimal number as a whole number of its last place.
struct DecimalText {
    var units: Int64
    /// How many digits stand after the point.
    var scale: Int

    /// Nil for what is no number of at most 18 digits without an exponent.
    init?(_ text: UnsafeBufferPointer<UInt8>) {
        var isNegative = false
        var digits = 0
        var point: Int?
        units = 0
        for (place, byte) in text.enumerated() {
            if byte.isDigit {
                guard digits < 18 else { return nil }
                units = units * 10 + Int64(byte - 0x30)
                digits += 1
            } else if byte == 0x2E, point == nil {
                point = digits
            } else if byte == 0x2D, place == 0 {
                isNegative = true
            } else {
                return nil
            }
        }
        guard digits > 0 else { return nil }
        if isNegative { units = -units }
        scale = point.map { digits - $0 } ?? 0
    }

    /// Writes another number of the same scale.
    func append(_ units: Int64, to output: inout ByteBuffer) {
        if units < 0 { output.append(0x2D) }
        guard scale > 0 else { return output.append(decimal: units.magnitude) }
        let power = (0..<scale).reduce(UInt64(1)) { power, _ in power * 10 }
        output.append(decimal: units.magnitude / power)
        output.append(0x2E)
        output.append(decimal: units.magnitude % power, width: scale)
    }
}

/// `noise`: a number up to some percent larger or smaller, by an amount that key and row determine: to scrub a row again
/// does not draw again, so that no average tells the original.
package struct NoiseRecipe: TransformRecipe {
    let key: DomainKey
    /// The columns that name the row.
    let row: [Int]
    /// In thousandths of the number.
    let thousandths: Int
    let range: ClosedRange<Int64>?

    /// - Parameter range: no number leaves it; in whole numbers.
    package init(_ key: DomainKey, row: [Int], thousandths: Int, range: ClosedRange<Int64>? = nil) {
        self.key = key
        self.row = row
        self.thousandths = max(thousandths, 1)
        self.range = range
    }

    package var traits: TransformTraits {
        var traits = TransformTraits(
            .lossy, isDeterministic: false, output: range.map { .numbers($0) } ?? .sameShape,
            takes: [.integer, .decimal, .text])
        traits.reads = row
        return traits
    }

    package func instance() -> any CellTransform { NoiseTransform(self) }
}

final class NoiseTransform: CellTransform {
    private let recipe: NoiseRecipe
    private let function: KeyedFunction
    private var name = ByteBuffer()

    init(_ recipe: NoiseRecipe) {
        self.recipe = recipe
        function = KeyedFunction(recipe.key)
    }

    func apply(
        _ cell: UnsafeBufferPointer<UInt8>, row: RowContext, into output: inout ByteBuffer
    ) throws(TransformFailure) -> CellResult {
        guard let number = DecimalText(cell) else {
            guard let real = Double(String(decoding: cell, as: UTF8.self)) else {
                throw TransformFailure("it is no number")
            }
            return try changed(real, row, into: &output)
        }
        let value = function.value(of: key(of: row))
        let parts = UInt64(recipe.thousandths) * 1000
        let draw = Int64(value.below(2 * parts)) - Int64(parts)
        let wide = number.units.multipliedFullWidth(by: draw >= 0 ? draw + 1 : draw)
        var change = Int64(1_000_000).dividingFullWidth(wide).quotient
        if change == 0 { change = draw >= 0 || number.units == 0 ? 1 : -1 }
        number.append(bounded(number, change), to: &output)
        return .value
    }

    /// The changed number within the range, and not the original's: the change turns at the range's ends.
    private func bounded(_ number: DecimalText, _ change: Int64) -> Int64 {
        let sum = number.units + change
        guard let range = recipe.range else { return sum }
        let power = (0..<number.scale).reduce(Int64(1)) { power, _ in power &* 10 }
        let low = range.lowerBound.multipliedReportingOverflow(by: power)
        let high = range.upperBound.multipliedReportingOverflow(by: power)
        let floor = low.overflow ? .min : low.partialValue
        let ceiling = high.overflow ? .max : high.partialValue
        if sum >= floor, sum <= ceiling { return sum }
        let other = number.units - change
        if other >= floor, other <= ceiling { return other }
        return min(max(sum, floor), ceiling)
    }

    private func key(of row: RowContext) -> UnsafeBufferPointer<UInt8> {
        name.removeAll()
        for column in recipe.row {
            guard let cell = row.cell(column) else {
                name.append(0)
                continue
            }
            name.append(1)
            name.append(decimal: UInt64(cell.count))
            name.append(0x3A)
            name.append(contentsOf: cell)
        }
        return name.bytes
    }

    private func changed(
        _ real: Double, _ row: RowContext, into output: inout ByteBuffer
    ) throws(TransformFailure) -> CellResult {
        guard real.isFinite else { throw TransformFailure("it is no number") }
        let share = Double(function.value(of: key(of: row)).high >> 11) / Double(UInt64(1) << 53) * 2 - 1
        var result = real * (1 + share * Double(recipe.thousandths) / 1000)
        if let range = recipe.range { result = min(max(result, Double(range.lowerBound)), Double(range.upperBound)) }
        guard result.isFinite else { throw TransformFailure("what takes its place is larger than numbers can be") }
        output.append(contentsOf: "\(result)")
        return .value
    }
}

/// `bucket`: a number becomes the lower bound of the bucket that it falls into.
package struct BucketRecipe: TransformRecipe {
    let size: Int64

    /// - Parameter size: at least 1.
    package init(size: Int64) { self.size = max(size, 1) }

    package var traits: TransformTraits {
        TransformTraits(.lossy, output: .sameShape, takes: [.integer, .decimal, .text])
    }

    package func instance() -> any CellTransform { BucketTransform(self) }
}

final class BucketTransform: CellTransform {
    private let size: Int64

    init(_ recipe: BucketRecipe) { size = recipe.size }

    func apply(
        _ cell: UnsafeBufferPointer<UInt8>, row: RowContext, into output: inout ByteBuffer
    ) throws(TransformFailure) -> CellResult {
        guard let number = DecimalText(cell) else { throw TransformFailure("it is no number of at most 18 digits") }
        let power = (0..<number.scale).reduce(Int64(1)) { power, _ in power * 10 }
        let width = size.multipliedReportingOverflow(by: power)
        guard !width.overflow else { throw TransformFailure("its bucket is larger than numbers can be") }
        let rest = number.units % width.partialValue
        number.append(number.units - (rest < 0 ? rest + width.partialValue : rest), to: &output)
        return .value
    }
}
