/// Where a service keeps what it keeps. Two services with other folders live side by side.
struct Paths: Sendable {
    /// What is kept: objects, journal, images, volumes, mirrors, keys.
    var state: String
    /// What a reboot ends: sockets, sandboxes, containers.
    var run: String

    init(state: String = "/var/lib/belay", run: String = "/run/belay") {
        self.state = state
        self.run = run
    }

    init(_ invocation: Invocation) {
        self.init(
            state: Self.absolute(invocation.value("state") ?? "/var/lib/belay"),
            run: Self.absolute(invocation.value("run") ?? "/run/belay"))
    }

    var socket: String { "\(run)/belay.sock" }
    var lock: String { "\(state)/lock" }
    var key: String { "\(state)/key" }
    var objects: String { "\(state)/cluster.db" }
    var journal: String { "\(state)/journal.db" }
    var images: String { "\(state)/images" }
    var mirrors: String { "\(state)/git" }
    var charts: String { "\(state)/charts" }
    /// Mirrors of what projects pin of other repositories.
    var pinned: String { "\(state)/git/pinned" }
    var pods: String { "\(state)/pods" }
    var volumes: String { "\(state)/volumes" }
    var logs: String { "\(state)/logs" }
    var applied: String { "\(state)/applied" }
    /// Reports of what was copied into environments.
    var data: String { "\(state)/data" }
    /// Where scrubbed data waits, in files without names.
    var spools: String { "\(state)/spools" }
    var network: String { "\(state)/network" }
    var containers: String { "\(run)/runtime" }

    static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/"), let folder = currentFolder() else { return path }
        return "\(folder)/\(path)"
    }
}
