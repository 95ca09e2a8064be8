/// Changing texts word by word, character by character as Go counts them.
enum Words {
    /// Raises what follows anything but letters, digits and underscores.
    static func title(_ text: String) -> String {
        var result = ""
        var isStart = true
        for scalar in text.unicodeScalars {
            result += isStart ? scalar.properties.titlecaseMapping : String(scalar)
            isStart = isSeparator(scalar)
        }
        return result
    }

    private static func isSeparator(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "0"..."9", "a"..."z", "A"..."Z", "_": false
        default: scalar.isASCII || scalar.properties.isWhitespace
        }
    }

    static func untitle(_ text: String) -> String {
        var result = ""
        var isStart = true
        for scalar in text.unicodeScalars {
            result += isStart ? scalar.properties.lowercaseMapping : String(scalar)
            isStart = scalar.properties.isWhitespace
        }
        return result
    }

    static func initials(_ text: String) -> String {
        var result = ""
        var isStart = true
        for scalar in text.unicodeScalars {
            let isSpace = scalar.properties.isWhitespace
            if isStart, !isSpace { result.unicodeScalars.append(scalar) }
            isStart = isSpace
        }
        return result
    }

    static func swapCase(_ text: String) -> String {
        var result = ""
        var isStart = true
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .uppercaseLetter, .titlecaseLetter: result += scalar.properties.lowercaseMapping
            case .lowercaseLetter:
                result += isStart ? scalar.properties.titlecaseMapping : scalar.properties.uppercaseMapping
            default: result.unicodeScalars.append(scalar)
            }
            isStart = scalar.properties.isWhitespace
        }
        return result
    }

    /// Breaks at spaces so that lines hold at most `width` bytes where words allow.
    static func wrap(_ text: String, _ width: Int, _ lineBreak: String) -> String {
        let bytes = Array(text.utf8)
        let space = UInt8(ascii: " ")
        var result: [UInt8] = []
        var start = 0
        while bytes.count - start > width {
            if bytes[start] == space {
                start += 1
                continue
            }
            let window = bytes[start...min(start + width, bytes.count - 1)]
            let end = window.lastIndex(of: space) ?? bytes[(start + width)...].firstIndex(of: space)
            guard let end else { break }
            result += bytes[start..<end] + Array(lineBreak.utf8)
            start = end + 1
        }
        return String(decoding: result + bytes[min(start, bytes.count)...], as: UTF8.self)
    }

    /// Cuts a text to `width` bytes, from `offset` on where that is far enough in, with dots where something is missing.
    static func abbreviated(_ text: String, from offset: Int, width: Int) -> String {
        let bytes = Array(text.utf8)
        guard bytes.count > width else { return text }
        let start = max(0, min(offset, bytes.count - (width - 3)))
        func string(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
        if start <= 4 { return string(0..<width - 3) + "..." }
        if start + width - 3 < bytes.count {
            return "..." + abbreviated(string(start..<bytes.count), from: 0, width: width - 3)
        }
        return "..." + string(bytes.count - (width - 3)..<bytes.count)
    }
}

/// Cutting characters off.
enum Trim {
    static func isSpace(_ character: Character) -> Bool { character.isWhitespace }

    static func both(_ text: String, _ isCut: (Character) -> Bool) -> String {
        var rest = text[...]
        while let first = rest.first, isCut(first) { rest.removeFirst() }
        while let last = rest.last, isCut(last) { rest.removeLast() }
        return String(rest)
    }

    /// Cuts off characters as Go counts them.
    static func scalars(_ text: String, _ isCut: (Unicode.Scalar) -> Bool) -> String {
        var rest = text.unicodeScalars[...]
        while let first = rest.first, isCut(first) { rest.removeFirst() }
        while let last = rest.last, isCut(last) { rest.removeLast() }
        return String(rest)
    }
}

/// Finding texts in texts, byte by byte as Go does.
enum Search {
    /// Where `part` begins in `bytes`, from an offset on.
    private static func find(_ part: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        guard let first = part.first, bytes.count >= part.count else { return nil }
        var index = start
        let last = bytes.count - part.count
        // A long part of a text that nearly holds it everywhere would take the product of both; then the other way does.
        var patience = 4096 + bytes.count - start
        while index <= last {
            if bytes[index] == first {
                if bytes[index..<index + part.count].elementsEqual(part) { return index }
                patience -= part.count
                if patience < 0 { return findByBorders(part, in: bytes, from: index + 1) }
            }
            index += 1
        }
        return nil
    }

    /// The same in linear time (Knuth, Morris and Pratt).
    private static func findByBorders(_ part: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        var borders = [0]
        var length = 0
        for index in part.indices.dropFirst() {
            while length > 0, part[index] != part[length] { length = borders[length - 1] }
            if part[index] == part[length] { length += 1 }
            borders.append(length)
        }
        length = 0
        for index in bytes.indices.dropFirst(start) {
            while length > 0, bytes[index] != part[length] { length = borders[length - 1] }
            if bytes[index] == part[length] { length += 1 }
            if length == part.count { return index + 1 - length }
        }
        return nil
    }

    /// How often a text holds another, occurrences apart from one another.
    static func count(_ text: String, _ part: String) -> Int {
        let (bytes, part) = (Array(text.utf8), Array(part.utf8))
        var (count, start) = (0, 0)
        while let found = find(part, in: bytes, from: start) {
            count += 1
            start = found + part.count
        }
        return count
    }

    static func contains(_ text: String, _ part: String) -> Bool {
        part.isEmpty || find(Array(part.utf8), in: Array(text.utf8), from: 0) != nil
    }

    static func split(_ text: String, _ separator: String, most: Int = -1) -> [String] {
        if most == 0 { return [] }
        if separator.isEmpty { return text.unicodeScalars.map { String($0) } }
        let (bytes, part) = (Array(text.utf8), Array(separator.utf8))
        var result: [String] = []
        var start = 0
        while most < 0 || result.count < most - 1, let found = find(part, in: bytes, from: start) {
            result.append(String(decoding: bytes[start..<found], as: UTF8.self))
            start = found + part.count
        }
        result.append(String(decoding: bytes[start...], as: UTF8.self))
        return result
    }

    static func replace(_ text: String, _ old: String, _ new: String) -> String {
        if old.isEmpty {
            return new + text.unicodeScalars.map { String($0) + new }.joined()
        }
        let (bytes, part, other) = (Array(text.utf8), Array(old.utf8), Array(new.utf8))
        guard var found = find(part, in: bytes, from: 0) else { return text }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var start = 0
        while true {
            result += bytes[start..<found]
            result += other
            start = found + part.count
            guard let next = find(part, in: bytes, from: start) else { break }
            found = next
        }
        result += bytes[start...]
        return String(decoding: result, as: UTF8.self)
    }
}
