import Foundation
import TestSupport
import Testing

/// What cannot be followed is refused with its place, and leaves what runs running.
@Suite struct BadProjectTests {
    /// A commit that must be refused.
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var files: [String: String]
        /// What the status must say.
        var words: [String]

        var testDescription: String { name }
    }

    private static let bomb =
        "a: &a [x, x, x, x, x, x, x, x, x]\n"
        + zip("bcdefghij", "abcdefghi").map { new, old in
            "\(new): &\(new) [\(Array(repeating: "*\(old)", count: 9).joined(separator: ", "))]\n"
        }.joined()

    private static let cases = [
        Case(name: "a broken belay.yaml", files: ["belay.yaml": "apiVersion: [belay\n"], words: ["belay.yaml:"]),
        Case(
            name: "an unknown field", files: ["belay.yaml": Fleet.project() + "  colour: red\n"],
            words: ["belay.yaml:", "colour"]),
        Case(
            name: "a duplicate key",
            files: ["app/web.yaml": Fleet.web().replacing("  replicas: 1\n", with: "  replicas: 1\n  replicas: 2\n")],
            words: ["app/web.yaml:7", "replicas"]),
        Case(name: "an alias bomb", files: ["app/bomb.yaml": bomb], words: ["app/bomb.yaml"]),
        Case(
            name: "nesting without end", files: ["app/deep.yaml": String(repeating: "[", count: 200_000)],
            words: ["app/deep.yaml"]),
        Case(
            name: "a name that is no DNS name", files: ["app/web.yaml": Fleet.web(name: "Web_Shop")],
            words: ["app/web.yaml:", "Web_Shop"]),
        Case(
            name: "two manifests for one object", files: ["app/again.yaml": Fleet.web()], words: ["app/", "web"]),
        Case(
            name: "an overlay that refers outside its root",
            files: [
                "belay.yaml": Fleet.project([("dev", "overlay")]),
                "overlay/kustomization.yaml": "resources: [../../../../etc]\n",
            ], words: ["overlay/kustomization.yaml:1"]),
    ]

    @Test func `a commit that cannot be used is refused with its place, and what runs goes on`() async throws {
        try await Machine.run(Fleet.shop()) { machine in
            let pod = try #require(try await machine.readyPods().first)
            let good = try machine.git.git("rev-parse", "HEAD")
            for one in Self.cases {
                try machine.push(one.name, one.files)
                for words in one.words { try await machine.says(words, "status") }
                #expect(try await machine.belay("status").code == 1, "\(one.name)")
                #expect(try await machine.pods() == [pod], "\(one.name)")
                try machine.git.git("reset", "-q", "--hard", good)
                try machine.push("Undo \(one.name)")
                try await eventually("\(one.name) is forgotten") { try await machine.belay("status").code == 0 }
            }
            #expect(try await machine.readyPods() == [pod])
            try await machine.serves("hello")
        }
    }

    @Test func `a symlink that leaves the repository is not followed`() async throws {
        try await Machine.run(Fleet.shop()) { machine in
            let pod = try #require(try await machine.readyPods().first)
            try FileManager.default.createSymbolicLink(
                atPath: "\(machine.git.work)/app/passwd.yaml", withDestinationPath: "../../../../etc/passwd")
            try machine.push("Look at the machine")
            try await machine.says("app/passwd.yaml", "status")
            #expect(try await machine.pods() == [pod])
        }
    }

    @Test func `a repository that is empty, rewritten or gone is said, and what runs goes on`() async throws {
        try await Machine.run(nil) { machine in
            try await machine.says("no commits yet", "status")
            try machine.push("Begin", Fleet.shop())
            let pod = try #require(try await machine.readyPods().first)

            try machine.git.git("checkout", "-q", "--orphan", "other")
            try machine.git.git("branch", "-q", "-D", "main")
            try machine.git.git("branch", "-q", "-m", "main")
            try machine.push("Begin anew", Fleet.shop(greeting: "anew"))
            try await machine.serves("anew")
            let next = try #require(try await machine.readyPods().first)
            #expect(next.uid != pod.uid)

            try FileManager.default.moveItem(atPath: machine.origin, toPath: machine.origin + ".away")
            try await machine.says("cannot be read", "status")
            #expect(try await machine.pods() == [next])
            try await machine.serves("anew")
            try FileManager.default.moveItem(atPath: machine.origin + ".away", toPath: machine.origin)
            try machine.push("Come back", Fleet.shop(greeting: "back"))
            try await machine.serves("back")
        }
    }

    @Test func `a second service on the same state is refused, and one on other folders is not`() async throws {
        try await Machine.run(Fleet.shop()) { machine in
            let second = try await machine.belay("up", machine.origin)
            #expect(second.code == 1)
            #expect(second.errors.contains("another service uses"))
            let pid = try #require(machine.servicePID)
            #expect(second.errors.contains("\(pid)"))
            try await machine.readyPods()
            try await machine.serves("hello")
        }
    }
}
