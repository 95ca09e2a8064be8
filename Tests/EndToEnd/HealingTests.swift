import Foundation
import Glibc
import TestSupport
import Testing

/// What is not as git says becomes so again, and says why.
@Suite struct HealingTests {
    @Test func `deleted pods, killed processes and edits by hand come back as git says`() async throws {
        try await Machine.run(Fleet.shop()) { machine in
            let first = try #require(try await machine.readyPods().first)
            let path = "/api/v1/namespaces/shop-dev/pods/\(first.name)"
            #expect(try await machine.ask("DELETE", path).code == 0)
            try await eventually("another pod takes the deleted one's place") {
                let pods = try await machine.pods()
                return pods.count == 1 && pods[0].uid != first.uid && pods[0].isReady
            }
            let second = try #require(try await machine.readyPods().first)

            let shim = try #require(machine.shims.first)
            let process = try #require(Shims.children(of: shim).first)
            kill(process, SIGKILL)
            try await eventually("the container is started again in its pod") {
                let pods = try await machine.pods()
                return pods.count == 1 && pods[0].uid == second.uid && pods[0].restarts == 1 && pods[0].isReady
            }
            try await machine.serves("hello")

            let deployment = "/apis/apps/v1/namespaces/shop-dev/deployments/web"
            #expect(try await machine.ask("PATCH", deployment, patch: #"{"spec":{"replicas":3}}"#).code == 0)
            try await eventually("the count is as git says") {
                try await machine.run("get", "deploy/web", "-n", "shop-dev", "-o", "yaml").contains("\n  replicas: 1\n")
            }
            try await machine.readyPods()
            try await machine.says("heal", "history", "dev")
            try await machine.says("Drift", "events")
            #expect(try await machine.run("audit", "verify").contains("as they were written"))
        }
    }

    @Test func `a killed shim costs its container, and nothing is doubled`() async throws {
        try await Machine.run(Fleet.shop(replicas: 2)) { machine in
            let before = try await machine.readyPods(2)
            let shims = machine.shims
            #expect(shims.count == 2)
            let victim = try #require(shims.first)
            let child = try #require(Shims.children(of: victim).first)
            kill(victim, SIGKILL)
            try await eventually("two containers run again") {
                let pods = try await machine.pods()
                let now = machine.shims
                return pods.count == 2 && pods.allSatisfy(\.isReady) && now.count == 2 && !now.contains(victim)
            }
            #expect(kill(child, 0) != 0 || Shims.isZombie(child), "its process went with it")
            let after = try await machine.pods()
            #expect(Set(after.map(\.uid)) == Set(before.map(\.uid)))
            try await machine.serves("hello")
        }
    }

    @Test func `the killed service leaves containers alone, and the next one finds them and catches up`() async throws {
        try await Machine.run(Fleet.shop(replicas: 2)) { machine in
            let before = try await machine.readyPods(2)
            let shims = Set(machine.shims)
            let address = try await machine.address()
            try await machine.end(SIGKILL)
            #expect(try await machine.page(address) == "hello")
            #expect(Set(machine.shims) == shims)

            try await machine.start()
            let found = try await machine.readyPods(2)
            #expect(found.map(\.uid) == before.map(\.uid))
            #expect(found.allSatisfy { $0.restarts == 0 })
            #expect(Set(machine.shims) == shims)

            try await machine.end(SIGKILL)
            try machine.push("Change while nobody looks", Fleet.shop(greeting: "later", replicas: 2))
            #expect(try await machine.page(address) == "hello")
            try await machine.start()
            try await machine.serves("later")
            try await machine.readyPods(2)
            #expect(try await machine.run("audit", "verify").contains("as they were written"))
        }
    }

    @Test func `Ctrl-C stops the service and nothing else`() async throws {
        try await Machine.run(Fleet.shop()) { machine in
            try await machine.readyPods()
            let address = try await machine.address()
            let shims = machine.shims
            try await machine.end(SIGINT)
            #expect(try await machine.page(address) == "hello")
            #expect(machine.shims == shims)
        }
    }
}
