import Cluster
import ContainerRuntime
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
}
