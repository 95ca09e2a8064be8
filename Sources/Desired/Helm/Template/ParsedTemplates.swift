import Synchronization

/// Texts that were parsed before, by what they hold: charts share helpers with one another, and with what they were a
/// revision ago.
package final class ParsedTemplates: Sendable {
    private struct State {
        var texts: [ContentKey: ParsedText] = [:]
        var bytes = 0
    }

    /// Files of values that were read before.
    let values = ParsedValues()
    private let state = Mutex(State())
    private let limit: Int
    private let seed = ContentKey.seed()

    private let keepsAll: Bool

    /// - Parameters:
    ///   - limit: bytes of texts; beyond it everything is forgotten.
    ///   - keepsAll: whether texts are kept that each rendering needs but once.
    package init(limit: Int = 32 << 20, keepsAll: Bool = true) {
        self.limit = limit
        self.keepsAll = keepsAll
    }

    /// What a source's text is parsed as.
    ///
    /// - Parameter keeps: whether this rendering may need it again.
    func text(_ source: TemplateSource, keeps: Bool, parse: () throws -> ParsedText) rethrows -> ParsedText {
        guard keeps || keepsAll else { return try parse() }
        let key = ContentKey(source.bytes, seed: seed)
        if let known = state.withLock({ $0.texts[key] }) { return known }
        let text = try parse()
        state.withLock { state in
            if state.bytes + source.bytes.count > limit { state = State() }
            state.bytes += source.bytes.count
            state.texts[key] = text
        }
        return text
    }
}
