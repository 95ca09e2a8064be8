import Cluster
import Document
import Manifest
import Testing

@testable import LocalCluster

@Suite struct ServiceTests {
    private func address(_ service: Manifest) -> String { service.value[path: "spec", "clusterIP"]?.string ?? "" }
    private func nodePort(_ service: Manifest) -> Int? {
        service.value[path: "spec", "ports"]?.items?.first?["nodePort"]?.int
    }

    @Test func `a service gets an address and keeps it`() async throws {
        let fixture = try await Fixture()
        var made = try await fixture.create(service("web"))
        #expect(address(made) == "10.96.0.16")
        #expect(made.value[path: "spec", "clusterIPs"]?.strings == ["10.96.0.16"])
        made.value["spec"] = ["ports": [["port": 81]]]
        #expect(address(try await fixture.update(made)) == "10.96.0.16")
        #expect(address(try await fixture.create(service("db"))) == "10.96.0.17")
        #expect(address(try await fixture.apply(service("api"), as: "belay")) == "10.96.0.18")
        #expect(address(try await fixture.apply(service("api"), as: "belay")) == "10.96.0.18")
    }

    @Test func `a service without an address of its own stays without`() async throws {
        let fixture = try await Fixture()
        let headless = try await fixture.create(service("db", ["clusterIP": "None", "ports": [["port": 1]]]))
        #expect(address(headless) == "None")
        let external = try await fixture.create(
            service("ext", ["type": "ExternalName", "externalName": "example.com"]))
        #expect(address(external) == "")
    }

    @Test func `an address that was freed can be asked for again`() async throws {
        let fixture = try await Fixture()
        let first = try await fixture.create(service("a", ["clusterIP": "10.96.1.1", "ports": [["port": 1]]]))
        let error = await #expect(throws: ClusterError.self) {
            try await fixture.create(service("b", ["clusterIP": "10.96.1.1", "ports": [["port": 1]]]))
        }
        #expect(error?.causes.first?.field == "spec.clusterIP")
        try await fixture.cluster.delete(first.key, DeleteOptions())
        #expect(address(try await fixture.create(service("b", ["clusterIP": "10.96.1.1"]))) == "10.96.1.1")
    }

    @Test(arguments: ["192.168.0.1", "x", "10.96.0.1.2", "10.97.0.0"])
    func `an address out of the range is refused`(text: String) async throws {
        let fixture = try await Fixture()
        let error = await #expect(throws: ClusterError.self) {
            try await fixture.create(service("a", ["clusterIP": .string(text)]))
        }
        #expect(error?.reason == .invalid)
    }

    @Test func `a live address cannot be changed`() async throws {
        let fixture = try await Fixture()
        var made = try await fixture.create(service("web"))
        made.value[path: "spec", "clusterIP"] = "10.96.7.7"
        let error = await #expect(throws: ClusterError.self) { try await fixture.update(made) }
        #expect(error?.message.contains("field is immutable") == true)
        #expect(address(try await fixture.create(service("b", ["clusterIP": "10.96.7.7"]))) == "10.96.7.7")
    }

    @Test func `node ports are given, kept, and taken back`() async throws {
        let fixture = try await Fixture()
        let made = try await fixture.create(service("a", ["type": "NodePort", "ports": [["port": 80]]]))
        #expect(nodePort(made) == 30000)
        var changed = made
        changed.value["spec"] = ["type": "NodePort", "ports": [["port": 80, "name": "http"]]]
        #expect(nodePort(try await fixture.update(changed)) == 30000)
        let error = await #expect(throws: ClusterError.self) {
            try await fixture.create(service("b", ["type": "NodePort", "ports": [["port": 80, "nodePort": 30000]]]))
        }
        #expect(error?.causes.first?.field == "spec.ports[0].nodePort")
        changed.value["spec"] = ["type": "ClusterIP", "ports": [["port": 80]]]
        changed.value[path: "metadata", "resourceVersion"] = nil
        #expect(nodePort(try await fixture.update(changed)) == nil)
        let other = try await fixture.create(
            service("b", ["type": "NodePort", "ports": [["port": 80, "nodePort": 30000]]]))
        #expect(nodePort(other) == 30000)
    }

    @Test func `a range that is used up is an error, and goes on once one is free`() async throws {
        let fixture = try await Fixture { $0.services = ServiceRange(base: 0x0a60_0000, prefix: 28, reserved: 12) }
        let made = try await [fixture.create(service("a")), fixture.create(service("b")), fixture.create(service("c"))]
        let error = await #expect(throws: ClusterError.self) { try await fixture.create(service("d")) }
        #expect(error?.message.contains("full") == true)
        try await fixture.cluster.delete(made[1].key, DeleteOptions())
        #expect(address(try await fixture.create(service("d"))) == address(made[1]))
    }

    @Test func `a write that fails, or is a dry run, takes no address`() async throws {
        let fixture = try await Fixture()
        _ = try await fixture.cluster.create(service("a"), WriteOptions(fieldManager: "test", dryRun: true))
        #expect(address(try await fixture.create(service("b"))) == "10.96.0.16")
    }
}
