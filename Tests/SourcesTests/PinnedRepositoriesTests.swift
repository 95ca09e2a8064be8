import Foundation
import Git
import Sources
import System
import TestSupport
import Testing

@Suite struct PinnedRepositoriesTests {
    /// git's own server over a folder.
    private struct Daemon {
        let program: Program
        let base: String

        init(_ folder: String) async throws {
            let port = try LoopbackPort.free()
            let programs = try runProgram(["git", "--exec-path"]).trimmingCharacters(in: .newlines)
            program = try Program([
                "\(programs)/git-daemon", "--reuseaddr", "--listen=127.0.0.1", "--port=\(port)", "--export-all",
                "--base-path=\(folder)", folder,
            ])
            base = "git://127.0.0.1:\(port)"
            try await LoopbackPort.waitUntilListening(port)
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `fetches a pinned commit once, and keeps it for those who only read`() async throws {
        let fixture = try GitFixture()
        let first = try fixture.commit("first", ["deploy/a": "1"])
        let second = try fixture.commit("second", ["deploy/a": "2"])
        let origin = try fixture.makeOrigin()
        let mirrors = fixture.folder + "/pinned"
        var daemon: Daemon? = try await Daemon(fixture.folder)
        let url = try #require(daemon).base + origin.dropFirst(fixture.folder.count)
        #expect(try PinnedRepositories.fetched(url, at: first, in: mirrors) == nil)
        let pinned = PinnedRepositories(in: mirrors, log: Log("source", write: { _ in }))
        #expect(try await pinned.tree(of: url, at: first).blob(at: "deploy/a") == Array("1".utf8))
        let none = await #expect(throws: GitError.self) {
            try await pinned.tree(of: url, at: String(repeating: "ab", count: 20))
        }
        #expect(none?.code == .notFound)
        daemon = nil
        // Nobody answers any more, and nobody needs to.
        #expect(try await pinned.tree(of: url, at: second).blob(at: "deploy/a") == Array("2".utf8))
        #expect(try PinnedRepositories.fetched(url, at: second, in: mirrors)?.blob(at: "deploy/a") == Array("2".utf8))
    }

    @Test func `reads nothing of its own machine`() async throws {
        let fixture = try GitFixture()
        let id = try fixture.commit("first", ["a": "1"])
        let pinned = PinnedRepositories(in: fixture.folder + "/pinned", log: Log("source", write: { _ in }))
        for address in [fixture.work, "file://\(fixture.work)"] {
            let error = await #expect(throws: GitError.self) { try await pinned.tree(of: address, at: id) }
            #expect(error?.code == .invalid)
        }
    }
}
