import Cluster
import ContainerRuntime
import Glibc
import Images
import Manifest
import Network
import System

/// What every pod's worker works with.
struct PodServices: Sendable {
    let cluster: any Cluster
    let engine: any ContainerEngine
    let images: any ImageProvider
    let network: any PodNetwork
    let volumes: VolumeKeeper
    let handlers: HandlerRunner
    let events: EventRecorder
    let folders: NodeFolders
    let machine: Machine
    let clock: WallClock
    let log: Log
    /// The services of a namespace, as far as the node has seen them.
    let services: @Sendable (_ namespace: String) -> [Manifest]

    var now: Timestamp { clock.now() }
    static let options = WriteOptions(fieldManager: "node")
    static let statusOptions = WriteOptions(fieldManager: "node", subresource: "status")

    /// Objects of a kind by name; those that are not there are left out.
    func objects(_ kind: String, _ names: Set<String>, in namespace: String) async throws -> [String: Manifest] {
        var found: [String: Manifest] = [:]
        for name in names {
            do {
                found[name] = try await cluster.get(ObjectKey(kind: kind, namespace: namespace, name: name))
            } catch let error as ClusterError where error.reason == .notFound {
                continue
            }
        }
        return found
    }

    /// Ends a container that no pod wants and removes it, which has to wait for its exit.
    ///
    /// - Throws: what the runtime says when it has not ended within five seconds.
    func discard(_ container: ContainerState) async throws {
        if container.exit == nil {
            do {
                try await engine.kill(container.id, signal: SIGKILL, all: true)
            } catch let error as ContainerError where error.code == .notRunning || error.code == .notFound {}
        }
        for attempt in 1...250 {
            do {
                return try await engine.remove(container.id)
            } catch let error as ContainerError where error.code == .notFound {
                return
            } catch let error as ContainerError where error.code == .notRunning && attempt < 250 {
                try await clock.sleep(.milliseconds(20))
            }
        }
    }
}
