import Crypto
import Document
import Render
import Sources
import System
import TestSupport
import Testing

/// Charts from a repository with an `index.yaml`, served by nginx.
@Suite struct HTTPChartTests {
    private func pin(_ server: ChartServer, _ bytes: [UInt8], in place: String = "charts") -> ChartPin {
        ChartPin(
            repository: "\(server.address)/\(place)", name: "app", version: "1.2.3", digest: .sha256(bytes),
            origin: Origin(SourceFile("belay.yaml"), line: 9, column: 4))
    }

    private func problem(_ source: ChartSource, _ pin: ChartPin) async -> Problem? {
        await #expect(throws: Problem.self) { try await source.fetch([pin]) }
    }

    @Test func `a pinned chart is fetched once, and is there from then on`() async throws {
        let fixture = try ChartFixture()
        let bytes = try fixture.pack("app", "1.2.3")
        try fixture.index([("app", "1.2.3", Digest.sha256(bytes).hex, "app-1.2.3.tgz")])
        let server = try await ChartServer(fixture.www)
        let source = try fixture.source()
        let pin = pin(server, bytes)
        let missing = #expect(throws: Problem.self) { try source.archive(pin) }
        #expect(missing?.message.contains("has not been fetched") == true)
        #expect(try await source.fetch([pin]))
        #expect(try source.archive(pin) == bytes)
        #expect(try await source.fetch([pin]) == false)
        let again = try fixture.source()
        #expect(try await again.fetch([pin]) == false, "another process finds it in the folder")
        #expect(try server.seen.count { $0.hasPrefix("/charts/app") } == 1)
    }

    @Test func `a chart that was damaged on disk is fetched anew`() async throws {
        let fixture = try ChartFixture()
        let bytes = try fixture.pack("app", "1.2.3")
        try fixture.index([("app", "1.2.3", Digest.sha256(bytes).hex, "app-1.2.3.tgz")])
        let server = try await ChartServer(fixture.www)
        let pin = pin(server, bytes)
        let source = try fixture.source()
        _ = try await source.fetch([pin])
        let path = "\(fixture.folder.path)/cache/sha256-\(Digest.sha256(bytes).hex).tgz"
        try Files.replace(path, with: Array("damaged".utf8))
        #expect(throws: Problem.self) { try source.archive(pin) }
        #expect(try await source.fetch([pin]))
        #expect(try source.archive(pin) == bytes)
    }

    @Test func `what the index and the archive say must be what is pinned`() async throws {
        let fixture = try ChartFixture()
        let pinned = try fixture.pack("app", "1.2.3")
        let other = try fixture.pack("app", "1.2.3", as: "other.tgz", template: "kind: Secret\n")
        let stranger = try fixture.pack("stranger", "1.2.3", as: "stranger.tgz")
        let server = try await ChartServer(fixture.www)
        let source = try fixture.source()

        try fixture.index([("app", "1.2.3", Digest.sha256(other).hex, "other.tgz")])
        #expect(
            await problem(source, pin(server, pinned))?.message.contains("says that app 1.2.3 has the digest") == true)

        try fixture.index([("app", "1.2.3", Digest.sha256(pinned).hex, "other.tgz")])
        let lie = await problem(try fixture.source(), pin(server, pinned))
        #expect(lie?.message.contains("\(Digest.sha256(other)), and belay.yaml pins \(Digest.sha256(pinned))") == true)
        #expect(lie?.origin.description == "belay.yaml:9:4")

