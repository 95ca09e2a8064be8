import Cluster
import Document
import Manifest
import System

/// The machine's own object in the cluster (`kubectl get nodes`).
struct NodeRegistration {
    private let services: PodServices
    private var machine: Machine { services.machine }

    init(_ services: PodServices) {
        self.services = services
    }

    /// Writes the object once; a cluster that serves no nodes has none.
    func run() async {
        for attempt in 1...10 {
            do {
                return try await write()
            } catch let error as ClusterError where error.reason == .notFound || error.reason == .badRequest {
                return services.log.debug("the cluster keeps no nodes: \(error)")
            } catch {
                services.log.debug("cannot register the node: \(error)")
                guard (try? await services.clock.sleep(.milliseconds(100 * attempt))) != nil else { return }
            }
        }
    }

    private func write() async throws {
        var node = Manifest(apiVersion: "v1", kind: "Node", name: machine.name)
        node.value[path: "metadata", "labels"] = .strings(Scheduling.labels(of: machine))
        var live: Manifest
        do {
            live = try await services.cluster.get(node.key)
        } catch let error as ClusterError where error.reason == .notFound {
            live = try await services.cluster.create(node, PodServices.options)
        }
        live.value["status"] = status(old: live.status)
        _ = try await services.cluster.update(live, PodServices.statusOptions)
    }

    private func status(old: Value?) -> Value {
        var conditions = PodConditions(old)
        conditions.set("Ready", true, now: services.now)
        let amounts: Value = [
            "cpu": .string("\(machine.cores)"), "memory": .string("\(machine.memory / 1024)Ki"), "pods": "500",
        ]
        var addresses: [Value] = [["type": "Hostname", "address": .string(machine.name)]]
        if !machine.address.isEmpty {
            addresses.insert(["type": "InternalIP", "address": .string(machine.address)], at: 0)
        }
        return [
            "capacity": amounts, "allocatable": amounts, "conditions": conditions.value,
            "addresses": .sequence(addresses),
            "nodeInfo": [
                "machineID": .string(machine.machineID), "systemUUID": .string(machine.machineID), "bootID": "",
                "kernelVersion": .string(machine.kernel), "osImage": .string(machine.osImage),
                "containerRuntimeVersion": "belay://1", "kubeletVersion": "v1.36.0", "kubeProxyVersion": "v1.36.0",
                "operatingSystem": "linux", "architecture": .string(machine.architecture),
            ],
        ]
    }
}
