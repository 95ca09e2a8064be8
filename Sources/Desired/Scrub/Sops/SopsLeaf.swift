import Document

/// A value or a comment of a document as SOPS walks it: in the order of the text.
struct SopsLeaf {
    /// As SOPS types values.
    enum Kind: String {
        case string = "str"
        case int
        case float
        case bool
        case bytes
        case time
        case comment
    }

    /// The keys that lead to it; the numbers of list items are left out. A comment has the path of what it stands in.
    var path: [String]
    var kind: Kind
    /// The value after unquoting, or what follows the comment's mark.
    var text: String
    /// The bytes that write it.
    var range: Range<Int>
    /// The column, from 0, of the collection that it stands in.
    var indent = 0
    /// Whether it stands within braces or brackets of YAML.
    var isInFlow = false
    /// The comments that stand before it in each collection around it, the outermost first.
    var comments: [[String]] = []

    /// What is authenticated beside the value.
    var context: String { Self.context(path) }

    static func context(_ path: [String]) -> String { path.joined(separator: ":") + ":" }
}

/// The forms of values that SOPS hashes and encrypts, which are those of Go and, for truth values, of Python.
enum SopsForm {
    /// The canonical text of a value; nil for what is none of its kind.
    static func canonical(_ text: String, _ kind: SopsLeaf.Kind) -> String? {
        switch kind {
        case .string, .bytes, .comment: text
        case .int: integer(text)
        case .float: float(text)
        case .bool:
            ["t", "T", "1"].contains(text.first) ? "True" : ["f", "F", "0"].contains(text.first) ? "False" : nil
        case .time: time(text)
        }
    }

    private static func integer(_ text: String) -> String? {
        Number.integer(text).map { "\($0)" }
    }

    /// Without an exponent, with the fewest digits that read back the same (Go's format `f`).
    private static func float(_ text: String) -> String? {
        switch text.lowercased() {
        case ".nan", "nan": return "NaN"
        case ".inf", "+.inf", "+inf": return "+Inf"
        case "-.inf", "-inf": return "-Inf"
        // A whole number, which has no zero below zero, would be read.
        case "-0": return "-0"
        default: break
        }
        guard let value = Number.double(text), value.isFinite else { return nil }
        let written = value.magnitude.description
        let parts = written.split(separator: "e")
        let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        let digits = parts[0].split(separator: ".")
        let fraction = digits.count > 1 && digits[1] != "0" ? digits[1] : ""
        var all = Array((digits[0] + fraction).utf8)
        var point = digits[0].utf8.count + exponent
        while point <= 0 {
            all.insert(UInt8(ascii: "0"), at: 0)
            point += 1
        }
        while all.count < point { all.append(UInt8(ascii: "0")) }
        let whole = String(decoding: all[..<point], as: UTF8.self)
        let rest = String(decoding: all[point...], as: UTF8.self)
        let zeros = whole.prefix { $0 == "0" }.count
        let short = String(whole.dropFirst(min(zeros, whole.count - 1)))
        return (value.sign == .minus ? "-" : "") + short + (rest.isEmpty ? "" : ".\(rest)")
    }

    /// A timestamp of YAML as RFC 3339 has it.
    private static func time(_ text: String) -> String? {
        let halves = text.split(maxSplits: 1, omittingEmptySubsequences: true) { "Tt ".contains($0) }
        guard let first = halves.first else { return nil }
        let date = first.split(separator: "-").map { $0.utf8.count < 2 ? "0\($0)" : String($0) }
        guard date.count == 3 else { return nil }
        guard halves.count == 2 else { return date.joined(separator: "-") + "T00:00:00Z" }
        let clock = halves[1].prefix { !"Zz+-".contains($0) }
        let zone = halves[1].dropFirst(clock.count)
        let parts = clock.split { ".,".contains($0) }
        guard let whole = parts.first else { return nil }
        let digits = whole.split(separator: ":").map { $0.utf8.count < 2 ? "0\($0)" : String($0) }
        var fraction = parts.count > 1 ? parts[1] : ""
        while fraction.last == "0" { fraction.removeLast() }
        return date.joined(separator: "-") + "T" + digits.joined(separator: ":")
            + (fraction.isEmpty ? "" : ".\(fraction)")
            + (zone.isEmpty || zone == "z" ? "Z" : zone)
    }
}
