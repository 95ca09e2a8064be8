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
