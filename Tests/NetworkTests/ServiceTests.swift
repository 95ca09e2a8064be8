import Glibc
import System
import Testing

@testable import Network

@Suite struct `Services` {
    /// A machine with a node and two pods that answer on port 8080.
    struct Shop {
        let machine: TestHost
        let node: NodeNetwork
        let plan: AddressPlan
        let web: TestPod
        let api: TestPod
        let greeters: [Greeter]

        init(type: Int32 = Sockets.stream) async throws {
            machine = try TestHost()
            node = machine.node()
            plan = try await node.start()
            web = try await machine.pod("web", on: node)
            api = try await machine.pod("api", on: node)
            greeters = [
                try Greeter("web", in: web.namespace, type: type, port: 8080),
                try Greeter("api", in: api.namespace, type: type, port: 8080),
            ]
        }

        /// The virtual address with a number.
        func virtual(_ number: UInt32 = 10) -> IPv4Address { IPv4Address(bits: plan.services.first.bits + number) }

        func rule(
            _ pods: TestPod..., number: UInt32 = 10, port: UInt16 = 80, transport: TransportProtocol = .tcp,
            nodePort: UInt16? = nil
        ) -> ServiceRule {
            ServiceRule(
                address: virtual(number), port: port, transport: transport, nodePort: nodePort,
                endpoints: pods.map { .init(address: $0.address, port: 8080) })
        }
    }

