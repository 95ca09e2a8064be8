import Foundation
import System
import TestSupport
import Testing

/// Overlays over a base of another repository, which the project pins at a commit.
@Suite struct RemoteBaseTests {
    /// A repository with a base, and its commits.
    private struct Base {
        let git: GitFixture
        let folder: String

        init() throws {
            git = try GitFixture()
            folder = "\(git.folder)/served"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        }

        /// Commits a base that greets so, and answers the commit.
        func commit(greeting: String) throws -> String {
            try git.commit(
                "Greet: \(greeting)",
                [
                    "deploy/kustomization.yaml": "resources: [web.yaml, service.yaml]\n",
                    "deploy/web.yaml": Fleet.web(greeting: greeting), "deploy/service.yaml": Fleet.service,
                ])
            let bare = "\(folder)/base.git"
            if !Files.exists(bare) { try git.git(["clone", "-q", "--bare", git.work, bare], in: git.folder) }
            try git.git("push", "-q", bare, "main")
            return try git.git("rev-parse", "main").trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }

    private func project(_ url: String, at commit: String, allows: Bool = true) -> [String: String] {
        let pin = allows ? "  remotes: [{url: \"\(url)\", commit: \(commit)}]\n" : ""
        return [
            "belay.yaml": """
            apiVersion: belay/v1
            kind: Project
            metadata: {name: shop}
            spec:
              environments:
                - {name: dev, data: production, namespace: shop-dev, apps: [{path: dev, name: web}]}
            \(pin)
            """,
            "dev/kustomization.yaml": "resources: [\"\(url)//deploy?ref=main\"]\n",
        ]
    }

    @Test func `a base is served at its pin, moved by a commit, and not had without one`()
        async throws
    {
        let base = try Base()
        let first = try base.commit(greeting: "hello")
        try await Machine.run(nil, starting: false) { machine in
            let server = try await GitServer(base.folder, port: 8750, enter: machine.enter)
            let url = "\(server.base)/base.git"
            try machine.push("Begin", project(url, at: first))
            try await machine.start()
            try await machine.readyPods()
            try await machine.serves("hello")

            // What its branch becomes changes nothing before the pin does.
            let second = try base.commit(greeting: "welcome")
            try machine.push("Say why", ["README.md": "the base is elsewhere\n"])
            try await machine.serves("hello")
            try machine.push("Follow the base", project(url, at: second))
            try await machine.serves("welcome")

            // A folder of it by hand, with what the service has fetched; and no base that nobody has allowed.
            let rendered = try await machine.run("render", machine.git.work + "/dev")
            #expect(rendered.contains("welcome"))
            try machine.push("Allow none", project(url, at: second, allows: false))
            try await machine.says("rendering does not use the network", "status", "dev")
        }
    }
}
