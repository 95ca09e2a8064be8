package import Crypto
package import Document

/// A chart in a repository, at one version and with one content.
package struct ChartPin: Sendable, Hashable, CustomStringConvertible {
    /// `https://charts.example.org`, `oci://registry.example.org/charts`; without a slash at its end.
    package var repository: String
    package var name: String
    package var version: String
    /// SHA-256 of the chart's archive.
    package var digest: Digest
    /// Whether its provenance must be verified.
    package var isVerified: Bool
    /// Where `belay.yaml` names it.
    package var origin: Origin

    package init(
        repository: String, name: String, version: String, digest: Digest, isVerified: Bool = false,
        origin: Origin = .none
    ) {
        self.repository = repository
        self.name = name
        self.version = version
        self.digest = digest
        self.isVerified = isVerified
        self.origin = origin
    }

    package var description: String { "\(name) \(version) of \(repository)" }

    /// `redis-17.3.1.tgz`, as Helm names archives.
    package var fileName: String { "\(name)-\(version).tgz" }

    /// The digest as `belay.yaml` has it.
    package var digestText: String { digest.description }

    package var isOCI: Bool { repository.hasPrefix("oci://") }
}

/// Where charts are that were fetched. A rendering takes them from here and never asks the network.
package protocol ChartStore: Sendable {
    /// The archive of a pinned chart.
    ///
    /// - Throws: `Problem` at the pin when it is not here, with the reason.
    func archive(_ pin: ChartPin) throws(Problem) -> [UInt8]
}

/// A store without charts.
package struct NoCharts: ChartStore {
    package init() {}

    package func archive(_ pin: ChartPin) throws(Problem) -> [UInt8] {
        throw Problem(
            "the chart \(pin) has not been fetched to this machine", at: pin.origin, hint: "run belay chart pull")
    }
}
