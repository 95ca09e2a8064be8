/// Scalars in their styles.
extension Emitter {
    mutating func write(_ scalar: Scalar, isKey: Bool) {
        switch scalar.kind {
        case .null: word(keepsStyle && scalar.style != .any ? scalar.text : "null")
        case .bool where keepsStyle: word(scalar.text)
        case .bool: word(scalar.text.first == "t" || scalar.text.first == "T" ? "true" : "false")
        case .int, .float:
            if let number = form == .canonical ? Self.number(scalar.text) : Self.word(scalar.text) {
                word(number)
            } else {
                string(scalar.text, keepsStyle ? scalar.style : .any, isKey: isKey)
            }
        case .timestamp where keepsStyle: word(scalar.text)
        case .string, .timestamp, .binary: string(scalar.text, keepsStyle ? scalar.style : .any, isKey: isKey)
        }
    }

    /// A number as it comes back from JSON and go-yaml v2.
    ///
    /// - Returns: nil when the text is none, as when something was put before or behind a number.
    private static func number(_ text: String) -> String? {
        if let whole = Number.integer(text) { return String(whole) }
        if Number.double(text) == 0 { return "0" }
        guard let decimal = Number.decimal(text) else { return Number.double(text).map(Number.general) ?? word(text) }
        if Int(decimal) != nil || UInt64(decimal) != nil { return decimal }
        return Double(decimal).map(Number.general) ?? decimal
    }

