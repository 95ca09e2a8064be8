/// One field of a CSV row: where it stands, and what is in its quotes.
struct CSVField {
    var start = 0
    var end = 0
    var isQuoted = false
    /// Whether a quote in it is doubled.
    var hasQuotes = false
}

/// Finds fields and rows of comma- or tab-separated values (RFC 4180).
struct CSVLexer {
    let separator: UInt8

    enum Row {
        /// The place after the row's line end, and how many bytes the line end has.
        case row(Int, lineEnd: Int)
        /// The bytes end within the row, in quotes or not.
        case incomplete(isInQuotes: Bool)
        /// A quote stands where it may not, at this place.
        case malformed(Int)
    }

    /// Reads the row at `start`.
    ///
    /// - Parameters:
    ///   - isAll: whether the bytes' end ends the row too.
    ///   - found: takes each field.
    @inline(__always)
    func read(_ bytes: UnsafeRawBufferPointer, _ start: Int, isAll: Bool, _ found: (CSVField) -> Void) -> Row {
        var place = start
        while true {
            var field = CSVField(start: place)
            if place < bytes.count, bytes[place] == 0x22 {
                field.isQuoted = true
                guard let end = endOfQuoted(bytes, place, isAll: isAll, &field) else {
                    return .incomplete(isInQuotes: true)
                }
                place = end
            } else {
                while place < bytes.count, bytes[place] != separator, bytes[place] != 0x0A, bytes[place] != 0x0D {
                    if bytes[place] == 0x22 { return .malformed(place) }
                    place += 1
                }
                // A carriage return that ends no line is a character like any other.
                while place < bytes.count, bytes[place] == 0x0D, place + 1 < bytes.count, bytes[place + 1] != 0x0A {
                    place += 1
                    while place < bytes.count, bytes[place] != separator, bytes[place] != 0x0A, bytes[place] != 0x0D {
                        place += 1
                    }
                }
            }
            field.end = place
            guard place < bytes.count else {
                guard isAll else { return .incomplete(isInQuotes: false) }
                found(field)
                return .row(place, lineEnd: 0)
            }
            switch bytes[place] {
            case separator:
                found(field)
                place += 1
            case 0x0A:
                found(field)
                return .row(place + 1, lineEnd: 1)
            case 0x0D:
                guard place + 1 < bytes.count else {
                    guard isAll else { return .incomplete(isInQuotes: false) }
                    found(field)
                    return .row(place + 1, lineEnd: 1)
                }
                guard bytes[place + 1] == 0x0A else { return .malformed(place) }
                found(field)
                return .row(place + 2, lineEnd: 2)
            default: return .malformed(place)
            }
        }
    }

    @inline(__always)
    private func endOfQuoted(
        _ bytes: UnsafeRawBufferPointer, _ start: Int, isAll: Bool, _ field: inout CSVField
    ) -> Int? {
        var from = start + 1
        while let quote = ByteScan.index(of: 0x22, in: bytes, from: from) {
            guard quote + 1 < bytes.count else { return isAll ? quote + 1 : nil }
            if bytes[quote + 1] != 0x22 { return quote + 1 }
            field.hasQuotes = true
            from = quote + 2
        }
        return nil
    }

    /// How far whole rows reach, and how many they are; the parser's scan, which looks for nothing but quotes and ends.
    func rowsAhead(_ bytes: UnsafeRawBufferPointer, limit: Int) -> (end: Int, rows: Int) {
        var place = 0
        var from = 0
        var rows = 0
        var quote = ByteScan.index(of: 0x22, in: bytes) ?? bytes.count
        while place < limit, let newline = ByteScan.index(of: 0x0A, in: bytes, from: from) {
            if newline < quote {
                rows += 1
                place = newline + 1
                from = place
                continue
            }
            // Doubled quotes open and close twice, so pairs are all that counts.
            guard let close = ByteScan.index(of: 0x22, in: bytes, from: quote + 1) else { break }
            from = close + 1
            quote = ByteScan.index(of: 0x22, in: bytes, from: from) ?? bytes.count
        }
        return (place, rows)
    }
}
