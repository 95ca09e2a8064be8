/// A text as lines, each with the line break that ends it, so that whole lines can be moved about.
struct TextLines {
    private(set) var lines: [[UInt8]] = []
    /// The byte at which each line begins.
    private var starts: [Int] = []
    /// As the first line has it.
    let lineBreak: [UInt8]

    init(_ bytes: [UInt8]) {
        var start = 0
        for (offset, byte) in bytes.enumerated() where byte == 0x0A {
            lines.append(Array(bytes[start...offset]))
            starts.append(start)
            start = offset + 1
        }
        if start < bytes.count {
            lines.append(Array(bytes[start...]))
            starts.append(start)
        }
        lineBreak = lines.first?.suffix(2) == [0x0D, 0x0A] ? [0x0D, 0x0A] : [0x0A]
    }

    /// The line, from 0, that a byte stands on; the end of the text counts to its last line.
    func line(at offset: Int) -> Int {
        max(0, (starts.firstIndex { $0 > offset } ?? starts.count) - 1)
    }

    /// Where a line begins.
    func start(of line: Int) -> Int { starts[line] }

    /// Spaces before what stands on a line.
    static func indent(of line: [UInt8]) -> Int { line.prefix { $0 == 0x20 }.count }

    func isBlank(_ line: Int) -> Bool {
        lines[line].allSatisfy { $0 == 0x20 || $0 == 0x0D || $0 == 0x0A || $0 == 0x09 }
    }

    func isComment(_ line: Int) -> Bool { lines[line].first { $0 != 0x20 && $0 != 0x09 } == UInt8(ascii: "#") }

    /// The first of the comment lines that stand right above a line, its own number when there are none. A comment that
    /// begins the file and tells of the file itself, its license or its editor, belongs to no key.
    func head(of line: Int) -> Int {
        var first = line
        while first > 0, isComment(first - 1) { first -= 1 }
        let isTop = first == 0 || (first == 1 && lines[0].starts(with: Array("---".utf8)))
        return isTop && lines[first..<line].contains(where: Self.speaksOfFile) ? line : first
    }

    private static func speaksOfFile(_ line: [UInt8]) -> Bool {
        let text = String(decoding: line, as: UTF8.self).lowercased()
        return ["copyright", "license", "spdx-", "yaml-language-server", "vim:", "-*-", "#!", "yamllint", "$schema"]
            .contains { text.contains($0) }
    }

    /// The last line of a list: items that are commented out below its last one belong to it.
    ///
    /// - Parameter column: of the list's key.
    func tail(from line: Int, under column: Int) -> Int {
        var last = line
        while last + 1 < lines.count, isComment(last + 1) {
            let text = lines[last + 1]
            let mark = text.drop { $0 == 0x20 }.dropFirst().drop { $0 == 0x20 }.first
            guard Self.indent(of: text) > column || mark == UInt8(ascii: "-") else { break }
            last += 1
        }
        return last
    }

    /// A line moved to the right or the left; blank ones stay as they are.
    static func shifted(_ line: [UInt8], by columns: Int) -> [UInt8] {
        guard line.contains(where: { $0 != 0x20 && $0 != 0x0D && $0 != 0x0A }) else { return line }
        if columns >= 0 { return [UInt8](repeating: 0x20, count: columns) + line }
        return Array(line.dropFirst(min(-columns, indent(of: line))))
    }

    /// A new line of this text.
    func made(_ text: String, indent: Int) -> [UInt8] {
        [UInt8](repeating: 0x20, count: indent) + Array(text.utf8) + lineBreak
    }

    /// The bytes of lines, each ended by a line break but perhaps the last one.
    func joined(_ lines: [[UInt8]]) -> [UInt8] {
        var bytes: [UInt8] = []
        for line in lines {
            if let last = bytes.last, last != 0x0A { bytes += lineBreak }
            bytes += line
        }
        return bytes
    }
}
