/// Lines of logs in CRI form: `2026-11-20T12:31:28.000000000Z stdout F text`.
struct LogLine: Equatable {
    var time: Substring
    /// Whether the line goes on in the next entry.
    var isPartial: Bool
    var content: ArraySlice<UInt8>

    /// Reads an entry, without its newline; nil for what is none.
    init?(_ entry: ArraySlice<UInt8>) {
        var fields: [ArraySlice<UInt8>] = []
        var rest = entry
        for _ in 0..<3 {
            guard let space = rest.firstIndex(of: 32) else { return nil }
            fields.append(rest[..<space])
            rest = rest[(space + 1)...]
        }
        guard let tag = fields[2].first, tag == 70 || tag == 80 else { return nil }
        time = Substring(String(decoding: fields[0], as: UTF8.self))
        isPartial = tag == 80
        content = rest
    }
}

/// What people want of logs.
enum LogText {
    /// The last lines of a piece of a log, without what CRI adds.
    static func lastLines(of text: String, count: Int) -> String {
        let bytes = Array(text.utf8)
        let lines = bytes.split(separator: 10).compactMap { LogLine($0) }
        return lines.suffix(count).map { String(decoding: $0.content, as: UTF8.self) }.joined(separator: "\n")
    }
}
