internal import Crypto

/// What a repository has under a chart's name and version.
struct ChartOffer: Sendable {
    /// What the repository says that the archive's digest is; nil when it does not say.
    var digest: Digest?
    var archive: [UInt8]
    /// nil when there is none, or none was asked for.
    var provenance: [UInt8]?
}

/// A place that charts come from.
protocol ChartRepository: Sendable {
    /// Fetches an archive.
    ///
    /// - Throws: `ChartError`.
    func fetch(_ name: String, _ version: String, expecting digest: Digest?, withProvenance: Bool) async throws
        -> ChartOffer

    /// The versions that there are of a chart, in the repository's order.
    func versions(of name: String) async throws -> [String]
}
