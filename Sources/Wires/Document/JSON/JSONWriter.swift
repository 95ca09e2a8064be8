/// Writes values as JSON.
struct JSONWriter {
    let form: JSON.Form
    private(set) var bytes: [UInt8] = []

    init(form: JSON.Form) {
        self.form = form
    }

    mutating func write(_ value: Value, depth: Int) {
        switch value.content {
        case .scalar(let scalar): write(scalar)
        case .sequence(let items):
            if items.isEmpty { return append("[]") }
            bytes.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                separate(index, depth: depth + 1)
                write(item, depth: depth + 1)
            }
            close("]", depth: depth)
        case .mapping(let mapping):
            if mapping.isEmpty { return append("{}") }
            bytes.append(UInt8(ascii: "{"))
            let entries = form.sortsKeys ? mapping.entries.sorted(by: Self.inByteOrder) : mapping.entries
            for (index, entry) in entries.enumerated() {
                separate(index, depth: depth + 1)
                write(string: entry.key.text)
                append(form.indent == nil ? ":" : ": ")
                write(entry.value, depth: depth + 1)
            }
            close("}", depth: depth)
        }
    }

    static func inByteOrder(_ left: Mapping.Entry, _ right: Mapping.Entry) -> Bool {
        left.key.text.utf8.lexicographicallyPrecedes(right.key.text.utf8)
    }

    private mutating func separate(_ index: Int, depth: Int) {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        breakLine(depth: depth)
    }

    private mutating func close(_ bracket: StaticString, depth: Int) {
        breakLine(depth: depth)
        append(bracket)
    }

    private mutating func breakLine(depth: Int) {
        guard let indent = form.indent else { return }
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indent * depth))
    }

    private mutating func append(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private mutating func write(_ scalar: Scalar) {
        switch scalar.kind {
        case .null: append("null")
        case .bool: scalar.text.hasPrefix("t") || scalar.text.hasPrefix("T") ? append("true") : append("false")
        case .int, .float: write(number: scalar.text)
        case .string, .timestamp, .binary: write(string: scalar.text)
        }
    }

    private mutating func write(number text: String) {
        if Self.isNumber(text) {
            bytes.append(contentsOf: text.utf8)
        } else if let decimal = Number.decimal(text) {
            bytes.append(contentsOf: decimal.utf8)
        } else {
            write(string: text)
        }
    }

    /// Whether JSON writes a number that way: no `+`, no leading zero, digits on both sides of the point.
    private static func isNumber(_ text: String) -> Bool {
        var rest = Substring(text).utf8
        func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
        func takeDigits() -> Int {
            let digits = rest.prefix(while: isDigit).count
            rest = rest.dropFirst(digits)
            return digits
        }
        if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
        let first = rest.first
        let whole = takeDigits()
        if whole == 0 || whole > 1 && first == UInt8(ascii: "0") { return false }
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            if takeDigits() == 0 { return false }
        }
        if let mark = rest.first, mark | 0x20 == UInt8(ascii: "e") {
            rest = rest.dropFirst()
            if let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { rest = rest.dropFirst() }
            if takeDigits() == 0 { return false }
        }
        return rest.isEmpty
    }

    private mutating func write(string text: String) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { utf8 in
            var written = 0
            for (offset, byte) in utf8.enumerated() where mayNeedEscape(byte) {
                let (escape, length) = escape(utf8, at: offset)
                guard !escape.isEmpty else { continue }
                bytes.append(contentsOf: utf8[written..<offset])
                bytes.append(contentsOf: escape.utf8)
                written = offset + length
            }
            bytes.append(contentsOf: utf8[written...])
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private func mayNeedEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == 0x22 || byte == 0x5C || byte == 0xE2
            || form.escapesHTML && (byte == 0x3C || byte == 0x3E || byte == 0x26)
    }

    /// The escape of the character at an offset, and its bytes; empty when it stands for itself.
    private func escape(_ text: UnsafeBufferPointer<UInt8>, at offset: Int) -> (String, Int) {
        switch text[offset] {
        case 0x22: return ("\\\"", 1)
        case 0x5C: return ("\\\\", 1)
        case 0x08: return ("\\b", 1)
        case 0x09: return ("\\t", 1)
        case 0x0A: return ("\\n", 1)
        case 0x0C: return ("\\f", 1)
        case 0x0D: return ("\\r", 1)
        case 0xE2:  // U+2028 and U+2029 end lines in JavaScript.
            guard offset + 2 < text.count, text[offset + 1] == 0x80, text[offset + 2] & 0xFE == 0xA8 else {
                return ("", 1)
            }
            return (text[offset + 2] == 0xA8 ? "\\u2028" : "\\u2029", 3)
        case let byte:
            let digits = String(byte, radix: 16)
            return ("\\u" + String(repeating: "0", count: 4 - digits.count) + digits, 1)
        }
    }
}