        try fixture.index([("app", "1.2.3", Digest.sha256(stranger).hex, "stranger.tgz")])
        let wrong = await problem(try fixture.source(), pin(server, stranger))
        #expect(wrong?.message.contains("holds the chart stranger 1.2.3, and not app 1.2.3") == true)
        #expect(fixture.kept == 0)
    }

    @Test func `a refused answer is not asked for again at once`() async throws {
        let fixture = try ChartFixture()
        let bytes = try fixture.pack("app", "1.2.3")
        try fixture.index([("app", "9.9.9", "", "app-1.2.3.tgz")])
        let server = try await ChartServer(fixture.www)
        let source = try fixture.source()
        #expect(await problem(source, pin(server, bytes)) == problem(source, pin(server, bytes)))
        #expect(try server.seen.count == 1)
    }

    private static let answers: [(place: String, index: String?, message: String, hint: String)] = [
        ("page", nil, "is a web page and no index of charts", "address"),
        ("broken", nil, "answers 500", ""),
        ("nowhere", nil, "is not there (404)", ""),
        ("private", nil, "refuses access (401)", "spec.charts.credentials"),
        ("charts", "entries: [", "is no index of charts", ""),
        ("charts", "hello: world\n", "it has no entries", ""),
        ("charts", "entries: {apps: [{version: 1.2.3}]}\n", "has no chart app", "did you mean apps?"),
        ("charts", "entries: {app: [{version: 1.2.4}, {version: 1.2.2}]}\n", "no version 1.2.3 of app", "1.2.4, 1.2.2"),
        ("charts", "entries: {app: [{version: 1.2.3}]}\n", "gives no address", ""),
        (
            "charts", "entries: {app: [{version: 1.2.3, urls: [\"file:///etc/passwd\"]}]}\n", "no address that can be",
            ""
        ),
        ("charts", "entries: {app: [{version: 1.2.3, urls: [gone.tgz]}]}\n", "gone.tgz is not there (404)", ""),
    ]

    @Test(arguments: answers)
    func `answers that are none are refused`(place: String, index: String?, message: String, hint: String) async throws
    {
        let fixture = try ChartFixture()
        let bytes = try fixture.pack("app", "1.2.3")
        if let index { try fixture.write("index.yaml", index) }
        let server = try await ChartServer(fixture.www)
        let problem = await problem(try fixture.source(), pin(server, bytes, in: place))
        #expect(problem?.message.contains(message) == true, "\(problem?.message ?? "")")
        #expect(problem?.hint.contains(hint) == true || hint.isEmpty, "\(problem?.hint ?? "")")
    }

    @Test func `an answer without end, and an archive that is a bomb, are refused`() async throws {
        let fixture = try ChartFixture()
        let server = try await ChartServer(fixture.www)
        try Program.run(["truncate", "-s", "10G", "\(fixture.www)/app-1.2.3.tgz"])
        try fixture.index([("app", "1.2.3", "", "app-1.2.3.tgz")])
        let long = await problem(try fixture.source(), pin(server, [1]))
        #expect(long?.message.contains("longer than") == true)

        let place = try TemporaryFolder()
        try Files.makeFolders("\(place.path)/app")
        try Program.run(["truncate", "-s", "300M", "\(place.path)/app/zeros"])
        try Program.run(["tar", "czf", "\(fixture.www)/app-1.2.3.tgz", "-C", place.path, "app"])
        let bomb = try Files.read("\(fixture.www)/app-1.2.3.tgz")
        let problem = await problem(try fixture.source(), pin(server, bomb))
        #expect(problem?.message.contains("cannot be read") == true, "\(problem?.message ?? "")")
        #expect(fixture.kept == 0)
    }

    @Test func `a login stays with its repository`() async throws {
        let fixture = try ChartFixture()
        let bytes = try fixture.pack("app", "1.2.3")
        let elsewhere = try await ChartServer(fixture.www)
        let server = try await ChartServer(fixture.www, redirect: elsewhere.address)
        let config = ChartConfig(
            logins: [.init(repository: "\(server.address)/private", username: "ada", password: "s3cret")])
        try fixture.index([("app", "1.2.3", "", "app-1.2.3.tgz")])
        #expect(try await fixture.source(config).fetch([pin(server, bytes, in: "private")]))

        // The index names an archive on a host that asks for a password as well: it is not given.
        try fixture.index([("app", "1.2.3", "", "\(elsewhere.address)/private/app-1.2.3.tgz")])
        let other = try ChartFixture()
        let refused = await problem(try other.source(config), pin(server, bytes, in: "private"))
        #expect(refused?.message.contains("refuses access") == true)
        #expect(refused?.hint.contains("not handed on to another host") == true)

        // Nor to where a redirect leads.
        try fixture.index([("app", "1.2.3", "", "\(server.address)/away/private/app-1.2.3.tgz")])
        let away = await problem(try other.source(config), pin(server, bytes, in: "private"))
        #expect(away?.message.contains("refuses access") == true)
        #expect(try elsewhere.seen.allSatisfy { $0.hasSuffix(" -") })
    }

    @Test func `a chart that nobody pinned yet gets its digest`() async throws {
        let fixture = try ChartFixture()
        let bytes = try fixture.pack("app", "1.2.3")
        try fixture.index([("app", "1.3.0-rc.1", "", "rc.tgz"), ("app", "1.2.3", "", "app-1.2.3.tgz")])
        let server = try await ChartServer(fixture.www)
        let source = try fixture.source()
        let repository = "\(server.address)/charts"
        #expect(try await source.versions(of: "app", in: repository) == ["1.3.0-rc.1", "1.2.3"])
        let pin = try await source.pin("app", "1.2.3", in: repository)
        #expect(pin.digest == .sha256(bytes))
        #expect(try source.archive(pin) == bytes)
    }
}
