import Audit
import Cluster
import Crypto
import Document
import Git
import Glibc
import Identity
import KubernetesAPI
import Listener
import Manifest
import Reconciler
import Refresh
import Render
import Sources
import System
import Transport

/// The service: the embedded cluster, the projects that it follows, and the socket that it answers on.
struct Service: Sendable {
    /// One repository to follow.
    struct Repository: Sendable {
        /// The name that the project had when it was last read; nil for one that was never read.
        var remote: Remote
        var branch: String?
        var poll: Duration
    }

    let paths: Paths
    let clock: WallClock
    let log: Log
    let charts: ChartConfig
    /// Private keys that open what is encrypted in git.
    let keys: DecryptionKeys

    init(
        _ paths: Paths, charts: ChartConfig = ChartConfig(), keys: DecryptionKeys = .none, clock: WallClock = .system,
        log: Log = Log("belay")
    ) {
        self.paths = paths
        self.charts = charts
        self.keys = keys
        self.clock = clock
        self.log = log
    }

    /// Starts everything, and works until the task is cancelled. Containers go on without it.
    ///
    /// - Parameter started: called once the socket answers.
    func run(_ repositories: [Repository], started: @escaping @Sendable () async -> Void) async throws {
        let lock = try InstanceLock(paths)
        let key = try RootKey.load(paths.key)
        let place = try await LocalPlace(paths, clock: clock, log: log)
        let journal = try Journal(path: paths.journal)
        let view = ClusterView(cluster: place.cluster, clock: clock, log: log.part("view"))
        let access = try NetworkAccess(paths)
        let gate = Gate(token: access.token)
        let kubernetes = try await KubernetesAPI(
            cluster: place.cluster, workloads: place.node, gate: gate, clock: clock)
        let api = ServiceAPI(kubernetes: kubernetes, gate: gate)
        // What a service that was killed left there waits for nobody.
        try Files.removeTree(paths.spools)
        try Files.makeFolders(paths.spools, mode: 0o700)
        let names = try ProjectNames(repositories.map(\.remote.address.text))
        let source = ChartSource(folder: paths.charts, config: charts, http: try HTTPClient(), clock: clock)
        let pinned = PinnedRepositories(in: paths.pinned, log: log.part("git"))
        let projects = try repositories.map {
            try project($0, named: names[$0.remote.address.text], place, view, journal, key, source, pinned)
        }
        api.serve(Dictionary(projects.map { ($0.name, $0) }, uniquingKeysWith: { $1 }))
        let server = try listen(api, access)
        await started()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await place.run() }
            group.addTask { await view.run() }
            for project in projects { group.addTask { await project.run() } }
        }
        await server.stop()
        withExtendedLifetime(lock) {}
    }

    /// Answers on the socket, and on a port of loopback for kubectl; without the port when it cannot be had.
    private func listen(_ api: ServiceAPI, _ access: NetworkAccess) throws -> HTTPServer {
        let socket = Endpoint.unix(path: paths.socket)
        var configuration = HTTPServer.Configuration(
            endpoints: [socket], subprotocols: KubernetesAPI.subprotocols)
        configuration.tls = .init(certificates: access.identity.certificate, key: access.identity.key)
        for port in Set([access.port, 0]).sorted(by: >) {
            configuration.endpoints = [socket, .tcp(port: port)]
            do {
                let server = try HTTPServer(configuration, api.handlers)
                try access.keep(server.endpoints)
                return server
            } catch let error as ListenerError {
                log.warning("no port for kubectl: \(error)", ["port": String(port)])
            }
        }
        configuration.endpoints = [socket]
        return try HTTPServer(configuration, api.handlers)
    }

    private func project(
        _ repository: Repository, named name: String, _ place: LocalPlace, _ view: ClusterView, _ journal: Journal,
        _ key: [UInt8], _ charts: ChartSource, _ pinned: PinnedRepositories
    ) throws -> GitProject {
        try Files.makeFolders(paths.mirrors, mode: 0o700)
        let source = try RepositorySource(
            repository.remote, mirrors: paths.mirrors, schedule: PollSchedule(interval: repository.poll), clock: clock,
            log: log.part("git"))
        try Files.makeFolders(paths.applied, mode: 0o700)
        var parts = Reconciler.Parts(
            clusters: ["local": .init(cluster: place.cluster, view: view)], journal: journal,
            applied: try AppliedStore(path: "\(paths.applied)/\(name).json"), rootKey: key, charts: charts,
            clock: clock,
            log: log.part("sync"))
        parts.since = try RootKey.firstUse(of: paths.key, clock: clock)
        parts.zoneFile = ZoneFiles.read
        parts.keys = keys
        let reconciler = Reconciler(parts)
        let refresher = Refresher(
            .init(
                clusters: ["local": .init(cluster: place.cluster, workloads: place.node)], journal: journal,
                store: RefreshStore(folder: "\(paths.data)/\(name)"), rootKey: key, spools: paths.spools,
                tool: "belay \(Version.number)", clock: clock, log: log.part("data")))
        return GitProject(
            name: name, reconciler: reconciler, source: source, charts: charts, pinned: pinned,
            branch: repository.branch, refresher: refresher,
            journal: journal, clock: clock, log: log.part("git"))
    }
}

extension ChartSource: ChartFetcher {}
