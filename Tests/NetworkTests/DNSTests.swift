import Glibc
import System
import Testing

@testable import Network

@Suite struct `DNS for pods` {
    /// A node with a pod and one name.
    struct Shop {
        let machine: TestHost
        let node: NodeNetwork
        let plan: AddressPlan
        let web: TestPod

        init() async throws {
            machine = try TestHost()
            node = machine.node()
            plan = try await node.start()
            web = try await machine.pod("web", on: node)
            try await node.setRecords([
                DNSRecord(name: "web.shop.svc", addresses: [plan.services.first]),
                DNSRecord(
                    name: "db.shop.svc", addresses: (0..<80).map { IPv4Address(bits: plan.pods.first.bits + $0) }),
            ])
        }

        func resolve(
            _ name: String, type: UInt16 = 1, overTCP: Bool = false, timeout: Int = 60_000
        ) async throws -> DNSAnswer? {
            try await web.namespace.resolve(name, type: type, at: plan.gateway, overTCP: overTCP, timeout: timeout)
        }
    }

    @Test func `a pod finds a service by its name, over UDP and TCP`() async throws {
        let shop = try await Shop()
        for overTCP in [false, true] {
            let answer = try #require(try await shop.resolve("web.shop.svc.cluster.local", overTCP: overTCP))
            #expect(answer.answers == ["A \(shop.plan.services.first)"])
            let missing = try #require(try await shop.resolve("wep.shop.svc.cluster.local", overTCP: overTCP))
            #expect(missing.code == 3)
        }
        #expect(try await shop.machine.host.resolve("web.shop.svc.cluster.local", at: shop.plan.gateway) != nil)
    }

    @Test func `what is too long for a datagram comes over TCP`() async throws {
        let shop = try await Shop()
        let short = try #require(try await shop.resolve("db.shop.svc.cluster.local"))
        #expect(short.isTruncated)
        let whole = try #require(try await shop.resolve("db.shop.svc.cluster.local", overTCP: true))
        #expect(whole.answers.count == 80)
    }

    @Test func `the last set of names is the one answered`() async throws {
        let shop = try await Shop()
        try await shop.node.setRecords([DNSRecord(name: "api.shop.svc", addresses: [shop.plan.services.first])])
        #expect(try await shop.resolve("api.shop.svc.cluster.local")?.code == 0)
        #expect(try await shop.resolve("web.shop.svc.cluster.local")?.code == 3)
    }

    @Test func `pods are told where to ask`() async throws {
        let shop = try await Shop()
        let resolver = await shop.node.resolver
        #expect(resolver.nameserver == shop.plan.gateway)
        #expect(resolver.domain == "cluster.local")
        #expect(resolver.options.contains("ndots:5"))
    }

    @Test func `other names are asked of the host's name server`() async throws {
        let shop = try await Shop()
        let server = try NameServer(in: shop.machine.outside, at: TestHost.outsideAddress)
        for overTCP in [false, true] {
            let answer = try #require(try await shop.resolve("example.org", overTCP: overTCP))
            #expect(answer.id == 0x1234)
            #expect(answer.answers == ["A 203.0.113.7"])
        }
        withExtendedLifetime(server) {}
    }

    @Test func `without an answer from anybody the pod is told of the failure`() async throws {
        let shop = try await Shop()
        // Nobody listens there: the host hears it at once.
        #expect(try await shop.resolve("example.org")?.code == 2)
        try Files.replace(shop.machine.config().resolvConf, with: "# none\n".utf8)
        try await Task.sleep(for: .milliseconds(1100))
        #expect(try await shop.resolve("example.org")?.code == 2)
        let silent = try NameServer(in: shop.machine.outside, at: TestHost.outsideAddress) { _ in [] }
        try Files.replace(shop.machine.config().resolvConf, with: "nameserver \(TestHost.outsideAddress)\n".utf8)
        try await Task.sleep(for: .milliseconds(1100))
        #expect(try await shop.resolve("example.org")?.code == 2)
        withExtendedLifetime(silent) {}
    }

