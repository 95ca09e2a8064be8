import Git
import System
import TestSupport
import Testing

@Suite struct HTTPTests {
    private struct Place {
        let fixture: GitFixture
        let server: HTTPServer
        let mirror: GitRepository
        let first: ObjectID

        init() throws {
            fixture = try GitFixture()
            first = try #require(ObjectID(try fixture.commit("first", ["a": "1"])))
            let origin = try fixture.makeOrigin()
            try fixture.git(["config", "http.receivepack", "true"], in: origin)
            server = try HTTPServer(fixture.folder)
            mirror = try GitRepository(bareAt: fixture.folder + "/mirror")
        }

        func remote(_ path: String, _ credentials: Credentials = .none, seconds: Int = 30) throws -> Remote {
            Remote(try RemoteAddress(server.base + path), credentials: credentials, timeout: .seconds(seconds))
        }

        func failure(_ remote: Remote) -> GitError? {
            #expect(throws: GitError.self) { try mirror.fetch(from: remote) }
        }
    }

    private static let author = Signature(name: "Belay", email: "b@localhost", time: .init(seconds: 1_800_000_000))

    @Test func `fetches and pushes`() throws {
        let place = try Place()
        let remote = try place.remote("/origin.git")
        #expect(try place.mirror.fetch(from: remote).branches == ["main": place.first])
        let made = try place.mirror.makeCommit(
            on: [place.first], edits: ["a": .write([50])], author: Self.author, message: "second")
        try place.mirror.push(made, to: remote, branch: "main", expecting: place.first)
        #expect(try place.mirror.fetch(from: remote).branches == ["main": made])
        let late = try place.mirror.makeCommit(
            on: [place.first], edits: ["a": .write([51])], author: Self.author, message: "late")
        let lost = #expect(throws: GitError.self) {
            try place.mirror.push(late, to: remote, branch: "main", expecting: place.first)
        }
        #expect(lost?.code == .leaseLost)
        #expect(
            try place.fixture.git(["rev-parse", "main"], in: place.fixture.folder + "/origin.git") == made.description)
    }

    @Test(arguments: [Credentials.password(user: "ada", password: "s3cret"), .token("t0ken")])
    func `shows credentials when it is asked for them`(credentials: Credentials) throws {
        let place = try Place()
        let remote = try place.remote("/private/origin.git", credentials)
        #expect(try place.mirror.fetch(from: remote).branches == ["main": place.first])
    }

    @Test(arguments: [
        Credentials.none, .password(user: "ada", password: "wr0ng"), .token("wr0ng"),
        .key(privateKey: "k", passphrase: ""),
    ])
    func `says that credentials are missing or wrong, without showing them`(credentials: Credentials) throws {
        let place = try Place()
        let failure = place.failure(try place.remote("/private/origin.git", credentials))
        #expect(failure?.code == .authentication)
        #expect(failure?.description.contains("wr0ng") == false)
    }

    @Test func `never takes credentials along to where it is redirected`() throws {
        let place = try Place()
        let other = try HTTPServer(place.fixture.folder)
        let open = try place.remote("/redirect/\(other.port)/origin.git")
        #expect(try place.mirror.fetch(from: open).branches == ["main": place.first])
        #expect(!other.requests().isEmpty)
        let guarded = try place.remote(
            "/private-redirect/\(other.port)/private/origin.git", .password(user: "ada", password: "s3cret"))
        #expect(place.failure(guarded) != nil)
        #expect(other.requests().allSatisfy { $0.hasSuffix(" None") })
    }

    @Test(arguments: [("/missing.git", GitError.Code.noRepository), ("/error/x", .network), ("/garbage/x", .network)])
    func `names what is wrong with a server`(path: String, code: GitError.Code) throws {
        let place = try Place()
        let failure = place.failure(try place.remote(path))
        #expect(failure?.code == code, "\(String(describing: failure))")
        #expect(failure?.operation.contains(path) == true)
    }

    @Test func `breaks off at its deadline`() throws {
        let place = try Place()
        // The server says nothing for an hour, and then ends the connection: which would be another error.
        #expect(place.failure(try place.remote("/stall/x", seconds: 1))?.code == .timedOut)
    }

    @Test func `says that nothing listens`() throws {
        let place = try Place()
        let remote = Remote(try RemoteAddress("http://127.0.0.1:1/x.git"))
        let failure = place.failure(remote)
        #expect(failure?.code == .network)
        #expect(failure?.message.contains("refused") == true)
        let unknown = place.failure(Remote(try RemoteAddress("git://name.invalid/x")))
        #expect(unknown?.code == .network)
    }

    @Test func `takes certificates of authorities that it is told to trust, and no others`() throws {
        let place = try Place()
        func serve(_ name: String) throws -> HTTPServer {
            let file = "\(place.fixture.folder)/\(name)"
            try runProgram([
                "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "\(file).key", "-out",
                "\(file).crt", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
            ])
            try Files.replace("\(file).pem", with: Files.read("\(file).key") + Files.read("\(file).crt"))
            return try HTTPServer(place.fixture.folder, certificate: "\(file).pem")
        }
        let (known, unknown) = (try serve("known"), try serve("unknown"))
        try GitTrust.use(certificates: "\(place.fixture.folder)/known.crt")
        let remote = Remote(try RemoteAddress("https://localhost:\(known.port)/origin.git"))
        #expect(try place.mirror.fetch(from: remote).branches == ["main": place.first])
        let other = place.failure(Remote(try RemoteAddress("https://localhost:\(unknown.port)/origin.git")))
        #expect(other?.code == .untrusted, "\(String(describing: other))")
        let name = place.failure(Remote(try RemoteAddress("https://127.0.0.1:\(known.port)/origin.git")))
        #expect(name?.code == .untrusted, "\(String(describing: name))")
        #expect(throws: GitError.self) { try GitTrust.use(certificates: place.fixture.work + "/a") }
    }

    @Test func `fetches over git's own protocol`() async throws {
        let place = try Place()
        let port = try LoopbackPort.free()
        let daemon = try Program([
            "/usr/lib/git-core/git-daemon", "--reuseaddr", "--listen=127.0.0.1", "--port=\(port)", "--export-all",
            "--base-path=\(place.fixture.folder)", place.fixture.folder,
        ])
        try await LoopbackPort.waitUntilListening(port)
        let remote = Remote(try RemoteAddress("git://127.0.0.1:\(port)/origin.git"), timeout: .seconds(30))
        #expect(try place.mirror.fetch(from: remote).branches == ["main": place.first])
        let missing = place.failure(
            Remote(try RemoteAddress("git://127.0.0.1:\(port)/gone.git"), timeout: .seconds(30)))
        #expect(missing != nil)
        _ = daemon.pid
    }
}
