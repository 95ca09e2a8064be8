/// `date-shift`: whole days later or earlier, the same for one subject wherever it occurs, so that the order and the
/// distance of a subject's dates stay.
package struct DateShiftRecipe: TransformRecipe {
    let key: DomainKey
    let identity: String
    /// The column that names the subject; nil for the cell itself.
    let subject: Int?
    let days: Int

    /// - Parameter days: the most that a date moves, at least 1.
    package init(_ key: DomainKey, identity: String, subject: Int?, days: Int = 180) {
        self.key = key
        self.identity = identity
        self.subject = subject
        self.days = max(days, 1)
    }

    package var traits: TransformTraits {
        var traits = TransformTraits(
            .lossy, isDeterministic: subject == nil, output: .date, takes: [.date, .text, .integer])
        traits.reads = subject.map { [$0] } ?? []
        if subject == nil { traits.identity = "date-shift \(identity) \(days)" }
        return traits
    }

    package func instance() -> any CellTransform { DateShiftTransform(self) }
}

final class DateShiftTransform: CellTransform {
    private let recipe: DateShiftRecipe
    private let function: KeyedFunction

    init(_ recipe: DateShiftRecipe) {
        self.recipe = recipe
        function = KeyedFunction(recipe.key)
    }

    func apply(
        _ cell: UnsafeBufferPointer<UInt8>, row: RowContext, into output: inout ByteBuffer
    ) throws(TransformFailure) -> CellResult {
        if DateText.isNoDate(cell) {
            output.append(contentsOf: cell)
            return .value
        }
        let date = DateText(cell)
        let shift = self.shift(of: row, cell, date)
        if let date {
            var days = date.days + shift
            if !(1...9999).contains(CivilDate.date(of: days).year) { days = date.days - shift }
            let moved = CivilDate.date(of: days)
            date.append(moved.year, moved.month, moved.day, to: &output)
            output.append(contentsOf: date.rest)
            return .value
        }
        guard let seconds = Int64(cell) else { throw TransformFailure("it does not begin with a date like 2006-02-14") }
        // Milliseconds since 1970 for years after 1973 are larger than seconds for any year before 5138.
        let unit: Int64 = abs(seconds) > 100_000_000_000 ? 86_400_000 : 86_400
        append(seconds.addingReportingOverflow(Int64(shift) * unit).partialValue, &output)
        return .value
    }

    /// How many days the row's subject moves. A row of no subject moves by its own day, however that is written.
    private func shift(of row: RowContext, _ cell: UnsafeBufferPointer<UInt8>, _ date: DateText?) -> Int {
        let value: Pseudorandom
        if let subject = recipe.subject.flatMap({ row.cell($0) }) {
            value = function.value(of: subject)
        } else if let date {
            value = withUnsafeBytes(of: Int64(date.days).littleEndian) { bytes in
                function.value(of: bytes.bindMemory(to: UInt8.self))
            }
        } else {
            value = function.value(of: cell)
        }
        let draw = Int(value.below(UInt64(2 * recipe.days)))
        return draw < recipe.days ? draw - recipe.days : draw - recipe.days + 1
    }

    private func append(_ number: Int64, _ output: inout ByteBuffer) {
        if number < 0 { output.append(0x2D) }
        output.append(decimal: number.magnitude)
    }
}

extension Int64 {
    /// Reads a whole number in decimal.
    init?(_ text: UnsafeBufferPointer<UInt8>) {
        let isNegative = text.first == 0x2D
        let digits = isNegative ? text.dropFirst() : text[...]
        guard (1...18).contains(digits.count), digits.allSatisfy(\.isDigit) else { return nil }
        let number = digits.reduce(Int64(0)) { $0 * 10 + Int64($1 - 0x30) }
        self = isNegative ? -number : number
    }
}

/// `date-truncate`: to the first day of the month or of the year, at midnight.
package struct DateTruncateRecipe: TransformRecipe {
    /// What stays.
    package enum Unit: String, Sendable, Hashable, CaseIterable {
        case year
        case month
        case day
    }

    let unit: Unit

    package init(to unit: Unit) { self.unit = unit }

    package var traits: TransformTraits { TransformTraits(.lossy, output: .date, takes: [.date, .text]) }

    package func instance() -> any CellTransform { DateTruncateTransform(self) }
}

final class DateTruncateTransform: CellTransform {
    private let unit: DateTruncateRecipe.Unit

    init(_ recipe: DateTruncateRecipe) { unit = recipe.unit }

    func apply(
        _ cell: UnsafeBufferPointer<UInt8>, row: RowContext, into output: inout ByteBuffer
    ) throws(TransformFailure) -> CellResult {
        if DateText.isNoDate(cell) {
            output.append(contentsOf: cell)
            return .value
        }
        guard let date = DateText(cell) else { throw TransformFailure("it does not begin with a date like 2006-02-14") }
        date.append(date.year, unit == .year ? 1 : date.month, unit == .day ? date.day : 1, to: &output)
        // The time's digits become zeros; what names the zone stays: everything from a sign or a letter on.
        var isZone = false
        for (place, byte) in date.rest.enumerated() {
            if place > 0, byte == 0x2B || byte == 0x2D || byte.isLetter { isZone = true }
            output.append(byte.isDigit && !isZone ? 0x30 : byte)
        }
        return .value
    }
}