    @Test func `a second name server answers when the first cannot`() async throws {
        let shop = try await Shop()
        let sick = try NameServer(in: shop.machine.outside, at: TestHost.outsideAddress) {
            [DNSReply(question: $0, code: 5).bytes()]
        }
        let other = try NameServer(in: shop.machine.host, at: TestHost.hostAddress)
        try Files.replace(
            shop.machine.config().resolvConf,
            with: "nameserver \(TestHost.outsideAddress)\nnameserver \(TestHost.hostAddress)\n".utf8)
        try await Task.sleep(for: .milliseconds(1100))
        #expect(try await shop.resolve("example.org")?.answers == ["A 203.0.113.7"])
        withExtendedLifetime((sick, other)) {}
    }

    @Test func `a forged answer is passed over for the true one`() async throws {
        let shop = try await Shop()
        let server = try NameServer(in: shop.machine.outside, at: TestHost.outsideAddress) { question in
            var forged = DNSReply(question: question, addresses: [IPv4Address(bits: 0x0101_0101)]).bytes()
            forged[1] ^= 1
            return [forged, [1, 2, 3]] + NameServer.reply(question)
        }
        #expect(try await shop.resolve("example.org")?.answers == ["A 203.0.113.7"])
        withExtendedLifetime(server) {}
    }

    @Test func `many questions at once are all answered`() async throws {
        let shop = try await Shop()
        let server = try NameServer(in: shop.machine.outside, at: TestHost.outsideAddress)
        let namespace = shop.web.namespace
        let gateway = shop.plan.gateway
        let answered = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<60 {
                group.addTask {
                    let name = number % 2 == 0 ? "example\(number).org" : "web.shop.svc.cluster.local"
                    return try await namespace.resolve(name, at: gateway, overTCP: number % 3 == 0)?.code == 0
                }
            }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(answered == 60)
        withExtendedLifetime(server) {}
    }

    @Test func `a connection that sends too much, or nothing, does not stop the rest`() async throws {
        let shop = try await Shop()
        let gateway = shop.plan.gateway
        let much = [UInt8](repeating: 0xff, count: 60_000)
        let reply = try await shop.web.namespace.wait {
            Sockets.exchange(Sockets.stream, gateway, 53, much, timeout: 60_000)
        }
        #expect(reply == nil || reply == [])
        #expect(try await shop.resolve("web.shop.svc.cluster.local", overTCP: true)?.code == 0)
    }

    @Test func `nobody from outside is answered`() async throws {
        let shop = try await Shop()
        let socket = try NetlinkSocket(.route, in: shop.machine.outside)
        let link = try #require(try socket.link(named: "lan"))
        let batch = NetlinkBatch()
        batch.setRoute(
            NetworkRoute(shop.plan.gateway.bits, prefix: 32, gateway: TestHost.hostAddress.bits, link: link.index))
        try socket.send(batch)
        let answer = try await shop.machine.outside.resolve(
            "web.shop.svc.cluster.local", at: shop.plan.gateway, timeout: 300)
        #expect(answer == nil)
    }

    @Test func `a question during a restart is not refused but asked again`() async throws {
        let shop = try await Shop()
        await shop.node.stop()
        let begin = ContinuousClock.now
        #expect(try await shop.resolve("web.shop.svc.cluster.local", timeout: 300) == nil)
        #expect(ContinuousClock.now - begin >= .milliseconds(250))
        let node = shop.machine.node()
        try await node.start()
        #expect(try await shop.resolve("web.shop.svc.cluster.local", timeout: 300) == nil)
        try await node.setRecords([DNSRecord(name: "web.shop.svc", addresses: [shop.plan.services.first])])
        #expect(try await shop.resolve("web.shop.svc.cluster.local")?.code == 0)
        await node.stop()
    }
}
