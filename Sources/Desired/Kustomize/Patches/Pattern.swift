import Document
import Patterns

/// A regular expression from a kustomization, matched against whole texts with bounded effort.
///
/// Go's syntax (RE2) is nearly a subset of Perl's; what Perl's has beyond it could take long, so the limits hold.
final class Pattern {
    private let pattern: CompiledPattern
    /// The only text that matches, where the expression is but letters, digits, dashes and slashes.
    private let literal: String?
    private let text: String
    private let origin: Origin

    /// - Throws: `Problem` when the text is no regular expression.
    init(_ text: String, at origin: Origin) throws(Problem) {
        do throws(CompiledPattern.Malformed) {
            pattern = try CompiledPattern("^(?:\(text))$")
        } catch {
            throw Problem("\"\(text)\" is no regular expression", at: origin, hint: error.description)
        }
        literal = text.utf8.allSatisfy(Self.isLiteral) ? text : nil
        self.text = text
        self.origin = origin
    }

    /// Whether the whole of a text matches.
    ///
    /// - Throws: `Problem` when that cannot be found out within the limits.
    func matches(_ subject: String) throws(Problem) -> Bool {
        if let literal { return subject == literal }
        let hint: String
        switch pattern.match(subject) {
        case .found: return true
        case .absent: return false
        case .tooManyMatches: hint = "write it simpler"
        case .failed(let reason): hint = reason
        }
        throw Problem("the regular expression \"\(text)\" takes too long on \(subject)", at: origin, hint: hint)
    }

    /// Whether one of some texts matches.
    func matches(any subjects: [String]) throws(Problem) -> Bool {
        for subject in subjects where try matches(subject) { return true }
        return false
    }

    private static func isLiteral(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "/"):
            true
        default: false
        }
    }
}
