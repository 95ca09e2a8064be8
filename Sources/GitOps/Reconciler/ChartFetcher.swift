package import Render

/// Brings the charts that a project pins to this machine, where renderings find them.
package protocol ChartFetcher: ChartStore {
    /// - Returns: whether any came that was not here.
    /// - Throws: `Problem` at the pin of the first that cannot be had.
    func fetch(_ pins: [ChartPin]) async throws -> Bool
}

extension NoCharts: ChartFetcher {
    package func fetch(_ pins: [ChartPin]) async throws -> Bool { false }
}
