import Document
import Manifest
import System

/// The Endpoints and EndpointSlices of a Service, from the pods that its selector finds: a pure function.
struct EndpointsPlan {
    /// One pod behind a service.
    private struct Backend {
        var address: String
        var isReady: Bool
        var isTerminating: Bool
        var pod: Manifest
        var hostname: String?
    }

    /// Ports as one group of pods has them: a named target port may be another number in each pod.
    private struct Port: Hashable {
        var name: String
        var transport: String
        var number: Int
        var appProtocol: String?
    }

    /// Addresses that one slice holds at most (Kubernetes' default).
    private static let sliceSize = 100
    private let service: Manifest
    private var groups: [(ports: [Port], backends: [Backend])] = []

    /// - Parameter pods: those of the service's namespace.
    init(_ service: Manifest, pods: [Manifest]) {
        self.service = service
        let selector = LabelSelector(labels: service.spec?["selector"]?.dictionary ?? [:])
        let publishes = service.spec?["publishNotReadyAddresses"]?.bool ?? false
        var byPorts: [[Port]: [Backend]] = [:]
        for pod in pods.sorted(by: { $0.name < $1.name }) where selector.matches(pod.labels) {
            guard let address = pod.status?["podIP"]?.string, !address.isEmpty, pod.podPhase != "Succeeded",
                pod.podPhase != "Failed"
            else { continue }
            // A pod on its way out is no backend any more, from the moment that its deletion is asked for.
            if pod.isBeingDeleted, !publishes { continue }
            let isNamed = pod.spec?["subdomain"]?.string == service.name
            let backend = Backend(
                address: address, isReady: publishes || pod.isReadyPod, isTerminating: pod.isBeingDeleted, pod: pod,
                hostname: isNamed ? pod.spec?["hostname"]?.string ?? pod.name : nil)
            byPorts[ports(of: pod), default: []].append(backend)
        }
        groups = byPorts.map { ($0.key, $0.value) }.sorted { left, right in
            left.backends.first.map(\.pod.name) ?? "" < right.backends.first.map(\.pod.name) ?? ""
        }
    }

    /// Whether a service's endpoints are its selector's to say; those of one without are its user's.
    static func applies(to service: Manifest) -> Bool {
        !(service.spec?["selector"]?.fields?.isEmpty ?? true) && service.spec?["type"]?.string != "ExternalName"
            && !service.isBeingDeleted
    }

    private func ports(of pod: Manifest) -> [Port] {
        (service.spec?["ports"]?.items ?? []).compactMap { port in
            guard let number = Self.number(of: port, in: pod) else { return nil }
            return Port(
                name: port["name"]?.string ?? "", transport: port["protocol"]?.string ?? "TCP", number: number,
                appProtocol: port["appProtocol"]?.string)
        }
    }

    /// A target port is a number, the name that a container gives it, or the service's own port.
    private static func number(of port: Value, in pod: Manifest) -> Int? {
        guard let target = port["targetPort"] else { return port["port"]?.int }
        if let number = target.int { return number == 0 ? port["port"]?.int : number }
        guard let name = target.string, !name.isEmpty else { return port["port"]?.int }
        let transport = port["protocol"]?.string ?? "TCP"
        let sidecars = (pod.spec?["initContainers"]?.items ?? []).filter { $0["restartPolicy"]?.string == "Always" }
        for container in (pod.spec?["containers"]?.items ?? []) + sidecars {
            for candidate in container["ports"]?.items ?? []
            where candidate["name"]?.string == name && candidate["protocol"]?.string ?? "TCP" == transport {
                return candidate["containerPort"]?.int
            }
        }
        return Int(name)
    }

    // MARK: Endpoints

    /// The service's Endpoints.
    var endpoints: Manifest {
        var object = Manifest(
            apiVersion: "v1", kind: "Endpoints", name: service.name, namespace: service.namespace)
        let labels = service.labels.merging(["endpoints.kubernetes.io/managed-by": "endpoint-controller"]) { $1 }
        object.value[path: "metadata", "labels"] = .strings(labels)
        object.value[path: "metadata", "ownerReferences"] = [owner]
        object.value["subsets"] = .sequence(groups.map(subset))
        return object
    }

    private var owner: Value { OwnerReference(to: service).value }

    private func subset(_ group: (ports: [Port], backends: [Backend])) -> Value {
        var subset: Value = [:]
        let ready = group.backends.filter(\.isReady)
        let waiting = group.backends.filter { !$0.isReady }
        if !ready.isEmpty { subset["addresses"] = .sequence(ready.map(address)) }
        if !waiting.isEmpty { subset["notReadyAddresses"] = .sequence(waiting.map(address)) }
        if !group.ports.isEmpty { subset["ports"] = ports(group.ports) }
        return subset
    }

    private func address(_ backend: Backend) -> Value {
        var address: Value = ["ip": .string(backend.address)]
        if let hostname = backend.hostname { address["hostname"] = .string(hostname) }
        if let node = backend.pod.spec?["nodeName"] { address["nodeName"] = node }
        address["targetRef"] = reference(backend.pod)
        return address
    }

    private func reference(_ pod: Manifest) -> Value {
        [
            "kind": "Pod", "name": .string(pod.name), "namespace": .string(pod.namespace ?? ""),
            "uid": .string(pod.uid),
        ]
    }

    private func ports(_ ports: [Port]) -> Value {
        .sequence(
            ports.map { port in
                var value: Value = ["port": .int(port.number), "protocol": .string(port.transport)]
                if !port.name.isEmpty { value["name"] = .string(port.name) }
                if let appProtocol = port.appProtocol { value["appProtocol"] = .string(appProtocol) }
                return value
            })
    }

    // MARK: Slices

    /// The service's EndpointSlices, always under the same names, so that they are compared and changed in place.
    var slices: [Manifest] {
        var result: [Manifest] = []
        for group in groups {
            for start in stride(from: 0, to: group.backends.count, by: Self.sliceSize) {
                let part = group.backends[start..<min(start + Self.sliceSize, group.backends.count)]
                result.append(slice(result.count, group.ports, Array(part)))
            }
        }
        return result.isEmpty ? [slice(0, [], [])] : result
    }

    private func slice(_ index: Int, _ group: [Port], _ backends: [Backend]) -> Manifest {
        let hash = TemplateHash.of([.string(service.uid), .int(index)])
        var object = Manifest(
            apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", name: RandomSuffix.name(service.name, hash),
            namespace: service.namespace)
        var labels = service.labels
        labels["kubernetes.io/service-name"] = service.name
        labels["endpointslice.kubernetes.io/managed-by"] = EndpointsController.sliceManager
        if service.spec?["clusterIP"]?.string == "None" { labels["service.kubernetes.io/headless"] = "" }
        object.value[path: "metadata", "labels"] = .strings(labels)
        object.value[path: "metadata", "ownerReferences"] = [owner]
        object.value["addressType"] = "IPv4"
        object.value["endpoints"] = .sequence(backends.map(endpoint))
        object.value["ports"] = ports(group)
        return object
    }

    private func endpoint(_ backend: Backend) -> Value {
        var endpoint: Value = [
            "addresses": [.string(backend.address)],
            "conditions": [
                "ready": .bool(backend.isReady), "serving": .bool(backend.pod.isReadyPod),
                "terminating": .bool(backend.isTerminating),
            ],
        ]
        if let hostname = backend.hostname { endpoint["hostname"] = .string(hostname) }
        if let node = backend.pod.spec?["nodeName"] { endpoint["nodeName"] = node }
        endpoint["targetRef"] = reference(backend.pod)
        return endpoint
    }
}
