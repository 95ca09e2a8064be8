import Document
import Patterns

/// A regular expression of a SOPS file or rule, found anywhere in a text with bounded effort.
final class SopsPattern {
    private let pattern: CompiledPattern
    let text: String

    /// - Throws: `Problem` at `origin` when the text is no regular expression.
    init(_ text: String, at origin: Origin) throws(Problem) {
        do throws(CompiledPattern.Malformed) {
            pattern = try CompiledPattern(text)
        } catch {
            throw Problem("\"\(text)\" is no regular expression", at: origin, hint: error.description)
        }
        self.text = text
    }

    /// Whether it is found in a text; nil when that cannot be told within the limits.
    func isFound(in subject: String) -> Bool? {
        switch pattern.match(subject) {
        case .found: true
        case .absent: false
        case .tooManyMatches, .failed: nil
        }
    }
}