    /// The text if nothing in it means anything to a reader of YAML; nil otherwise.
    private static func word(_ text: String) -> String? {
        let isWord = text.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == 0x5F
                || (0x2B...0x2E).contains(byte) && byte != 0x2C
        }
        return isWord ? text : nil
    }

    /// A scalar that needs no quotes and is never folded.
    private mutating func word(_ text: String) {
        if !whitespace { put(UInt8(ascii: " ")) }
        for byte in text.utf8 { put(byte) }
        whitespace = false
        indention = false
    }

    private mutating func string(_ text: String, _ wanted: Scalar.Style, isKey: Bool) {
        var text = text
        text.withUTF8 { utf8 in
            if wanted == .any || wanted == .plain, writeCommon(utf8) { return }
            let outer = indent
            increaseIndent(isFlow: true)
            let style = ScalarAnalysis(utf8).style(wanted, isKey: isKey, isInFlow: flowDepth > 0, form: form)
            switch style {
            case .singleQuoted: singleQuoted(utf8, folds: !isKey)
            case .doubleQuoted: doubleQuoted(utf8, folds: !isKey)
            case .literal: literal(utf8)
            case .folded: folded(utf8)
            case .plain, .any: plain(utf8, folds: !isKey)
            }
            indent = outer
        }
    }

    /// Writes a text that is plain in every style and place: letters, digits, dots, dashes, slashes and underscores, a
    /// letter first, and no word such as `true`. False, and nothing written, for any other.
    mutating func writeCommon(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let first = text.first, first | 0x20 >= UInt8(ascii: "a"), first | 0x20 <= UInt8(ascii: "z") else {
            return false
        }
        for byte in text where !Self.common[Int(byte)] { return false }
        if text.count <= 5, Resolver.isAmbiguous(text, legacyBooleans: true) { return false }
        if !whitespace { put(UInt8(ascii: " ")) }
        bytes.append(contentsOf: text)
        column += text.count
        whitespace = false
        indention = false
        return true
    }

    private static let common: [Bool] = (UInt8.min...UInt8.max).map { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "/"),
            UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private mutating func plain(_ text: UnsafeBufferPointer<UInt8>, folds: Bool) {
        if !whitespace { put(UInt8(ascii: " ")) }
        if column + text.count <= width {
            append(text[...])
        } else {
            var spaces = false
            for (offset, byte) in text.enumerated() {
                if byte == UInt8(ascii: " ") {
                    if folds, !spaces, column > width, !isSpace(text, offset + 1) { writeIndent() } else { put(byte) }
                    spaces = true
                } else {
                    put(byte)
                    indention = false
                    spaces = false
                }
            }
        }
        whitespace = false
        indention = false
    }

    private mutating func singleQuoted(_ text: UnsafeBufferPointer<UInt8>, folds: Bool) {
        indicator("'", needsSpace: true)
        var spaces = false
        var breaks = false
        var offset = 0
        while offset < text.count {
            let byte = text[offset]
            let breakLength = Characters.breakLength(text, offset)
            defer { offset += max(breakLength, 1) }
            if byte == UInt8(ascii: " ") {
                let isInside = offset > 0 && offset < text.count - 1
                if folds, !spaces, column > width, isInside, !isSpace(text, offset + 1) {
                    writeIndent()
                } else {
                    put(byte)
                }
                spaces = true
            } else if breakLength > 0 {
                if !breaks, byte == UInt8(ascii: "\n") { putBreak() }
                putBreak(text, offset, breakLength)
                breaks = true
            } else {
                if breaks { writeIndent() }
                if byte == UInt8(ascii: "'") { put(byte) }
                put(byte)
                indention = false
                spaces = false
                breaks = false
            }
        }
        indicator("'")
        whitespace = false
        indention = false
    }

    private mutating func doubleQuoted(_ text: UnsafeBufferPointer<UInt8>, folds: Bool) {
        indicator("\"", needsSpace: true)
        var spaces = false
        var offset = 0
        while offset < text.count {
            let byte = text[offset]
            let length = Characters.length(byte)
            if Characters.needsEscape(text, offset, length) {
                escape(text, offset, length)
                offset += length
                spaces = false
            } else if byte == UInt8(ascii: " ") {
                if folds, !spaces, column > width, offset > 0, offset < text.count - 1 {
                    writeIndent()
                    if isSpace(text, offset + 1) { put(UInt8(ascii: "\\")) }
                } else {
                    put(byte)
                }
                offset += 1
                spaces = true
            } else {
                for _ in 0..<length where offset < text.count {
                    put(text[offset])
                    offset += 1
                }
                spaces = false
            }
        }
        indicator("\"")
        whitespace = false
        indention = false
    }

    private mutating func escape(_ text: UnsafeBufferPointer<UInt8>, _ offset: Int, _ length: Int) {
        put(UInt8(ascii: "\\"))
        let code = Characters.code(text, offset, length)
        if let letter = Characters.escapes[code] { return put(letter) }
        let (mark, width) = code <= 0xFF ? ("x", 2) : code <= 0xFFFF ? ("u", 4) : ("U", 8)
        let digits = String(code, radix: 16, uppercase: true)
        for byte in (mark + String(repeating: "0", count: width - digits.count) + digits).utf8 { put(byte) }
    }

    private mutating func literal(_ text: UnsafeBufferPointer<UInt8>) {
        blockHeader("|", text)
        var breaks = true
        var offset = 0
        while offset < text.count {
            let breakLength = Characters.breakLength(text, offset)
            if breakLength > 0 {
                putBreak(text, offset, breakLength)
                breaks = true
                offset += breakLength
            } else {
                if breaks { writeIndent() }
                let rest = text[(offset + 1)...]
                let end = rest.firstIndex { $0 == UInt8(ascii: "\n") || $0 == 0xE2 } ?? text.count
                append(text[offset..<end])
                indention = false
                breaks = false
                offset = end
            }
        }
    }

    /// Writes a line break of the text as it is.
    private mutating func putBreak(_ text: UnsafeBufferPointer<UInt8>, _ offset: Int, _ length: Int) {
        if length == 1 {
            putBreak()
        } else {
            append(text[offset..<offset + length])
            column = 0
        }
        indention = true
    }

    private mutating func folded(_ text: UnsafeBufferPointer<UInt8>) {
        blockHeader(">", text)
        var breaks = true
        var leadingSpaces = true
        for (offset, byte) in text.enumerated() {
            if byte == UInt8(ascii: "\n") {
                if !breaks, !leadingSpaces {
                    let next = text[offset...].first { $0 != UInt8(ascii: "\n") }
                    if let next, next != UInt8(ascii: " "), next != UInt8(ascii: "\t") { putBreak() }
                }
                putBreak()
                indention = true
                breaks = true
                continue
            }
            if breaks {
                writeIndent()
                leadingSpaces = byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
            }
            if !breaks, byte == UInt8(ascii: " "), !isSpace(text, offset + 1), column > width {
                writeIndent()
            } else {
                put(byte)
            }
            indention = false
            breaks = false
        }
    }

    /// `|` or `>` with its indentation and chomping hints, and the line's end.
    private mutating func blockHeader(_ mark: StaticString, _ text: UnsafeBufferPointer<UInt8>) {
        indicator(mark, needsSpace: true)
        if let first = text.first, first == UInt8(ascii: " ") || first == UInt8(ascii: "\n") {
            put(UInt8(ascii: "0") + UInt8(Self.step))
        }
        let last = Characters.endsInBreak(text, text.count)
        if !last.isBreak {
            put(UInt8(ascii: "-"))
        } else if last.start == 0 || Characters.endsInBreak(text, last.start).isBreak {
            put(UInt8(ascii: "+"))
        }
        putBreak()
        indention = true
        whitespace = true
    }

    private func isSpace(_ text: UnsafeBufferPointer<UInt8>, _ offset: Int) -> Bool {
        offset < text.count && text[offset] == UInt8(ascii: " ")
    }
}
