import Glibc
import System
import Testing

@testable import Network

@Suite struct `A start after any end` {
    /// A node with a pod behind a service, whose process has ended.
    struct Left {
        let machine: TestHost
        let plan: AddressPlan
        let web: TestPod
        let greeter: Greeter
        let rules: [ServiceRule]

        init() async throws {
            machine = try TestHost()
            let node = machine.node()
            plan = try await node.start()
            web = try await machine.pod("web", on: node)
            greeter = try Greeter("web", in: web.namespace, port: 80)
            rules = [
                ServiceRule(
                    address: IPv4Address(bits: plan.services.first.bits + 10), port: 80, transport: .tcp,
                    nodePort: 30080, endpoints: [.init(address: web.address, port: 80)])
            ]
            try await node.setServices(rules)
            await node.stop()
        }

        func answers() async throws -> Bool {
            let atVirtual = try await machine.host.ask(rules[0].address, 80)
            let atHost = try await machine.outside.ask(TestHost.hostAddress, 30080)
            return atVirtual.text != nil && atHost.text != nil
        }
    }

    @Test func `services go on without a process, and through the next start`() async throws {
        let left = try await Left()
        #expect(try await left.answers())
        let node = left.machine.node()
        #expect(try await node.start() == left.plan)
        #expect(try await left.answers())
        try await node.setServices([])
        #expect(try await !left.answers())
        try await node.setServices(left.rules)
        #expect(try await left.answers())
    }

    @Test func `pods keep their addresses`() async throws {
        let left = try await Left()
        let node = left.machine.node()
        try await node.start()
        let again = try await node.attach(pod: "web", namespace: left.web.namespace.path)
        #expect(again.address == left.web.address)
        let other = try await left.machine.pod("other", on: node)
        #expect(other.address != left.web.address)
        #expect(try await other.ask(left.web.address, 80).text != nil)
        try await node.detach(pod: "web")
        #expect(try await left.machine.host.ask(left.web.address, 80, timeout: 2000).text == nil)
    }

    @Test func `to start twice changes nothing`() async throws {
        let left = try await Left()
        let node = left.machine.node()
        try await node.start()
        let before = try Snapshot(left.machine.host)
        try await node.start()
        #expect(try Snapshot(left.machine.host) == before)
    }

    @Test func `two processes cannot run one network`() async throws {
        let left = try await Left()
        let first = left.machine.node()
        try await first.start()
        let second = left.machine.node()
        await #expect(throws: (any Error).self) { try await second.start() }
        await #expect(throws: (any Error).self) { try await second.removeAll() }
        await first.stop()
        try await second.start()
        #expect(try await left.answers())
    }

    @Test(arguments: [
        "host link", "host table", "node table", "host route", "pod route", "bridge", "forwarding", "forwarding file",
        "half a pod",
    ])
    func `what is missing is made again`(_ what: String) async throws {
        let left = try await Left()
        let config = left.machine.config()
        let host = try NetlinkSocket(.route, in: config.host)
        let inside = try NetlinkSocket(.route, in: config.namespace)
        let batch = NetlinkBatch()
        var isInside = true
        switch what {
        case "host link":
            batch.removeLink(config.names.host)
            isInside = false
        case "host route":
            let link = try #require(try host.link(named: config.names.host)?.index)
            batch.removeRoute(
                NetworkRoute(left.plan.services.first.bits, prefix: left.plan.services.prefix, link: link))
            isInside = false
        case "pod route":
            let link = try #require(try inside.link(named: LinkNames.bridge)?.index)
            batch.removeRoute(NetworkRoute(left.web.address.bits, prefix: 32, link: link))
        case "bridge": batch.removeLink(LinkNames.bridge)
        case "host table": try PacketFilter.remove(config.names.host, on: NetlinkSocket(.netfilter, in: config.host))
        case "node table":
            try PacketFilter.remove(NodeRules.table, on: NetlinkSocket(.netfilter, in: config.namespace))
        case "forwarding": try Sysctl(namespace: config.host).set(["ipv4/ip_forward": "0"])
        case "forwarding file": try Files.remove(config.forwardingFile)
        default:
            let sandbox = try left.machine.sandbox("half")
            let file = try sandbox.open()
            let bridge = try #require(try inside.link(named: LinkNames.bridge)?.index)
            let address = IPv4Address(bits: left.web.address.bits + 1)
            batch.makeVeth(
                VethPair(name: LinkNames.port(of: address), bridge: bridge, peer: LinkNames.pod), peerIn: file.raw)
            try inside.send(batch)
        }
        if what != "half a pod" { try (isInside ? inside : host).send(batch) }
        let node = left.machine.node()
        try await node.start()
        try await node.setServices(left.rules)
        _ = try await node.attach(pod: "web", namespace: left.web.namespace.path)
        #expect(try await left.answers())
        try await node.removeAll()
        #expect(try Sysctl(namespace: config.host).get("ipv4/ip_forward") == "0")
    }

    @Test func `a namespace's file that a crash left without its namespace is used`() async throws {
        let machine = try TestHost()
        let config = machine.config()
        try Files.makeFolders(config.runFolder)
        try Files.replace(config.namespace.path, with: [])
        let node = machine.node()
        try await node.start()
        let web = try await machine.pod("web", on: node)
        let greeter = try Greeter("web", in: web.namespace, port: 80)
        #expect(try await machine.host.ask(web.address, 80).text != nil)
        withExtendedLifetime(greeter) {}
    }

    @Test func `a namespace that is gone with a reboot is made again, with the same ranges`() async throws {
        let left = try await Left()
        try left.machine.config().namespace.remove()
        let node = left.machine.node()
        #expect(try await node.start() == left.plan)
        let new = try await left.machine.pod("new", on: node)
        let greeter = try Greeter("new", in: new.namespace, port: 80)
        #expect(try await left.machine.host.ask(new.address, 80).text != nil)
        withExtendedLifetime(greeter) {}
    }
}
