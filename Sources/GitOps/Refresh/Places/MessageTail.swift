import Scrub

/// The last words of a program's standard error.
struct MessageTail: Sendable {
    private static let longest = 2048
    private var bytes: [UInt8] = []

    mutating func add(_ piece: [UInt8]) {
        bytes += piece
        if bytes.count > Self.longest { bytes.removeFirst(bytes.count - Self.longest) }
    }

    /// The words on one line, without what a detector finds in them.
    var masked: String {
        var detector = Detector()
        var text = bytes
        for finding in detector.findings(in: text).reversed() {
            text.replaceSubrange(finding.range, with: Array("(hidden)".utf8))
        }
        let lines = String(decoding: text, as: UTF8.self).split(whereSeparator: \.isNewline)
        return lines.suffix(8).joined(separator: "; ")
    }
}
