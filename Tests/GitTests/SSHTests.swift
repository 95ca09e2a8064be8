import Git
import System
import TestSupport
import Testing

@Suite struct SSHTests {
    @Test func `fetches and pushes with a key, from a host that is known`() async throws {
        let fixture = try GitFixture()
        let first = try #require(ObjectID(try fixture.commit("first", ["a": "1"])))
        let origin = try fixture.makeOrigin()
        let server = try await SSHServer(fixture)
        let mirror = try GitRepository(bareAt: fixture.folder + "/mirror")
        let remote = Remote(
            try RemoteAddress(server.address(origin)), credentials: .key(privateKey: server.key, passphrase: ""),
            knownHosts: server.knownHosts, timeout: .seconds(30))
        #expect(try mirror.fetch(from: remote).branches == ["main": first])
        let author = Signature(name: "Belay", email: "b@localhost", time: .init(seconds: 1_800_000_000))
        let made = try mirror.makeCommit(on: [first], edits: ["a": .write([50])], author: author, message: "second")
        try mirror.push(made, to: remote, branch: "main", expecting: first)
        #expect(try fixture.git(["rev-parse", "main"], in: origin) == made.description)
        let late = try mirror.makeCommit(on: [first], edits: ["a": .write([51])], author: author, message: "late")
        let lost = #expect(throws: GitError.self) {
            try mirror.push(late, to: remote, branch: "main", expecting: first)
        }
        #expect(lost?.code == .leaseLost)

        try fixture.commit("third", ["b": "1"])
        let hashed = fixture.folder + "/known_hosts"
        try server.knownHosts.write(toFile: hashed)
        try runProgram(["ssh-keygen", "-q", "-H", "-f", hashed])
        var again = remote
        again.knownHosts = try Files.text(hashed)
        #expect(again.knownHosts.hasPrefix("|1|"))
        #expect(try mirror.fetch(from: again).branches == ["main": made])
        let missing = Remote(
            try RemoteAddress(server.address(origin + ".gone")), credentials: remote.credentials,
            knownHosts: remote.knownHosts, timeout: .seconds(30))
        #expect(throws: GitError.self) { try mirror.fetch(from: missing) }
    }

    @Test func `refuses hosts that are unknown, changed or revoked, and keys that are not taken`() async throws {
        let fixture = try GitFixture()
        try fixture.commit("first", ["a": "1"])
        let origin = try fixture.makeOrigin()
        let server = try await SSHServer(fixture)
        let mirror = try GitRepository(bareAt: fixture.folder + "/mirror")
        try runProgram(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "\(fixture.folder)/other"])
        let otherKey = try Files.text("\(fixture.folder)/other")
        let otherHost = try Files.text("\(fixture.folder)/other.pub")
        let host = "[127.0.0.1]:\(server.port)"
        let cases: [(knownHosts: String, key: String, code: GitError.Code)] = [
            ("", server.key, .untrusted),
            (server.knownHosts.replacing("127.0.0.1", with: "127.0.0.2"), server.key, .untrusted),
            ("\(host) \(otherHost)", server.key, .untrusted),
            ("@revoked \(server.knownHosts)\(server.knownHosts)", server.key, .untrusted),
            (server.knownHosts, otherKey, .authentication),
            (server.knownHosts, "no key", .authentication),
        ]
        for (knownHosts, key, code) in cases {
            let remote = Remote(
                try RemoteAddress(server.address(origin)), credentials: .key(privateKey: key, passphrase: ""),
                knownHosts: knownHosts, timeout: .seconds(30))
            let failure = #expect(throws: GitError.self) { try mirror.fetch(from: remote) }
            #expect(failure?.code == code, "\(String(describing: failure))")
        }
    }

    @Test func `breaks off a server that says nothing`() async throws {
        let fixture = try GitFixture()
        let mirror = try GitRepository(bareAt: fixture.folder + "/mirror")
        let port = try LoopbackPort.free()
        let silent = try Program([
            "/usr/bin/python3", "-c",
            "import socket,time;s=socket.socket();s.setsockopt(1,2,1);s.bind(('127.0.0.1',\(port)));s.listen();time.sleep(60)",
        ])
        try await LoopbackPort.waitUntilListening(port)
        for scheme in ["ssh", "git", "http"] {
            let remote = Remote(
                try RemoteAddress("\(scheme)://127.0.0.1:\(port)/x"), credentials: .none, timeout: .seconds(1))
            let failure = #expect(throws: GitError.self) { try mirror.fetch(from: remote) }
            #expect(failure?.code == .timedOut, "\(String(describing: failure))")
        }
        _ = silent.pid
    }
}

extension String {
    fileprivate func write(toFile path: String) throws {
        try Files.replace(path, with: Array(utf8), mode: 0o600)
    }
}
