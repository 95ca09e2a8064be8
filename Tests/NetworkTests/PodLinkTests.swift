import Glibc
import System
import Testing

@testable import Network

@Suite struct `Links of pods` {
    @Test func `a pod reaches another as soon as both are attached`() async throws {
        let machine = try TestHost()
        let node = machine.node()
        try await node.start()
        let web = try await machine.pod("web", on: node)
        let api = try await machine.pod("api", on: node)
        let greeter = try Greeter("api", in: api.namespace, port: 80)
        #expect(try await web.ask(api.address, 80) == .said("api \(web.address)"))
        // A second attempt of TCP's would come after a second.
        #expect(try await web.namespace.retransmissions() == 0)
        withExtendedLifetime(greeter) {}
    }

    @Test func `the host and a pod reach each other`() async throws {
        let machine = try TestHost()
        let node = machine.node()
        let plan = try await node.start()
        let web = try await machine.pod("web", on: node)
        let inPod = try Greeter("web", in: web.namespace, port: 80)
        let onHost = try Greeter("host", in: machine.host, port: 81)
        #expect(try await machine.host.ask(web.address, 80) == .said("web \(plan.hostEnd)"))
        #expect(try await web.ask(plan.hostEnd, 81) == .said("host \(web.address)"))
        withExtendedLifetime((inPod, onHost)) {}
    }

    @Test func `a pod that is attached again has the same address`() async throws {
        let machine = try TestHost()
        let node = machine.node()
        try await node.start()
        let web = try await machine.pod("web", on: node)
        let again = try await node.attach(pod: "web", namespace: web.namespace.path)
        #expect(again.address == web.address)
    }

    @Test func `a pod with a new sandbox gets a new link`() async throws {
        let machine = try TestHost()
        let node = machine.node()
        try await node.start()
        let old = try await machine.pod("web", on: node)
        let sandbox = try machine.sandbox("second")
        let new = try await node.attach(pod: "web", namespace: sandbox.path)
        #expect(new.address != old.address)
        let greeter = try Greeter("web", in: sandbox, port: 80)
        #expect(try await machine.host.ask(new.address, 80).text != nil)
        #expect(try await machine.host.ask(old.address, 80) == .failed(EHOSTUNREACH))
        withExtendedLifetime(greeter) {}
    }

    @Test func `a detached pod is unreachable at once, and its address rests`() async throws {
        let machine = try TestHost()
        let node = machine.node()
        try await node.start()
        let web = try await machine.pod("web", on: node)
        let api = try await machine.pod("api", on: node)
        try await node.detach(pod: "web")
        try await node.detach(pod: "web")
        #expect(try await api.ask(web.address, 80) == .failed(EHOSTUNREACH))
        let next = try await machine.pod("next", on: node)
        #expect(next.address != web.address)
    }

    @Test func `a pod is not attached to a file that is no namespace`() async throws {
        let machine = try TestHost()
        let node = machine.node()
        try await node.start()
        await #expect(throws: SystemError.self) { try await node.attach(pod: "web", namespace: "/dev/null") }
        await #expect(throws: SystemError.self) { try await node.attach(pod: "web", namespace: "/nowhere") }
    }

    @Test func `a sandbox that was detached can be attached again at once`() async throws {
        let machine = try TestHost()
        let node = machine.node()
        try await node.start()
        let web = try await machine.pod("web", on: node)
        let greeter = try Greeter("web", in: web.namespace, port: 80)
        for _ in 0..<5 {
            try await node.detach(pod: "web")
            let place = try await node.attach(pod: "web", namespace: web.namespace.path)
            #expect(try await machine.host.ask(place.address, 80).text != nil)
        }
        #expect(try await machine.host.retransmissions() == 0)
        withExtendedLifetime(greeter) {}
    }
}
