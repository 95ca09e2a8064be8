import ClusterTestSupport
import Document
import Manifest
import Network
import Synchronization
import System
import Testing

@testable import Node

@Suite struct ServicePlanTests {
    private static func service(_ change: (inout Value) -> Void = { _ in }) -> Manifest {
        var service = Manifest(apiVersion: "v1", kind: "Service", name: "web", namespace: "shop")
        var spec: Value = ["clusterIP": "10.96.0.10", "ports": [["name": "http", "port": 80, "protocol": "TCP"]]]
        change(&spec)
        service.value["spec"] = spec
        return service
    }

    private static func slice(_ endpoints: [(String, Bool)], port: Int = 8080, name: String = "web-1") -> Manifest {
        var slice = Manifest(
            apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", name: name, namespace: "shop")
        slice.value[path: "metadata", "labels"] = ["kubernetes.io/service-name": "web"]
        slice.value["endpoints"] = .sequence(
            endpoints.map { ["addresses": [.string($0.0)], "conditions": ["ready": .bool($0.1)]] })
        slice.value["ports"] = [["name": "http", "port": .int(port), "protocol": "TCP"]]
        return slice
    }

    private static func address(_ text: String) throws -> IPv4Address { try #require(IPv4Address(text)) }

    @Test func `a service's address leads to its ready endpoints, and its name to the address`() throws {
        let plan = ServicePlan(
            services: [Self.service()], slices: [Self.slice([("10.88.0.2", true), ("10.88.0.3", false)])])
        let virtual = try Self.address("10.96.0.10")
        #expect(
            plan.rules == [
                ServiceRule(
                    address: virtual, port: 80, transport: .tcp,
                    endpoints: [.init(address: try Self.address("10.88.0.2"), port: 8080)])
            ])
        #expect(plan.records == [DNSRecord(name: "web.shop.svc", addresses: [virtual])])
    }

    @Test func `a service without endpoints keeps its rule, which refuses`() {
        let plan = ServicePlan(services: [Self.service()], slices: [])
        #expect(plan.rules.map(\.endpoints) == [[]])
    }

    @Test func `slices with other port numbers are joined in one rule`() throws {
        let plan = ServicePlan(
            services: [Self.service()],
            slices: [Self.slice([("10.88.0.2", true)]), Self.slice([("10.88.0.3", true)], port: 9090, name: "web-2")])
        #expect(plan.rules[0].endpoints.map(\.port) == [8080, 9090])
    }

    @Test func `a headless service has names and no rule`() throws {
        let plan = ServicePlan(
            services: [Self.service { $0["clusterIP"] = "None" }], slices: [Self.slice([("10.88.0.2", true)])])
        #expect(plan.rules.isEmpty)
        #expect(plan.records == [DNSRecord(name: "web.shop.svc", addresses: [try Self.address("10.88.0.2")])])
    }

    @Test(arguments: [("NodePort", UInt16(30080)), ("LoadBalancer", 30080), ("ClusterIP", nil)])
    func `a port of the machine is opened for the kinds that have one`(type: String, port: UInt16?) {
        let service = Self.service {
            $0["type"] = .string(type)
            $0["ports"] = [["name": "http", "port": 80, "nodePort": 30080]]
        }
        #expect(ServicePlan(services: [service], slices: []).rules[0].nodePort == port)
    }

    @Test(arguments: [
        Value.mapping(Mapping([])), ["clusterIP": "not an address"], ["type": "ExternalName", "externalName": "x.org"],
        ["clusterIP": "10.96.0.10", "ports": [["port": 0], ["port": 70000], ["name": "x"]]],
    ])
    func `what is no address or port makes no rule`(spec: Value) {
        var service = Self.service()
        service.value["spec"] = spec
        #expect(ServicePlan(services: [service], slices: []).rules.isEmpty)
    }
}

@Suite struct LogTests {
    private static func line(_ text: String, _ tag: String = "F", second: Int = 0) -> ArraySlice<UInt8> {
        Array("2026-11-20T12:00:0\(second).000000000Z stdout \(tag) \(text)".utf8)[...]
    }

    @Test func `entries are joined to lines, with times where they are asked for`() {
        var plain = LogFilter(timestamps: false, since: nil)
        let parts = [Self.line("hel", "P"), Self.line("lo"), Self.line("")].flatMap { plain.bytes(of: $0) }
        #expect(String(decoding: parts, as: UTF8.self) == "hello\n\n")
        var timed = LogFilter(timestamps: true, since: nil)
        let text = [Self.line("a", "P"), Self.line("b")].flatMap { timed.bytes(of: $0) }
        #expect(String(decoding: text, as: UTF8.self) == "2026-11-20T12:00:00.000000000Z ab\n")
    }

    @Test func `older lines and what is no entry are left out`() {
        var filter = LogFilter(timestamps: false, since: .init("2026-11-20T12:00:05Z"))
        #expect(filter.bytes(of: Self.line("old", second: 4)).isEmpty)
        #expect(filter.bytes(of: Self.line("new", second: 6)) == Array("new\n".utf8))
        #expect(filter.bytes(of: Array("garbage".utf8)[...]).isEmpty)
    }

    @Test func `the last lines are kept, whole ones and within a limit`() {
        var tail = TailBuffer(lines: 2, limit: 1000)
        for text in ["one\n", "two\n", "thr", "ee\n"] { tail.add(Array(text.utf8)) }
        #expect(String(decoding: tail.bytes, as: UTF8.self) == "two\nthree\n")
        var small = TailBuffer(lines: 100, limit: 10)
        for text in ["aaaaaaaa\n", "bbbbbbbb\n"] { small.add(Array(text.utf8)) }
        #expect(String(decoding: small.bytes, as: UTF8.self) == "bbbbbbbb\n")
        var none = TailBuffer(lines: 0, limit: 10)
        none.add(Array("x\n".utf8))
        #expect(none.bytes.isEmpty)
    }
}
