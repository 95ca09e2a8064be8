import Foundation
import TestSupport
import Testing

/// What is merged runs: a commit and nothing else changes containers.
@Suite struct FollowingTests {
    @Test func `a first commit becomes pods that answer, and each push is followed`() async throws {
        try await Machine.run(Fleet.shop()) { machine in
            let first = try #require(try await machine.readyPods().first)
            try await machine.serves("hello")
            try await machine.says("Healthy", "status")

            try machine.push("Greet warmly", Fleet.shop(greeting: "welcome"))
            try await machine.serves("welcome")
            let second = try #require(try await machine.readyPods().first)
            #expect(second.uid != first.uid)

            try machine.push("Serve from three", Fleet.shop(greeting: "welcome", replicas: 3))
            let pods = try await machine.readyPods(3)
            #expect(pods.contains { $0.uid == second.uid }, "a new count replaces no pod")

            try machine.git.git("rm", "-q", "app/service.yaml")
            try machine.push("Close the door")
            try await eventually("the service is pruned") {
                try await machine.belay("get", "service", "web", "-n", "shop-dev").code != 0
            }
            #expect(try await machine.pods().count == 3)
        }
    }

    @Test func `verbs answer from git, the cluster and the journal`() async throws {
        try await Machine.run(Fleet.shop()) { machine in
            try await machine.readyPods()
            try await machine.says("succeeded", "history", "dev")
            let history = try await machine.run("history", "dev")
            #expect(history.contains("Ada"))

            let blame = try await machine.run("blame", "deploy/web")
            let replicas = try #require(blame.split(separator: "\n").first { $0.contains("spec.replicas") })
            #expect(replicas.contains("app/web.yaml:6:13"))
            #expect(replicas.contains("Ada"))
            let head = try machine.git.git("rev-parse", "HEAD")
            #expect(replicas.contains(head.prefix(10)))

            #expect(try await machine.run("logs", "deploy/web") == "started\n")
            #expect(try await machine.run("get", "deploy/web", "-n", "shop-dev", "-o", "name").contains("web"))
            #expect(try await machine.run("get", "pods").contains("Running"))
            #expect(try await machine.run("diff", "dev").isEmpty == false)
            #expect(try await machine.run("audit", "verify").contains("as they were written"))
            #expect(try await machine.belay("get", "pod", "nobody", "-n", "shop-dev").code == 1)
            #expect(try await machine.belay("history", "nowhere").errors.contains("nowhere"))
        }
    }

    @Test func `a program in a container gets standard input and gives its exit code`() async throws {
        try await Machine.run(Fleet.shop()) { machine in
            try await machine.readyPods()
            let cat = try await machine.belay(
                "exec", "-i", "deploy/web", after: ["sh", "-c", "cat; echo bad >&2; exit 7"], input: "one\ntwo\n")
            #expect(cat.code == 7)
            #expect(cat.output == "one\ntwo\n")
            #expect(cat.errors == "bad\n")
            let large = String(repeating: "0123456789abcdef\n", count: 60_000)
            let echoed = try await machine.belay("exec", "-i", "deploy/web", after: ["cat"], input: large)
            #expect(echoed.code == 0)
            #expect(echoed.output == large)
            let missing = try await machine.belay("exec", "deploy/web", after: ["no-such-program"])
            #expect(missing.code != 0)
            #expect(missing.errors.contains("no-such-program"))
        }
    }
}
