import Cluster
import ClusterTestSupport
import Document
import Manifest
import System
import TestSupport
import Testing

@testable import Controllers

@Suite struct EndpointsPlanTests {
    private static func service(_ change: (inout Value) -> Void = { _ in }) -> Manifest {
        var service = Manifest(apiVersion: "v1", kind: "Service", name: "web", namespace: "shop")
        service.value[path: "metadata", "uid"] = "uid-service"
        var spec: Value = [
            "clusterIP": "10.96.0.10", "selector": ["app": "web"],
            "ports": [["name": "http", "port": 80, "targetPort": "http", "protocol": "TCP"]],
        ]
        change(&spec)
        service.value["spec"] = spec
        return service
    }

    private static func backend(
        _ name: String, address: String?, port: Int = 8080, ready: Bool = true, phase: String = "Running"
    ) -> Manifest {
        var backend = pod(name, phase: phase, ready: ready)
        backend.value[path: "spec", "containers"] = [
            ["name": "web", "ports": [["name": "http", "containerPort": .int(port)]]]
        ]
        if let address { backend.value[path: "status", "podIP"] = .string(address) }
        return backend
    }

    private static func ready(_ slice: Manifest) -> [String] {
        (slice.value["endpoints"]?.items ?? []).filter { $0[path: "conditions", "ready"]?.bool == true }
            .compactMap { $0["addresses"]?.strings.first }
    }

    @Test func `ready pods are addresses, others are not ready, and named ports are looked up`() throws {
        let plan = EndpointsPlan(
            Self.service(),
            pods: [
                Self.backend("a", address: "10.88.0.2"), Self.backend("b", address: "10.88.0.3", ready: false),
                Self.backend("c", address: nil), Self.backend("d", address: "10.88.0.5", phase: "Succeeded"),
            ])
        let subset = try #require(plan.endpoints.value["subsets"]?.items?.first)
        #expect(subset["addresses"]?.items?.compactMap { $0["ip"]?.string } == ["10.88.0.2"])
        #expect(subset["notReadyAddresses"]?.items?.compactMap { $0["ip"]?.string } == ["10.88.0.3"])
        #expect(subset["ports"]?.items?.first?["port"]?.int == 8080)
        #expect(plan.slices.count == 1)
        #expect(Self.ready(plan.slices[0]) == ["10.88.0.2"])
        #expect(plan.slices[0].labels["kubernetes.io/service-name"] == "web")
    }

    @Test func `a pod that is being deleted is no backend any more`() {
        var leaving = Self.backend("a", address: "10.88.0.2")
        leaving.value[path: "metadata", "deletionTimestamp"] = "2026-11-20T12:00:30Z"
        let plan = EndpointsPlan(Self.service(), pods: [leaving])
        #expect(plan.slices.count == 1)
        #expect(plan.slices[0].value["endpoints"]?.items?.isEmpty == true)
        #expect(plan.endpoints.value["subsets"]?.items?.isEmpty == true)
    }

    @Test func `a service that publishes all addresses counts unready pods as ready`() {
        let service = Self.service { $0["publishNotReadyAddresses"] = true }
        let plan = EndpointsPlan(service, pods: [Self.backend("a", address: "10.88.0.2", ready: false)])
        #expect(Self.ready(plan.slices[0]) == ["10.88.0.2"])
    }

    @Test func `pods whose named port differs are in slices of their own`() {
        let plan = EndpointsPlan(
            Self.service(),
            pods: [
                Self.backend("a", address: "10.88.0.2"), Self.backend("b", address: "10.88.0.3", port: 9090),
            ])
        #expect(plan.slices.map { $0.value["ports"]?.items?.first?["port"]?.int } == [8080, 9090])
        #expect(Set(plan.slices.map(\.name)).count == 2)
    }

