/// A value of a YAML or JSON document, with the place where it was written.
///
/// One tree serves rendering, diffing and the cluster alike: text stays as it was written (numbers too, so that nothing
/// is lost on the way through), mappings keep their order, and every node knows its origin. `==` compares meaning, not
/// form: `1` equals `1.0`, quotes and origins do not count, and the order of keys does not either.
package struct Value: Sendable {
    /// What a value is.
    package enum Content: Sendable {
        case scalar(Scalar)
        case sequence([Value])
        case mapping(Mapping)
    }

    package var content: Content
    package var origin: Origin
    /// Comments, styles and past origins: nil for most values.
    package var trivia: Trivia?

    package init(_ content: Content, origin: Origin = .none, trivia: Trivia? = nil) {
        self.content = content
        self.origin = origin
        self.trivia = trivia
    }
}

/// A scalar: its text, what it means, and how it was written.
package struct Scalar: Sendable {
    /// The type that YAML's core schema, as go-yaml resolves it, gives a plain scalar; quoted ones are strings.
    package enum Kind: UInt8, Sendable {
        case null, bool, int, float, string, timestamp, binary
    }

    /// How YAML wrote it (YAML 1.2.2 chapter 7.3 and 8.1).
    package enum Style: UInt8, Sendable {
        case any, plain, singleQuoted, doubleQuoted, literal, folded
    }

    /// The text after unquoting and unfolding: `0x1F` stays `0x1F`.
    package var text: String
    package var kind: Kind
    package var style: Style

    package init(_ text: String, _ kind: Kind = .string, style: Style = .any) {
        self.text = text
        self.kind = kind
        self.style = style
    }
}

/// What a few values carry beside their meaning.
package final class Trivia: Sendable {
    /// How much of a scalar was made while rendering, and is written nowhere.
    package enum Synthesis: UInt8, Sendable {
        case none
        /// What follows the written part: the hash behind a generated object's name.
        case part
        /// All of it: the kind of a generated object.
        case whole
    }

    /// Comment lines above, `#` included, joined by newlines.
    package let headComment: String
    /// The comment behind the value on its line.
    package let lineComment: String
    /// Comment lines below the last child.
    package let footComment: String
    /// Whether a collection was written in flow style: `{a: 1}`, `[1, 2]`.
    package let isFlow: Bool
    /// The places of the values that this one replaced or was made with, the last one first.
    package let replaced: [Place]
    /// The lines of the file whose text the value is.
    package let lines: ClosedRange<UInt32>?
    package let synthesis: Synthesis

    package init(
        headComment: String = "", lineComment: String = "", footComment: String = "", isFlow: Bool = false,
        replaced: [Place] = [], lines: ClosedRange<UInt32>? = nil, synthesis: Synthesis = .none
    ) {
        self.headComment = headComment
        self.lineComment = lineComment
        self.footComment = footComment
        self.isFlow = isFlow
        self.replaced = replaced
        self.lines = lines
        self.synthesis = synthesis
    }

    /// Of values that are made and replace nothing; one serves them all.
    package static let synthesised = Trivia(synthesis: .whole)
}
