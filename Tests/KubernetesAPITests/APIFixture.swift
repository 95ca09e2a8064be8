import Cluster
import Document
import Glibc
import Identity
import Listener
import LocalCluster
import Manifest
import Synchronization
import System
import TestSupport

@testable import KubernetesAPI

/// The API over a cluster in memory, on a loopback port, with a kubeconfig for it.
final class APIFixture: Sendable {
    let cluster: LocalCluster
    let server: HTTPServer
    let folder: TemporaryFolder
    static let token = "test-token"

    init(workloads: (any WorkloadAccess)? = nil, clock: WallClock = .system) async throws {
        cluster = try LocalCluster(LocalCluster.Configuration(path: ":memory:"))
        try await cluster.ensureNamespace("default")
        let api = try await KubernetesAPI(
            cluster: cluster, workloads: workloads, gate: Gate(token: Self.token), clock: clock)
        folder = try TemporaryFolder()
        var configuration = HTTPServer.Configuration(
            endpoints: [.tcp(port: 0)], subprotocols: KubernetesAPI.subprotocols)
        configuration.tls = try Self.identity(folder.path)
        server = try HTTPServer(configuration, api.handlers)
        let config: Value = [
            "apiVersion": "v1", "kind": "Config", "current-context": "belay",
            "clusters": [
                [
                    "name": "belay",
                    "cluster": [
                        "server": .string("https://\(server.endpoints[0])"),
                        "certificate-authority": .string("\(folder.path)/cert.pem"),
                    ],
                ]
            ],
            "users": [["name": "belay", "user": ["token": .string(Self.token)]]],
            "contexts": [["name": "belay", "context": ["cluster": "belay", "user": "belay"]]],
        ]
        try Files.replace("\(folder.path)/config", with: JSON.emit(config))
    }

    /// A certificate for the loopback address, made once for all tests of the process.
    private static func identity(_ folder: String) throws -> HTTPServer.TLSIdentity {
        let made = try shared.get()
        try Files.replace("\(folder)/cert.pem", with: made.certificates)
        return made
    }

    private static let shared = Result<HTTPServer.TLSIdentity, any Error> {
        let folder = try TemporaryFolder()
        let (certificate, key) = ("\(folder.path)/cert.pem", "\(folder.path)/key.pem")
        try Program.run([
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
            "-subj",
            "/CN=belay", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate,
        ])
        return HTTPServer.TLSIdentity(certificates: try Files.read(certificate), key: try Files.read(key))
    }

    /// Runs a blocking program on a thread of its own.
    private func run(_ arguments: [String]) async throws -> String {
        let environment = ["KUBECONFIG=\(folder.path)/config", "HOME=\(folder.path)", "PATH=/usr/bin:/bin"]
        return try await withCheckedThrowingContinuation { continuation in
            startThread(named: "program") {
                continuation.resume(with: .init { try Program.run(arguments, environment: environment) })
            }
        }
    }

    /// What kubectl prints; a failure throws what it says.
    func kubectl(_ arguments: String..., input: String? = nil) async throws -> String {
        var arguments = ["kubectl"] + arguments
        if let input {
            let file = "\(folder.path)/input.yaml"
            try Files.replace(file, with: Array(input.utf8))
            arguments = arguments.map { $0 == "-" ? file : $0 }
        }
        return try await run(arguments)
    }

    func curl(_ path: String, arguments: [String] = []) async throws -> String {
        let authorization = "Authorization: Bearer \(Self.token)"
        let header = arguments.contains { $0.hasPrefix("Authorization:") } ? [] : ["-H", authorization]
        return try await run(
            ["curl", "-sS", "--max-time", "120", "--cacert", "\(folder.path)/cert.pem"] + header + arguments
                + ["https://\(server.endpoints[0])\(path)"])
    }

    @discardableResult
    func create(_ yaml: String) async throws -> Manifest {
        let value = try YAML.parseOne(Array(yaml.utf8), file: SourceFile("test"))
        return try await cluster.create(Manifest(value), WriteOptions(fieldManager: "test"))
    }
}

/// Containers that answer by script.
struct ScriptedWorkloads: WorkloadAccess {
    func logs(_ request: LogRequest) async throws -> AsyncThrowingStream<[UInt8], any Error> {
        let lines = (1...5).map { "\(request.container ?? "-") line \($0)\n" }.suffix(request.tailLines ?? 5)
        return AsyncThrowingStream { source in
            for line in lines { source.yield(Array(line.utf8)) }
            source.finish()
        }
    }

    func folder(ofClaim name: String, in namespace: String) async throws -> String {
        throw ClusterError(.badRequest, "there are no volumes")
    }

    func exec(_ request: ExecRequest) async throws -> any ExecSession { ScriptedExec(request) }
}

/// `cat` echoes its input; `fail` exits with 3; anything else prints itself.
final class ScriptedExec: ExecSession {
    let output: AsyncThrowingStream<ExecOutput, any Error>
    private let source: AsyncThrowingStream<ExecOutput, any Error>.Continuation

    init(_ request: ExecRequest) {
        (output, source) = AsyncThrowingStream<ExecOutput, any Error>.makeStream()
        switch request.command[0] {
        case "cat": return
        case "fail":
            source.yield(.stderr(Array("it failed\n".utf8)))
            source.yield(.exit(code: 3))
        default:
            source.yield(.stdout(Array((request.command.joined(separator: " ") + "\n").utf8)))
            source.yield(.exit(code: 0))
        }
        source.finish()
    }

    func write(_ bytes: [UInt8]) async throws { source.yield(.stdout(bytes)) }

    func closeInput() async throws {
        source.yield(.exit(code: 0))
        source.finish()
    }

    func resize(columns: Int, rows: Int) async throws {}
    func cancel() async { source.finish() }
}
