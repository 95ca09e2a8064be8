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

    /// - Parameter limit: bytes of texts; beyond it everything is forgotten.
    package init(limit: Int = 32 << 20) {
        self.limit = limit
    }

    /// What a source's text is parsed as.
    func text(_ source: TemplateSource, parse: () throws -> ParsedText) rethrows -> ParsedText {
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
