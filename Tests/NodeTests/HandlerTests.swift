import ContainerRuntime
import Foundation
import System
import TestSupport
import Testing
import Transport

@testable import Node

/// Probes against servers that really answer.
@Suite struct HandlerTests {
    private static func runner() throws -> HandlerRunner {
        HandlerRunner(
            engine: FakeEngine(),
            client: try HTTPClient(proxies: .none, tls: TLSSettings(verifies: false), retries: .never), clock: .system)
    }

    private static func ask(_ handler: Handler, seconds: Int = 5) async throws -> HandlerRunner.Answer {
        let target = HandlerRunner.Target(id: "x", address: "127.0.0.1", process: .init(arguments: []))
        return try await runner().run(handler, on: target, timeout: .seconds(seconds))
    }

    /// Runs a web server of busybox that serves one file while `body` runs.
    private static func serving(_ body: (UInt16) async throws -> Void) async throws {
        let folder = try TemporaryFolder()
        try Files.replace("\(folder.path)/healthz", with: "fine".utf8)
        let port = UInt16(try LoopbackPort.free())
        let server = Process()
        server.executableURL = URL(fileURLWithPath: "/bin/busybox")
        server.arguments = ["httpd", "-f", "-p", "127.0.0.1:\(port)", "-h", folder.path]
        try server.run()
        defer {
            // A child of a test may start with SIGTERM blocked.
            kill(server.processIdentifier, SIGKILL)
            server.waitUntilExit()
        }
        try await LoopbackPort.waitUntilListening(Int(port))
        try await body(port)
    }

    private static func get(_ path: String, _ port: UInt16) -> Handler {
        .http(.init(scheme: "http", host: nil, port: port, path: path, headers: [("X-Probe", "1")]))
    }

    @Test func `a page that is there is a success, one that is not a failure with its status`() async throws {
        try await Self.serving { port in
            #expect(try await Self.ask(.tcp(host: nil, port: port)).succeeded)
            #expect(try await Self.ask(Self.get("/healthz", port)).succeeded)
            let missing = try await Self.ask(Self.get("/none", port))
            #expect(missing == .init(succeeded: false, message: "HTTP probe failed with statuscode: 404"))
        }
    }

    @Test func `a port that nobody listens on is a failure at once, not when its time is over`() async throws {
        for handler in [.tcp(host: nil, port: 1), Self.get("/", 1)] {
            let answer = try await Self.ask(handler, seconds: 3600)
            #expect(!answer.succeeded && !answer.message.contains("timed out"))
        }
    }

    @Test func `an answer that is late is a failure`() async throws {
        let answer = try await Self.ask(.sleep(seconds: 30), seconds: 0)
        #expect(!answer.succeeded)
    }

    @Test func `a program answers by its exit code`() async throws {
        #expect(try await Self.ask(.exec(["true"])).succeeded)
    }
}
