/// Where a value is written: a place, and the lines that hold its text when that has lines of its own.
package struct Place: Sendable, Hashable, CustomStringConvertible {
    package var origin: Origin
    /// The lines of a file, or of a block in YAML, that became the value's text line by line.
    package var lines: ClosedRange<UInt32>?

    package init(_ origin: Origin, lines: ClosedRange<UInt32>? = nil) {
        self.origin = origin
        self.lines = lines
    }

    /// A file, or a part of one, whose text became a value: `count` lines from the origin's on.
    package init(text origin: Origin, count: Int) {
        self.init(origin, lines: origin.line...origin.line + UInt32(clamping: max(count, 1) - 1))
    }

    /// The first and the last line that the value is written in.
    package var span: ClosedRange<UInt32> {
        guard let lines else { return origin.line...origin.line }
        return min(origin.line, lines.lowerBound)...max(origin.line, lines.upperBound)
    }

    /// `file:line:column`, or `file:first-last` for a text of several lines.
    package var description: String {
        guard let lines, lines.count > 1 else { return origin.description }
        return "\(origin.file.path):\(lines.lowerBound)-\(lines.upperBound)"
    }
}

extension Value {
    /// Where the value is written.
    package var place: Place {
        if let lines = trivia?.lines { return Place(origin, lines: lines) }
        // What stands behind a block's mark begins on the line below, and keeps its lines.
        guard let scalar, scalar.style == .literal, origin.line > 0 else { return Place(origin) }
        let breaks = scalar.text.utf8.count { $0 == 10 }
        let count = scalar.text.utf8.last == 10 ? breaks : breaks + 1
        return Place(origin, lines: origin.line + 1...origin.line + UInt32(clamping: max(count, 1)))
    }
}
