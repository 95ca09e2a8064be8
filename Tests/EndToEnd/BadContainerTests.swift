import Foundation
import Glibc
import TestSupport
import Testing

/// Containers that misbehave hurt nobody else, and are said by name.
@Suite struct BadContainerTests {
    @Test func `an image that is not there is said by name`() async throws {
        let files = Fleet.shop().merging(
            ["app/ghost.yaml": Fleet.web(image: "localhost/ghost:9", name: "ghost")]) { $1 }
        try await Machine.run(files) { machine in
            try await machine.readyPods()
            try await eventually("the pod waits for its image") {
                let reason = try await machine.pods("ghost").first?.reason ?? ""
                return reason.contains("ErrImage") || reason.contains("ImagePullBackOff")
            }
            try await machine.says("localhost/ghost:9", "events")
            try await machine.serves("hello")
        }
    }

    @Test func `containers that end at once, never listen to SIGTERM or fork without end are held`() async throws {
        let files = Fleet.shop().merging([
            "app/short.yaml": Fleet.script("echo gone; exit 3", name: "short"),
            "app/stubborn.yaml": Fleet.script(#"trap "" TERM; while true; do sleep 1; done"#, name: "stubborn"),
            "app/bomb.yaml": Fleet.script(
                "f() { f | f & }; f; sleep 1000", name: "bomb", resources: "{limits: {memory: 256Mi}}"),
        ]) { $1 }
        try await Machine.run(files) { machine in
            try await eventually("the short one is started again, ever more slowly") {
                let pod = try await machine.pods("short").first
                return (pod?.restarts ?? 0) >= 2 && (pod?.reason.contains("CrashLoopBackOff") ?? false)
            }
            let short = try #require(try await machine.pods("short").first)
            #expect(short.reason.contains("Error"))
            #expect(try await machine.run("logs", "-p", short.name) == "gone\n")
            try await machine.readyPods()
            try await machine.serves("hello")

            try await machine.readyPods(1, "stubborn")
            for name in ["stubborn", "bomb", "short"] { try machine.git.git("rm", "-q", "app/\(name).yaml") }
            try machine.push("Take them away")
            try await eventually(
                "they are gone", within: 40, explain: { try await machine.run("get", "pods") }
            ) {
                try await machine.pods("").allSatisfy { $0.name.hasPrefix("web-") }
            }
            try await eventually("their processes are gone") { machine.shims.count == 1 }
            try await machine.serves("hello")
        }
    }
}
