internal import Crypto
package import Document
internal import FileTree
internal import Images
package import Render
package import System
package import Transport

/// Fetches the charts that projects pin, each once, into the cache; renderings take them from there.
///
/// What came is kept only when its digest is the one that is pinned, when it is the chart that it is said to be, and,
/// where that is asked for, when its provenance is signed by a trusted key.
package actor ChartSource: ChartStore {
    package nonisolated let cache: ChartCache
    private let config: ChartConfig
    private let http: HTTPClient
    private let registry: RegistryClient
    private let clock: WallClock
    /// Fetches under way, by what they fetch.
    private var running: [ChartPin: Task<Void, any Error>] = [:]
    /// What was refused, and when: a repository that gave a wrong answer is not asked again at once.
    private var refused: [ChartPin: (error: ChartError, until: Timestamp)] = [:]
    /// Pins whose provenance was found good in this process.
    private var verified: Set<Digest> = []

    private static let pause = Duration.seconds(120)

    /// - Parameter folder: where charts are kept.
    package init(folder: String, config: ChartConfig = ChartConfig(), http: HTTPClient, clock: WallClock = .system) {
        cache = ChartCache(folder: folder)
        self.config = config
        self.http = http
        self.clock = clock
        registry = RegistryClient(http: http, plain: config.plainRegistries, clock: clock)
    }

    package nonisolated func archive(_ pin: ChartPin) throws(Problem) -> [UInt8] {
        try cache.archive(pin)
    }

    // MARK: Pinned charts

    /// Brings charts here that are not yet.
    ///
    /// - Returns: whether any came.
    /// - Throws: `Problem` at the pin of the first that cannot be had.
    package func fetch(_ pins: [ChartPin]) async throws -> Bool {
        var hasCome = false
        for pin in pins {
            do {
                hasCome = try await fetch(pin) || hasCome
            } catch let error as ChartError {
                throw Problem(error.message, at: pin.origin, hint: error.hint)
            }
        }
        return hasCome
    }

    private func fetch(_ pin: ChartPin) async throws -> Bool {
        if isHere(pin) { return false }
        if let refusal = refused[pin] {
            if refusal.until > clock.now() { throw refusal.error }
            refused[pin] = nil
        }
        // Shared by all who wait for the same chart; nobody cancels it for the others.
        let task = running[pin] ?? Task { try await bring(pin) }
        running[pin] = task
        defer { running[pin] = nil }
        do {
            try await task.value
        } catch let error as ChartError {
            if error.isAnswer { refused[pin] = (error, clock.now() + Self.pause) }
            throw error
        }
        return true
    }

    private func isHere(_ pin: ChartPin) -> Bool {
        cache.holds(pin.digest) && (!pin.isVerified || verified.contains(pin.digest))
    }

    private func bring(_ pin: ChartPin) async throws {
        if let bytes = try cache.bytes(pin.digest) {
            guard pin.isVerified else { return }
            if let provenance = try cache.provenance(pin.digest) {
                return try await verify(bytes, provenance, pin)
            }
        }
        let offer = try await repository(pin.repository).fetch(
            pin.name, pin.version, expecting: pin.digest, withProvenance: pin.isVerified)
        let found = Digest.of(offer.archive, by: pin.digest.algorithm)
        guard found == pin.digest else {
            throw ChartError(
                "the archive of \(pin) has the digest \(found), and belay.yaml pins \(pin.digest)",
                hint: "the repository gives something else than was pinned: look at it before you pin the new digest")
        }
        try Self.check(offer.archive, pin.name, pin.version, pin.fileName)
        if pin.isVerified {
            guard let provenance = offer.provenance else {
                throw ChartError("\(pin) has no provenance file, and belay.yaml asks for one")
            }
            try await verify(offer.archive, provenance, pin)
        }
        try cache.keep(offer.archive, provenance: offer.provenance, under: pin.digest)
    }

    private func verify(_ archive: [UInt8], _ provenance: [UInt8], _ pin: ChartPin) async throws {
        guard let keyring = config.keyring else {
            throw ChartError(
                "\(pin) is to be verified, and no keyring says whom to trust",
                hint: "name one under spec.charts.keyring of the server's config")
        }
        try await Blocking.run(named: "belay-gpgv") {
            try Provenance(keyring: keyring).verify(provenance, of: archive, named: pin.fileName)
        }
        verified.insert(pin.digest)
    }

    private func repository(_ address: String) -> any ChartRepository {
        let login = config.login(for: address)
        return address.hasPrefix("oci://")
            ? OCIChartRepository(address: address, login: login, registry: registry)
            : HTTPChartRepository(address: address, login: login, http: http)
    }

    /// Refuses an archive that holds another chart than it is said to.
    private static func check(_ archive: [UInt8], _ name: String, _ version: String, _ fileName: String) throws {
        let found: Value?
        do {
            let tree = try ArchiveTree(archive, digest: nil, displayedAs: fileName)
            let folders = try tree.entries(of: .root, for: .none).map { TreePath.root.appending($0.name) }
            let path = try folders.map { $0.appending("Chart.yaml") }.first { path in
                try tree.kind(of: path, for: .none) == .file
            }
            found = try path.flatMap { try tree.documents($0, for: .none).first }
        } catch let problem as Problem {
            throw ChartError(problem.message)
        }
        guard let found, let ownName = found["name"]?.scalar?.text, let own = found["version"]?.scalar?.text else {
            throw ChartError("\(fileName) holds no chart")
        }
        guard ownName == name, own == version else {
            throw ChartError("\(fileName) holds the chart \(ownName) \(own), and not \(name) \(version)")
        }
    }

    // MARK: Finding charts

    /// The versions that a repository has of a chart.
    package func versions(of name: String, in repository: String) async throws -> [String] {
        try await self.repository(repository).versions(of: name)
    }

    /// Fetches a chart that nobody pinned yet, keeps it, and says its digest.
    package func pin(_ name: String, _ version: String, in repository: String) async throws -> ChartPin {
        let offer = try await self.repository(repository).fetch(name, version, expecting: nil, withProvenance: false)
        let digest = Digest.sha256(offer.archive)
        if let said = offer.digest, said.algorithm == .sha256, said != digest {
            throw ChartError("\(repository) says the digest \(said), and what it gives has \(digest)")
        }
        let pin = ChartPin(repository: repository, name: name, version: version, digest: digest)
        try Self.check(offer.archive, name, version, pin.fileName)
        try cache.keep(offer.archive, provenance: nil, under: digest)
        return pin
    }
}
