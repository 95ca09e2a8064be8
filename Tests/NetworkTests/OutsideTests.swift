import Glibc
import System
import Testing

@testable import Network

@Suite struct `The world outside` {
    @Test func `a pod speaks to it in the host's name`() async throws {
        let machine = try TestHost()
        let node = machine.node()
        try await node.start()
        let web = try await machine.pod("web", on: node)
        let greeter = try Greeter("outside", in: machine.outside, port: 80)
        #expect(try await web.ask(TestHost.outsideAddress, 80) == .said("outside \(TestHost.hostAddress)"))
        withExtendedLifetime(greeter) {}
    }

    @Test func `it does not reach pods or virtual addresses`() async throws {
        let machine = try TestHost()
        let node = machine.node()
        let plan = try await node.start()
        let web = try await machine.pod("web", on: node)
        let greeter = try Greeter("web", in: web.namespace, port: 80)
        let virtual = IPv4Address(bits: plan.services.first.bits + 10)
        try await node.setServices([
            ServiceRule(
                address: virtual, port: 80, transport: .tcp, endpoints: [.init(address: web.address, port: 80)])
        ])
        // Somebody on the same net who knows the addresses and sends them to the host.
        let socket = try NetlinkSocket(.route, in: machine.outside)
        let link = try #require(try socket.link(named: "lan"))
        let batch = NetlinkBatch()
        for range in [plan.pods, plan.services] {
            batch.setRoute(
                NetworkRoute(
                    range.first.bits, prefix: range.prefix, gateway: TestHost.hostAddress.bits, link: link.index))
        }
        try socket.send(batch)
        #expect(try await machine.outside.ask(web.address, 80, timeout: 300).text == nil)
        #expect(try await machine.outside.ask(virtual, 80, timeout: 300).text == nil)
        #expect(try await machine.host.ask(virtual, 80).text != nil)
        withExtendedLifetime(greeter) {}
    }

    @Test func `pods' packets are no longer than the way out allows`() async throws {
        let machine = try TestHost(mtu: 1400)
        let node = machine.node()
        try await node.start()
        let web = try await machine.pod("web", on: node)
        let link = try web.namespace.run { try NetlinkSocket(.route).link(named: LinkNames.pod) }
        #expect(link?.mtu == 1400)
        let config = machine.config()
        let uplink = try NetlinkSocket(.route, in: config.namespace).link(named: LinkNames.uplink)
        #expect(uplink?.mtu == 1400)
    }
}
