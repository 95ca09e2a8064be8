import Document
import Render

/// Why a chart could not be fetched.
package struct ChartError: Error, Sendable, Hashable, CustomStringConvertible {
    package var message: String
    package var hint: String
    /// Whether the repository answered, and its answer is what is wrong: asking again soon helps nobody.
    var isAnswer: Bool

    init(_ message: String, hint: String = "", isAnswer: Bool = true) {
        self.message = message
        self.hint = hint
        self.isAnswer = isAnswer
    }

    package var description: String { hint.isEmpty ? message : "\(message)\n  hint: \(hint)" }
}
