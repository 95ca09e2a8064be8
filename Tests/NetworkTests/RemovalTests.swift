import Glibc
import System
import Testing

@testable import Network

@Suite struct `Removal` {
    @Test(arguments: [false, true])
    func `leaves the host as it was, in this process or another`(_ inAnother: Bool) async throws {
        let machine = try TestHost()
        let before = try Snapshot(machine.host)
        var node = machine.node()
        let plan = try await node.start()
        let web = try await machine.pod("web", on: node)
        try await node.setServices([
            ServiceRule(
                address: plan.services.first, port: 80, transport: .tcp, nodePort: 30080,
                endpoints: [.init(address: web.address, port: 80)])
        ])
        #expect(try Snapshot(machine.host) != before)
        if inAnother {
            await node.stop()
            node = machine.node()
        }
        try await node.removeAll()
        #expect(try Snapshot(machine.host) == before)
        #expect(!Files.exists(machine.config().namespace.path))
        try await node.removeAll()
        #expect(try Snapshot(machine.host) == before)
    }

    @Test func `a network can be made again afterwards`() async throws {
        let machine = try TestHost()
        let node = machine.node()
        let plan = try await node.start()
        try await node.removeAll()
        #expect(try await node.start() == plan)
        let web = try await machine.pod("web", on: node)
        let greeter = try Greeter("web", in: web.namespace, port: 80)
        #expect(try await machine.host.ask(web.address, 80).text != nil)
        withExtendedLifetime(greeter) {}
    }

    @Test func `forwarding stays on where it was on`() async throws {
        let machine = try TestHost()
        try Sysctl(namespace: machine.host).set(["ipv4/ip_forward": "1"])
        let node = machine.node()
        try await node.start()
        try await node.removeAll()
        #expect(try Sysctl(namespace: machine.host).get("ipv4/ip_forward") == "1")
    }

    @Test(arguments: [[0, 1, 2], [2, 1, 0], [1, 0, 2]])
    func `of several on one host the last puts forwarding back`(_ order: [Int]) async throws {
        let machine = try TestHost()
        let before = try Snapshot(machine.host)
        let nodes = ["a", "b", "c"].map { machine.node($0) }
        for node in nodes { try await node.start() }
        for (step, index) in order.enumerated() {
            try await nodes[index].removeAll()
            #expect(try Sysctl(namespace: machine.host).get("ipv4/ip_forward") == (step == 2 ? "0" : "1"))
        }
        #expect(try Snapshot(machine.host) == before)
    }

    @Test func `two side by side do not disturb each other`() async throws {
        let machine = try TestHost()
        let (a, b) = (machine.node("a"), machine.node("b"))
        async let first = a.start()
        async let second = b.start()
        let (planA, planB) = try await (first, second)
        #expect(!planA.pods.overlaps(planB.pods) && !planA.services.overlaps(planB.services))
        let podA = try await machine.pod("in-a", on: a)
        let podB = try await machine.pod("in-b", on: b)
        let greeterA = try Greeter("a", in: podA.namespace, port: 80)
        let greeterB = try Greeter("b", in: podB.namespace, port: 80)
        #expect(try await machine.host.ask(podA.address, 80).text != nil)
        #expect(try await machine.host.ask(podB.address, 80).text != nil)
        #expect(try await podA.ask(podB.address, 80, timeout: 200).text == nil)
        try await a.removeAll()
        #expect(try await machine.host.ask(podB.address, 80).text != nil)
        withExtendedLifetime((greeterA, greeterB)) {}
    }
}
