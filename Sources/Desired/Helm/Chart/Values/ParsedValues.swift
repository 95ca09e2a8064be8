import Document
import Synchronization

/// Files of values that were read before, by what they hold and where they stand: a chart is rendered for several
/// environments, and again when one of its files changes.
final class ParsedValues: Sendable {
    private struct Key: Hashable, Sendable {
        let content: ContentKey
        let source: String
    }

    /// Sendable unchecked: nobody changes a chart's own values; they are copied where values are put together
    /// (`ChartValues`).
    private struct Table: @unchecked Sendable {
        let map: TemplateMap
    }

    private struct State {
        var tables: [Key: Table] = [:]
        var bytes = 0
    }

    private let state = Mutex(State())
    private let seed = ContentKey.seed()
    /// Bytes of files; beyond it everything is forgotten.
    private static let limit = 8 << 20

    /// What a file holds.
    func table(_ bytes: [UInt8], source: String) throws(Problem) -> TemplateMap {
        let key = Key(content: ContentKey(bytes, seed: seed), source: source)
        if let known = state.withLock({ $0.tables[key] }) { return known.map }
        let table = Table(map: try ChartValues.table(bytes, source: source))
        state.withLock { state in
            if state.bytes + bytes.count > Self.limit { state = State() }
            state.bytes += bytes.count
            state.tables[key] = table
        }
        return table.map
    }
}
