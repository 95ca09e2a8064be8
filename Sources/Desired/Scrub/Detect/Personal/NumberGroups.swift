/// Up to 24 digits, as values from 0 to 9. They take no memory of their own: a dump has hundreds of millions of numbers.
struct DigitRun: RandomAccessCollection {
    static let most = 24

    private var digits = InlineArray<24, UInt8>(repeating: 0)
    private(set) var count = 0

    var startIndex: Int { 0 }
    var endIndex: Int { count }
    subscript(place: Int) -> UInt8 { digits[place] }

    mutating func append(_ digit: UInt8) {
        digits[count] = digit
        count += 1
    }

    mutating func truncate(to count: Int) { self.count = Swift.min(count, self.count) }

    /// How many different digits there are.
    var variety: Int { reduce(UInt16(0)) { $0 | 1 << UInt16($1) }.nonzeroBitCount }
}

/// Digits in groups with one separator between two, as people write long numbers.
struct NumberGroups {
    /// What stands between groups.
    struct Separators: OptionSet {
        var rawValue: UInt8
        static let blank = Separators(rawValue: 1)
        static let dash = Separators(rawValue: 2)
        static let dot = Separators(rawValue: 4)

        /// How many different ones.
        var count: Int { rawValue.nonzeroBitCount }
    }

    private(set) var digits = DigitRun()
    private var lengths = InlineArray<24, UInt8>(repeating: 0)
    private var signs = InlineArray<24, UInt8>(repeating: 0)
    /// How many groups there are.
    private(set) var count = 0

    /// The groups that begin at `start`, with a digit.
    init(_ text: [UInt8], from start: Int) {
        var place = start
        while place < text.count, digits.count < DigitRun.most {
            let begin = place
            while place < text.count, text[place].isDigit, digits.count < DigitRun.most {
                digits.append(text[place] - 0x30)
                place += 1
            }
            guard place > begin else { break }
            lengths[count] = UInt8(place - begin)
            count += 1
            let sign = text.at(place)
            guard sign == 0x20 || sign == 0x2D || sign == 0x2E, text.at(place + 1).isDigit else { break }
            signs[count - 1] = sign
            place += 1
        }
    }

    /// The length of a group.
    func length(_ group: Int) -> Int { Int(lengths[group]) }

    /// The sign between a group and the next one.
    func separator(after group: Int) -> UInt8 { signs[group] }

    /// How many digits the first `count` groups have.
    func digits(in count: Int) -> Int { (0..<count).reduce(0) { $0 + length($1) } }

    /// The first `count` groups alone.
    func first(_ count: Int) -> NumberGroups {
        var part = self
        part.digits.truncate(to: digits(in: count))
        part.count = count
        return part
    }

    /// What stands between the groups.
    var separators: Separators {
        var all: Separators = []
        for group in 0..<Swift.max(0, count - 1) {
            switch signs[group] {
            case 0x20: all.insert(.blank)
            case 0x2D: all.insert(.dash)
            default: all.insert(.dot)
            }
        }
        return all
    }

    /// Whether the groups have these lengths, and are no more.
    func areLong(_ wanted: InlineArray<7, Int>) -> Bool {
        for group in 0..<7 where (group < count ? length(group) : 0) != wanted[group] { return false }
        return count <= 7
    }
}
