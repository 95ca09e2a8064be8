/// A value without blanks, line breaks and what stands for them, so that folding and wrapping change nothing.
enum PlainForm {
    static func of(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.contains(where: { $0.isSpace || $0 == 0x5C }) else { return bytes }
        return withPlaces(bytes, keepsPlaces: false).plain
    }

    /// The plain form, and for each of its bytes the place that it has in `bytes`.
    static func withPlaces(_ bytes: [UInt8], keepsPlaces: Bool = true) -> (plain: [UInt8], places: [Int]) {
        var plain: [UInt8] = []
        var places: [Int] = []
        plain.reserveCapacity(bytes.count)
        if keepsPlaces { places.reserveCapacity(bytes.count) }
        var place = 0
        while place < bytes.count {
            let byte = bytes[place]
            if byte.isSpace {
                place += 1
            } else if byte == 0x5C, let count = breakLength(bytes, place) {
                place += count
            } else {
                plain.append(byte)
                if keepsPlaces { places.append(place) }
                place += 1
            }
        }
        return (plain, places)
    }

    /// `\n`, `\r`, `\t`, and a backslash at a line's end.
    @inline(__always) private static func breakLength(_ bytes: [UInt8], _ place: Int) -> Int? {
        switch bytes.at(place + 1) {
        case 0x6E, 0x72, 0x74: 2
        case 0x0A, 0x0D: 1
        default: nil
        }
    }
}
