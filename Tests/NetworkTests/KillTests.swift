import Foundation
import Glibc
import System
import TestSupport
import Testing

@testable import Network

@Suite struct `A process killed at any moment` {
    /// What asks this test binary to churn: the folder, and after how many microseconds it kills itself.
    static let order = ProcessInfo.processInfo.environment["BELAY_CHURN"]

    /// Churns in a process of its own, and answers how that ended. (Swift Testing's own exit tests wait for any child:
    /// a container of another test that nobody has reaped yet would keep them from ever seeing theirs.)
    static func churnElsewhere(_ folder: String, until microseconds: UInt32) async throws -> Int32 {
        let environment = ProcessInfo.processInfo.environment.merging(["BELAY_CHURN": "\(microseconds) \(folder)"]) {
            $1
        }
        return try await Blocking.run(named: "churn") {
            try Program(
                ["/proc/self/exe", "--testing-library", "swift-testing", "--filter", "churns until it is killed"],
                environment: environment.map { "\($0)=\($1)" }
            ).wait()
        }
    }

    @Test(.enabled(if: order != nil, "only where another test starts it")) func `churns until it is killed`()
        async throws
    {
        let words = try #require(Self.order).split(separator: " ", maxSplits: 1)
        let (microseconds, folder) = (try #require(UInt32(words[0])), String(words[1]))
        startThread(named: "killer") {
            usleep(microseconds)
            kill(getpid(), SIGKILL)
        }
        do {
            try await Self.churn(folder)
        } catch {
            try Files.replace("\(folder)/error", with: "\(error)".utf8)
        }
        sleep(5)
    }

    /// Makes and unmakes a network until it is killed.
    static func churn(_ folder: String) async throws {
        let node = NodeNetwork(TestHost.config(in: folder))
        let plan = try await node.start()
        let web = try await node.attach(pod: "web", namespace: "\(folder)/pod-web")
        for round in 0..<100_000 {
            _ = try await node.attach(pod: "other", namespace: "\(folder)/pod-other")
            try await node.setServices(Self.rules(plan, web.address, extra: round % 20))
            try await node.setRecords([DNSRecord(name: "web.shop.svc", addresses: [web.address])])
            try await node.detach(pod: "other")
        }
    }

    static func rules(_ plan: AddressPlan, _ address: IPv4Address, extra: Int = 0) -> [ServiceRule] {
        (0...extra).map { number in
            ServiceRule(
                address: IPv4Address(bits: plan.services.first.bits + 10 + UInt32(number)), port: 80, transport: .tcp,
                nodePort: 30000 + UInt16(number),
                endpoints: (0...number % 3).map { .init(address: address, port: 80 + UInt16($0)) })
        }
    }

    @Test(arguments: [1000, 3000, 6000, 9000, 13_000, 18_000, 25_000, 40_000, 70_000, 120_000] as [UInt32])
    func `leaves what the next start makes whole, and can be removed`(_ microseconds: UInt32) async throws {
        let machine = try TestHost()
        let before = try Snapshot(machine.host)
        let sandbox = try machine.sandbox("web")
        _ = try machine.sandbox("other")
        let folder = machine.folder
        #expect(try await Self.churnElsewhere(folder, until: microseconds) == 128 + SIGKILL)
        if let text = try? Files.text("\(folder)/error") { Issue.record("\(text)") }
        let node = machine.node()
        let plan = try await node.start()
        let web = try await node.attach(pod: "web", namespace: sandbox.path)
        let greeter = try Greeter("web", in: sandbox, port: 80)
        let other = try await node.attach(pod: "other", namespace: "\(folder)/pod-other")
        #expect(other.address != web.address)
        try await node.setServices(Self.rules(plan, web.address))
        let pod = NetworkNamespace(path: "\(folder)/pod-other")
        let direct = try await pod.ask(web.address, 80)
        #expect(direct == .said("web \(other.address)"))
        let virtual = try await pod.ask(plan.services.first.advanced(by: 10), 80)
        #expect(virtual == .said("web \(other.address)"))
        #expect(try await machine.outside.ask(TestHost.hostAddress, 30000).text != nil)
        try await node.removeAll()
        #expect(try Snapshot(machine.host) == before)
        withExtendedLifetime(greeter) {}
    }
}

extension IPv4Address {
    fileprivate func advanced(by count: UInt32) -> IPv4Address { IPv4Address(bits: bits + count) }
}
