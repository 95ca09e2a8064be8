import Document

/// Plain values as the text of a format writes them.
struct SopsText {
    private let source: SopsSource
    private let format: SopsFormat
    private let form: SopsFile.Form

    init(_ source: SopsSource, _ format: SopsFormat, _ form: SopsFile.Form) {
        self.source = source
        self.format = format
        self.form = form
    }

    /// A value for the place where its ciphertext stands.
    func written(_ plain: [UInt8], _ kind: SopsLeaf.Kind, for leaf: SopsLeaf) -> [UInt8] {
        let text = String(decoding: plain, as: UTF8.self)
        switch format {
        case .dotenv: return Array(SopsDotenv.written(text).utf8)
        case .ini:
            let rest = source.bytes[leaf.range.upperBound...]
            return SopsINIValue.written(text, before: rest.prefix { $0 != 0x0A })
        case .json, .binary: return Array(bare(text, kind, isJSON: true).utf8)
        case .yaml:
            guard form == .readable else {
                return Array(bare(text, kind, isJSON: false).utf8) + source.lineBreaks(in: leaf.range)
            }
            guard kind == .string || kind == .bytes || kind == .time else {
                return Array(bare(text, kind, isJSON: false).utf8)
            }
            let style: Scalar.Style = text.contains("\n") && !leaf.isInFlow ? .literal : .any
            let written = YAML.text(
                of: Scalar(text, .string, style: style), indent: leaf.indent, isInFlow: leaf.isInFlow)
            // The line break behind a block is there already.
            return Array(written.hasSuffix("\n") ? written.utf8.dropLast() : written.utf8[...])
        }
    }

    private func bare(_ text: String, _ kind: SopsLeaf.Kind, isJSON: Bool) -> String {
        switch kind {
        case .int: text
        case .bool: text.lowercased()
        case .float where !isJSON: ["NaN": ".nan", "+Inf": ".inf", "-Inf": "-.inf"][text] ?? Self.fractional(text)
        case .float: ["NaN", "+Inf", "-Inf"].contains(text) ? "null" : Self.fractional(text)
        case .string, .bytes, .time, .comment: isJSON ? JSON.text(.string(text)) : Self.quoted(text)
        }
    }

    /// What a reader takes for no whole number, so that its type stays, and with it its ciphertext after an edit.
    private static func fractional(_ text: String) -> String { text.contains(".") ? text : text + ".0" }

    /// A text on one line, in double quotes of YAML.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x22: result += "\\\""
            case 0x5C: result += "\\\\"
            case 0x0A: result += "\\n"
            case 0x0D: result += "\\r"
            case 0x09: result += "\\t"
            case 0..<0x20, 0x7F..<0xA1, 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF: result += escape(scalar.value)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    private static func escape(_ code: UInt32) -> String {
        let digits = String(code, radix: 16)
        return "\\u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    /// The changes that take the metadata out.
    func metadataRemoved() -> [(range: Range<Int>, text: [UInt8])] {
        switch format {
        case .dotenv: dotenvRemoved()
        case .ini: source.roots.compactMap(\.metadata).map { (sectionStart($0.lowerBound)..<$0.upperBound, []) }
        case .yaml, .json, .binary: source.roots.compactMap { root in root.metadata.map { removed($0, root) } }
        }
    }

    /// The blank line that parts a section from the one before goes with it.
    private func sectionStart(_ place: Int) -> Int {
        place > 1 && source.bytes[place - 1] == 0x0A && source.bytes[place - 2] == 0x0A ? place - 1 : place
    }

    private func dotenvRemoved() -> [(range: Range<Int>, text: [UInt8])] {
        var changes: [(range: Range<Int>, text: [UInt8])] = []
        var start = 0
        while start < source.bytes.count {
            let end = source.bytes[start...].firstIndex(of: 0x0A).map { $0 + 1 } ?? source.bytes.count
            if SopsDotenv.isMetadata(source.bytes[start..<end]) { changes.append((start..<end, [])) }
            start = end
        }
        return changes
    }

    private func removed(_ entry: Range<Int>, _ root: SopsSource.Root) -> (range: Range<Int>, text: [UInt8]) {
        let bytes = source.bytes
        var (low, high) = (entry.lowerBound, entry.upperBound)
        if root.isFlow {
            // With the comma before it, or the one behind where it comes first.
            while low > 0, bytes[low - 1] <= 0x20 { low -= 1 }
            if low > 0, bytes[low - 1] == UInt8(ascii: ",") {
                low -= 1
            } else {
                while high < bytes.count, bytes[high] <= 0x20 { high += 1 }
                if high < bytes.count, bytes[high] == UInt8(ascii: ",") { high += 1 }
            }
            return (low..<high, form == .inPlace ? source.lineBreaks(in: low..<high) : [])
        }
        while low > 0, bytes[low - 1] != 0x0A { low -= 1 }
        high = bytes[high...].firstIndex(of: 0x0A).map { $0 + 1 } ?? bytes.count
        let isLast = bytes[high...].allSatisfy { $0 <= 0x20 }
        return (low..<high, isLast || form == .readable ? [] : source.lineBreaks(in: low..<high))
    }
}
