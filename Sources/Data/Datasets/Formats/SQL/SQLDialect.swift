/// How a kind of server spells SQL, as far as finding the ends of things depends on it.
package enum SQLDialect: Sendable {
    case postgres
    case mysql

    /// Whether `"…"` is a text; else it is a name.
    var hasDoubleQuotedTexts: Bool { self == .mysql }
    /// Whether `#` begins a comment.
    var hasHashComments: Bool { self == .mysql }
    /// Whether `$tag$…$tag$` is a text.
    var hasDollarQuotes: Bool { self == .postgres }
    /// Whether `/* /* */ */` is one comment.
    var nestsComments: Bool { self == .postgres }
}