    @Test func `more addresses than a slice holds make more slices, under names that stay`() {
        let pods = (0..<250).map { Self.backend("p\(1000 + $0)", address: "10.88.\($0 / 200).\($0 % 200 + 2)") }
        let slices = EndpointsPlan(Self.service(), pods: pods).slices
        #expect(slices.map { $0.value["endpoints"]?.items?.count } == [100, 100, 50])
        #expect(
            EndpointsPlan(Self.service(), pods: Array(pods.prefix(150))).slices.map(\.name)
                == slices.prefix(2).map(\.name))
    }

    @Test func `pods of a headless service that name it have host names`() {
        let service = Self.service { $0["clusterIP"] = "None" }
        var named = Self.backend("db-0", address: "10.88.0.2")
        named.value[path: "spec", "subdomain"] = "web"
        named.value[path: "spec", "hostname"] = "db-0"
        let slice = EndpointsPlan(service, pods: [named]).slices[0]
        #expect(slice.value["endpoints"]?.items?.first?["hostname"]?.string == "db-0")
        #expect(slice.labels["service.kubernetes.io/headless"] == "")
    }

    @Test(
        arguments: [
            (Value.mapping(Mapping([])), false), (["selector": ["a": "b"], "type": "ExternalName"], false),
            (["selector": ["a": "b"]], true),
        ] as [(Value, Bool)])
    func `endpoints of services without a selector are left alone`(spec: Value, applies: Bool) {
        var service = Self.service()
        service.value["spec"] = spec
        #expect(EndpointsPlan.applies(to: service) == applies)
    }

    @Test func `endpoints follow pods, and come back when they are removed by hand`() async throws {
        let cluster = MemoryCluster()
        let manager = ControllerManager(cluster: cluster, log: Log("test", least: .error))
        let run = Task { await manager.run() }
        defer { run.cancel() }
        let options = WriteOptions(fieldManager: "test")
        _ = try await cluster.create(Self.service(), options)
        _ = try await cluster.create(Self.backend("a", address: "10.88.0.2"), options)
        #expect(await eventually { cluster.all("EndpointSlice").first.map(Self.ready) == ["10.88.0.2"] })
        #expect(await eventually { cluster.all("Endpoints").count == 1 })
        let slice = try #require(cluster.all("EndpointSlice").first)
        try await cluster.delete(slice.key, DeleteOptions())
        #expect(await eventually { cluster.all("EndpointSlice").first.map(Self.ready) == ["10.88.0.2"] })
        var unready = try await cluster.get(ObjectKey(kind: "Pod", namespace: "shop", name: "a"))
        unready.value["status"] = Self.backend("a", address: "10.88.0.2", ready: false).status
        _ = try await cluster.update(unready, WriteOptions(fieldManager: "test", subresource: "status"))
        #expect(await eventually { cluster.all("EndpointSlice").first.map(Self.ready) == [] })
        try await cluster.delete(Self.service().key, DeleteOptions())
        #expect(await eventually { cluster.all("EndpointSlice").isEmpty && cluster.all("Endpoints").isEmpty })
    }

    @Test func `a claim is bound to the machine's disk`() async throws {
        let cluster = MemoryCluster()
        let manager = ControllerManager(cluster: cluster, log: Log("test", least: .error))
        let run = Task { await manager.run() }
        defer { run.cancel() }
        var claim = Manifest(apiVersion: "v1", kind: "PersistentVolumeClaim", name: "data", namespace: "shop")
        claim.value["spec"] = ["accessModes": ["ReadWriteOnce"], "resources": ["requests": ["storage": "1Gi"]]]
        claim = try await cluster.create(claim, WriteOptions(fieldManager: "test"))
        #expect(await eventually { cluster[claim.key]?.status?["phase"]?.string == "Bound" })
        #expect(cluster[claim.key]?.status?[path: "capacity", "storage"]?.string == "1Gi")
        #expect(cluster[claim.key]?.spec?["volumeName"]?.string == "pvc-\(claim.uid)")
    }
}
