/// Finds secrets and personal data in a text that comes piece by piece, and holds no more of it than a window.
///
/// Windows overlap on both sides, so that what is found has around it what tells it apart. A table that goes on from one
/// window to the next takes the line that names its columns along.
package struct DetectorStream {
    /// A finding with the place that it begins at; its range counts from the text's start.
    package struct Found {
        package var finding: Finding
        /// From 1.
        package var line: Int
        /// In bytes, from 1.
        package var column: Int
    }

    private let window: Int
    private let around: Int
    private var detector = Detector()
    private var buffer: [UInt8] = []
    /// The names of the columns of the table that the buffer begins in.
    private var header: [UInt8] = []
    /// Of the buffer's start in the text.
    private var base = 0
    /// What begins before was told.
    private var told = 0
    private var line = 1
    private var lineStart = 0
    private var counted = 0

    /// - Parameters:
    ///   - window: bytes that are looked at as one; texts that are shorter are looked at whole.
    ///   - around: bytes that two windows share on each side of where they meet.
    package init(window: Int = 8 << 20, around: Int = 256 << 10) {
        self.window = window
        self.around = around
    }

    /// Looks at more of the text.
    package mutating func add(_ bytes: some Collection<UInt8>, _ body: (Found) throws -> Void) rethrows {
        buffer += bytes
        while buffer.count >= window + 2 * around { try look(at: window + 2 * around, body) }
    }

    /// Looks at what is left.
    package mutating func finish(_ body: (Found) throws -> Void) rethrows {
        try look(at: nil, body)
    }

    /// - Parameter count: how much of the buffer to look at; nil for all of it, which is the text's end.
    private mutating func look(at count: Int?, _ body: (Found) throws -> Void) rethrows {
        let text = header + (count.map { Array(buffer[..<$0]) } ?? buffer)
        let shift = base - header.count
        let meeting = count.map { base + $0 - around }
        let resume = meeting.map { $0 - around - shift }
        let (findings, next) = detector.findings(in: text, resumingAt: resume)
        for finding in findings {
            let start = finding.range.lowerBound + shift
            if start < told || start >= meeting ?? .max { continue }
            countLines(to: start)
            var finding = finding
            finding.range = start..<(finding.range.upperBound + shift)
            try body(Found(finding: finding, line: line, column: start - lineStart + 1))
        }
        guard let meeting, let next else {
            buffer = []
            return
        }
        told = meeting
        var (start, names) = (next.place + shift, next.header)
        // A row or a line that is longer than a window is cut: each look must bring the search on.
        if start - base < window / 2 { (start, names) = (meeting - around, []) }
        countLines(to: start)
        buffer.removeFirst(start - base)
        base = start
        header = names
    }

    /// Counts lines up to a place of the text.
    private mutating func countLines(to place: Int) {
        while counted < place {
            if buffer[counted - base] == 0x0A {
                line += 1
                lineStart = counted + 1
            }
            counted += 1
        }
    }
}
