import Cluster
import ContainerRuntime
import Glibc
import Images
import LocalCluster
import Manifest
import Network
import Node
import System

extension Verbs {
    static let downCommand = Command(
        name: "down", summary: "End everything that Belay runs here, and remove all that it made",
        discussion: """
            A service that runs is stopped first. Containers, mounts, namespaces, interfaces, packet filter rules and cgroups go, and what was set is set back.
            Images stay unless --all is given; data of volumes goes only with --all.
            """,
        options: [Option("all", "remove images, volumes, history and keys too: the state folder as a whole")],
        run: { invocation in
            let paths = Paths(invocation)
            try await Teardown(paths: paths).run(all: invocation.has("all"))
            Terminal.current.message("belay: all that ran under \(paths.run) is gone")
            return 0
        })
}

/// Removes what a service made on this machine, from its folders alone.
struct Teardown {
    let paths: Paths

    func run(all: Bool) async throws {
        guard Files.exists(paths.run) || Files.exists(paths.state) else { return }
        let lock = try await InstanceLock.takingOver(paths)
        let log = Log("down", least: .warning)
        let runtime = try LocalPlace.runtime(paths, .system, log)
        try await runtime.removeAll()
        try await LocalPlace.network(paths, log).removeAll()
        // Nothing may be removed through a mount: a volume may show a folder of the machine's.
        for folder in [paths.run, paths.state] {
            for mount in try Mounts.beneath(folder) where mount != folder { try Mounts.detach(mount) }
        }
        try remove(paths.run)
        if all {
            try remove(paths.state)
        } else {
            for path in [paths.objects, "\(paths.objects)-wal", "\(paths.objects)-shm", paths.pods, paths.network] {
                try Files.removeTree(path)
            }
        }
        withExtendedLifetime(lock) {}
    }

    /// Removes a folder; one that is a file system of its own is emptied and stays.
    private func remove(_ folder: String) throws {
        do {
            try Files.removeTree(folder)
        } catch {
            guard error.code == EBUSY, error.subject == folder else { throw error }
        }
    }
}