    @Test func `a pod and the host reach every endpoint of a service`() async throws {
        let shop = try await Shop()
        try await shop.node.setServices([shop.rule(shop.web, shop.api)])
        for client in [shop.machine.host, shop.api.namespace] {
            var names: Set<Substring> = []
            for _ in 0..<40 {
                let answer = try await client.ask(shop.virtual(), 80)
                names.insert(try #require(answer.text?.split(separator: " ").first))
            }
            #expect(names == ["web", "api"])
        }
    }

    @Test func `an endpoint sees who asked`() async throws {
        let shop = try await Shop()
        try await shop.node.setServices([shop.rule(shop.web)])
        #expect(try await shop.api.ask(shop.virtual(), 80) == .said("web \(shop.api.address)"))
        #expect(try await shop.machine.host.ask(shop.virtual(), 80) == .said("web \(shop.plan.hostEnd)"))
    }

    @Test func `a pod reaches itself by way of its service`() async throws {
        let shop = try await Shop()
        try await shop.node.setServices([shop.rule(shop.web)])
        #expect(try await shop.web.ask(shop.virtual(), 80) == .said("web \(shop.plan.gateway)"))
    }

    @Test(arguments: ["no endpoints", "another port", "no service"])
    func `where there is nothing, a connection is refused at once`(_ what: String) async throws {
        let shop = try await Shop()
        switch what {
        case "no endpoints": try await shop.node.setServices([shop.rule()])
        case "another port": try await shop.node.setServices([shop.rule(shop.web, port: 81)])
        default: break
        }
        // A second attempt of TCP's would come after a second.
        #expect(try await shop.api.ask(shop.virtual(), 80, timeout: 900) == .failed(ECONNREFUSED))
        for type in [Sockets.stream, Sockets.datagram] {
            let answer = try await shop.machine.host.ask(shop.virtual(), 80, type: type, timeout: 900)
            #expect(answer == .failed(ECONNREFUSED))
        }
    }

    @Test func `a service of datagrams answers`() async throws {
        let shop = try await Shop(type: Sockets.datagram)
        try await shop.node.setServices([shop.rule(shop.web, transport: .udp)])
        #expect(try await shop.api.ask(shop.virtual(), 80, type: Sockets.datagram) == .said("web"))
        #expect(try await shop.machine.host.ask(shop.virtual(), 80, type: Sockets.datagram) == .said("web"))
        #expect(try await shop.api.ask(shop.virtual(), 80) == .failed(ECONNREFUSED))
    }

    @Test func `a client that keeps its port follows a service of datagrams`() async throws {
        let shop = try await Shop(type: Sockets.datagram)
        try await shop.node.setServices([shop.rule(shop.web, transport: .udp)])
        let address = shop.virtual()
        let client = try shop.machine.host.run { () throws -> Int32 in
            let raw = try Sockets.bound(Sockets.datagram, IPv4Address(bits: 0), 40000)
            Sockets.setPatience(raw, milliseconds: 2000)
            return raw
        }
        defer { close(client) }
        let ask: @Sendable () throws -> String? = { Sockets.askAgain(client, address, 80) }
        #expect(try await shop.machine.host.wait(ask) == "web")
        try await shop.node.setServices([shop.rule(shop.api, transport: .udp)])
        #expect(try await shop.machine.host.wait(ask) == "api")
        try await shop.node.setServices([])
        #expect(try await shop.machine.host.wait(ask) == nil)
    }

    @Test func `the last set of services is the one in force`() async throws {
        let shop = try await Shop()
        let other = shop.virtual(11)
        try await shop.node.setServices([shop.rule(shop.web, shop.api), shop.rule(shop.web, number: 11)])
        try await shop.node.setServices([shop.rule(shop.api)])
        for _ in 0..<10 {
            #expect(try await shop.machine.host.ask(shop.virtual(), 80).text?.hasPrefix("api") == true)
        }
        #expect(try await shop.machine.host.ask(other, 80) == .failed(ECONNREFUSED))
        try await shop.node.setServices([shop.rule(shop.web, shop.api), shop.rule(shop.api, number: 11)])
        #expect(try await shop.machine.host.ask(other, 80).text?.hasPrefix("api") == true)
        try await shop.node.setServices([])
        #expect(try await shop.machine.host.ask(shop.virtual(), 80) == .failed(ECONNREFUSED))
    }

    @Test func `two rules for one port do not hinder each other or the rest`() async throws {
        let shop = try await Shop()
        try await shop.node.setServices([
            shop.rule(shop.web, nodePort: 30080), shop.rule(shop.api, nodePort: 30080),
            shop.rule(shop.api, number: 11, nodePort: 30080), shop.rule(shop.api, shop.api, number: 12),
        ])
        #expect(try await shop.machine.host.ask(shop.virtual(), 80).text?.hasPrefix("web") == true)
        #expect(try await shop.machine.host.ask(shop.virtual(12), 80).text?.hasPrefix("api") == true)
        #expect(try await shop.machine.host.ask(TestHost.hostAddress, 30080).text?.hasPrefix("web") == true)
    }

    @Test func `a port of the host is open to the host, to pods and to the world`() async throws {
        let shop = try await Shop()
        try await shop.node.setServices([shop.rule(shop.web, nodePort: 30080)])
        let address = TestHost.hostAddress
        #expect(try await shop.machine.outside.ask(address, 30080) == .said("web \(TestHost.outsideAddress)"))
        #expect(try await shop.machine.host.ask(address, 30080) == .said("web \(address)"))
        #expect(try await shop.api.ask(address, 30080) == .said("web \(shop.plan.hostEnd)"))
        #expect(try await shop.web.ask(address, 30080) == .said("web \(shop.plan.hostEnd)"))
        let loopback = IPv4Address(bits: 0x7f00_0001)
        #expect(try await shop.machine.host.ask(loopback, 30080) == .said("web \(shop.plan.hostEnd)"))
        try await shop.node.setServices([shop.rule(shop.web)])
        #expect(try await shop.machine.outside.ask(address, 30080) == .failed(ECONNREFUSED))
    }

    @Test func `services come back when somebody flushed the packet filter`() async throws {
        let shop = try await Shop()
        let rules = [shop.rule(shop.web, nodePort: 30080)]
        try await shop.node.setServices(rules)
        let config = shop.machine.config()
        try PacketFilter.remove(config.names.host, on: NetlinkSocket(.netfilter, in: shop.machine.host))
        try PacketFilter.remove(NodeRules.table, on: NetlinkSocket(.netfilter, in: config.namespace))
        #expect(try await shop.machine.host.ask(shop.virtual(), 80, timeout: 200) != .said("web \(shop.plan.hostEnd)"))
        try await shop.node.setServices(rules)
        #expect(try await shop.machine.host.ask(shop.virtual(), 80) == .said("web \(shop.plan.hostEnd)"))
        #expect(try await shop.machine.outside.ask(TestHost.hostAddress, 30080).text != nil)
    }

    @Test func `one of a hundred services can change`() async throws {
        let shop = try await Shop()
        var rules = (0..<100).map { number in
            ServiceRule(
                address: shop.virtual(100 + UInt32(number)), port: 80, transport: .tcp,
                endpoints: (0..<3).map {
                    .init(address: IPv4Address(bits: shop.plan.pods.first.bits + $0 + 50), port: 80)
                })
        }
        try await shop.node.setServices(rules)
        #expect(try await shop.machine.host.ask(shop.virtual(150), 80, timeout: 2000).text == nil)
        rules[50].endpoints = [.init(address: shop.web.address, port: 8080)]
        try await shop.node.setServices(rules)
        #expect(try await shop.machine.host.ask(shop.virtual(150), 80) == .said("web \(shop.plan.hostEnd)"))
        try await shop.node.setServices(rules.dropLast(99))
        #expect(try await shop.machine.host.ask(shop.virtual(150), 80) == .failed(ECONNREFUSED))
    }
}
