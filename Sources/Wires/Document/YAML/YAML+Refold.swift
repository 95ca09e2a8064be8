extension YAML {
    /// What becomes of a text that go-yaml v3 writes in the folded style (`>`) and reads again.
    ///
    /// Its writer sets a line apart by looking at the beginning of the whole text and not at the next line (emitterc.go,
    /// `yaml_emitter_write_folded_scalar`): a line that is followed by one that stands further in comes back with a blank
    /// line behind it, and lines of a text that begins with a blank come back as one.
    package static func refolded(_ text: String) -> String {
        // To v3, a tab is a character like any other in a block.
        let analysis = ScalarAnalysis(text.replacing("\t", with: "."))
        let style = analysis.style(.folded, isKey: false, isInFlow: false, form: .asWritten)
        guard style == .folded, let first = text.utf8.first(where: { $0 != newline }) else { return text }
        var read = unfolded(folded(text.utf8, setsApart: !isBlank(first)))
        // One break at the end is written as one, and only of several is each kept (YAML 1.2, 8.1.1.2).
        let breaks = text.utf8.reversed().prefix { $0 == newline }.count
        if breaks == 1 { read.removeLast(read.reversed().prefix { $0 == newline }.count - 1) }
        return String(decoding: read, as: UTF8.self)
    }

    private static let newline = UInt8(ascii: "\n")

    private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    /// The lines as they are written, without their indentation.
    private static func folded(_ text: String.UTF8View, setsApart: Bool) -> [UInt8] {
        var written: [UInt8] = []
        var isLineStart = true
        var isIndented = true
        for byte in text {
            if byte == newline {
                if !isLineStart, !isIndented, setsApart { written.append(newline) }
                isLineStart = true
            } else {
                if isLineStart { isIndented = isBlank(byte) }
                isLineStart = false
            }
            written.append(byte)
        }
        return written
    }

    /// What written lines are read as (scannerc.go, `yaml_parser_scan_block_scalar`), with all breaks at their end: a break
    /// between two lines that do not stand further in is a space, or nothing where more follow it.
    private static func unfolded(_ written: [UInt8]) -> [UInt8] {
        var read: [UInt8] = []
        var breaks = 0
        var wasIndented = true
        for line in written.split(separator: newline, omittingEmptySubsequences: false) {
            if let first = line.first {
                let isIndented = isBlank(first)
                if breaks > 0, !isIndented, !wasIndented {
                    breaks -= 1
                    if breaks == 0 { read.append(UInt8(ascii: " ")) }
                }
                read += Array(repeating: newline, count: breaks) + line
                breaks = 0
                wasIndented = isIndented
            }
            breaks += 1
        }
        return read + Array(repeating: newline, count: breaks - 1)
    }
}
