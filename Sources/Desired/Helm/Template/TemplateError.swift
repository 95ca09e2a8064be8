/// Why a template could not be read or carried out, in Go's words (text/template, `ExecError`).
package struct TemplateError: Error, CustomStringConvertible {
    /// One template that was at work, and what it was doing.
    package struct Frame: Sendable {
        /// The text, and what origins call it.
        package var source: String
        package var file: String
        package var line: Int
        /// Go's column: bytes from 0.
        package var column: Int
        /// The template within the text.
        var template: String
        /// The part of it that was carried out.
        var context: String
        /// The call that failed, if it was one: `error calling include`.
        var doing: String

        package var place: String { "\(source):\(line):\(column)" }
    }

    /// What went wrong at the innermost place.
    package private(set) var reason: String
    /// From the innermost template to the outermost; empty when the text could not even be read.
    package private(set) var frames: [Frame] = []
    /// What the next frame was doing besides.
    private var pending = ""
    /// Where a text could not be read.
    private var unread: (source: String, file: String, line: Int, column: Int)?
    /// Whether `fail` or `required` said it, on purpose.
    var isDeliberate = false
    /// Whether it already says where.
    var isPlaced: Bool { !frames.isEmpty || unread != nil }

    package init(_ reason: String) {
        self.reason = reason
    }

    /// A text that is no template.
    init(_ reason: String, source: TemplateSource, line: Int, column: Int) {
        self.reason = reason
        unread = (source.name, source.file, line, column)
    }

    /// The same error, seen from the template that called.
    func within(_ frame: Frame) -> TemplateError {
        var error = self
        error.frames.append(frame)
        if !pending.isEmpty {
            error.frames[error.frames.count - 1].doing += ": " + pending
            error.pending = ""
        }
        return error
    }

    /// What another error says, as the reason of this one.
    static func wrapping(_ error: any Error) -> TemplateError {
        error as? TemplateError ?? TemplateError("\(error)")
    }

    /// The same error, while something was done that has no place of its own.
    func during(_ words: String) -> TemplateError {
        var error = self
        error.pending = words
        return error
    }

    /// What Go's own error says, on one line.
    package var message: String {
        if let unread { return "template: \(unread.source):\(unread.line): \(reason)" }
        var text = ""
        for frame in frames.reversed() {
            text += "template: \(frame.place): executing \"\(frame.template)\" at <\(frame.context)>: "
            if !frame.doing.isEmpty { text += frame.doing + ": " }
        }
        return text + reason
    }

    /// What Helm makes of it: a template a paragraph, the outermost first.
    package var report: String {
        if let unread { return "parse error at (\(unread.source):\(unread.line)): \(reason)" }
        guard let outermost = frames.last else { return reason }
        if isDeliberate { return "execution error at (\(outermost.place)): \(reason)" }
        var lines: [String] = []
        for frame in frames.reversed() {
            lines += [frame.place, "  executing \"\(frame.template)\" at <\(frame.context)>:"]
            if !frame.doing.isEmpty { lines.append("    \(frame.doing):") }
        }
        let isOutside = frames.first?.doing.isEmpty == false && reason.hasPrefix("template: no template")
        return (lines + [(isOutside ? "" : "    ") + reason]).joined(separator: "\n")
    }

    /// The innermost place in a file, for whoever is to mend it; nil when there is none.
    package var place: (file: String, line: Int, column: Int)? {
        if let unread { return (unread.file, unread.line, unread.column) }
        return frames.first { $0.source != TemplateSource.inline }.map { ($0.file, $0.line, $0.column) }
    }

    /// What the user reads beneath the place: the reason, and which calls led there, the innermost first.
    package var explanation: String {
        guard let innermost = frames.first else { return reason }
        if isDeliberate { return reason + trail(frames.dropFirst()) }
        let doing = innermost.doing.isEmpty ? "" : innermost.doing + ": "
        return "<\(innermost.context)>: \(doing)\(reason)" + trail(frames.dropFirst())
    }

    /// More callers than this are not listed.
    private static let mostCallers = 12

    private func trail(_ callers: some Collection<Frame>) -> String {
        var text = ""
        for frame in callers.prefix(Self.mostCallers) {
            text += "\n  called from \(frame.file):\(frame.line):\(frame.column + 1) by {{ \(frame.context) }}"
        }
        let left = callers.count - Self.mostCallers
        return left > 0 ? text + "\n  and \(left) more" : text
    }

    package var description: String { message }
}
