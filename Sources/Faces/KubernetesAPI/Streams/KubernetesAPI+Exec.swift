import Cluster
import Document
import Identity
package import Listener
import LocalCluster
import Manifest

/// Programs in containers, over WebSocket: `v4.channel.k8s.io` and `v5.channel.k8s.io`
/// (k8s.io/apimachinery/pkg/util/remotecommand), where each message's first byte names its channel.
extension KubernetesAPI {
    private enum Channel {
        static let stdin: UInt8 = 0
        static let stdout: UInt8 = 1
        static let stderr: UInt8 = 2
        static let error: UInt8 = 3
        static let resize: UInt8 = 4
        /// v5: the channel in the second byte is closed.
        static let close: UInt8 = 255
    }

    /// Whether a request may become a WebSocket; nil if so.
    package func admitExec(_ request: ServerRequest) -> ServerResponse? {
        guard case .resource(let path) = Route(request.path), path.plural == "pods", path.subresource == "exec" else {
            return Answer.failure(ClusterError(.badRequest, "no WebSocket is served on \(request.path)"))
        }
        do {
            try admit(
                request,
                Action(
                    verb: "create", resource: "pods", subresource: "exec", namespace: path.namespace, name: path.name,
                    path: request.path))
            return nil
        } catch {
            return Answer.failure(error, resource: path.plural)
        }
    }

    /// Serves one program's input and output until it ends or the client goes.
    package func serveExec(_ socket: WebSocketSession) async {
        let session: any ExecSession
        do {
            session = try await startExec(socket.request)
        } catch {
            try? await socket.send([Channel.error] + JSON.emit(Answer.status(of: Answer.refusal(of: error))))
            return
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await Self.feed(session, from: socket) }
            group.addTask { await Self.report(session, to: socket) }
            _ = await group.next()
            group.cancelAll()
        }
        await session.cancel()
    }

    private func startExec(_ request: ServerRequest) async throws -> any ExecSession {
        guard case .resource(let path) = Route(request.path), let name = path.name, let namespace = path.namespace
        else {
            throw ClusterError(.badRequest, "exec needs a pod")
        }
        let pod = try await cluster.get(ObjectKey(kind: "Pod", namespace: namespace, name: name))
        guard let workloads else { throw ClusterError(.serviceUnavailable, "no containers run here", object: pod.key) }
        let command = request.values(of: "command")
        guard !command.isEmpty else {
            throw ClusterError(.badRequest, "you must specify at least 1 command for the container")
        }
        func flag(_ name: String) -> Bool { ["true", "1"].contains(request[query: name] ?? "") }
        return try await workloads.exec(
            ExecRequest(
                namespace: namespace, pod: name, container: try Self.container(request[query: "container"], of: pod),
                command: command, stdin: flag("stdin"), terminal: flag("tty")))
    }

    /// The client's side: input, its end, the terminal's size. Returns when the client is gone.
    private static func feed(_ session: any ExecSession, from socket: WebSocketSession) async {
        while let message = await socket.next() {
            guard let channel = message.bytes.first else { continue }
            let bytes = Array(message.bytes.dropFirst())
            do {
                switch channel {
                case Channel.stdin: if !bytes.isEmpty { try await session.write(bytes) }
                case Channel.close where bytes == [Channel.stdin]: try await session.closeInput()
                case Channel.resize:
                    let size = try JSON.parse(bytes)
                    try await session.resize(columns: size["Width"]?.int ?? 80, rows: size["Height"]?.int ?? 24)
                default: continue
                }
            } catch {
                // A program that reads no more still has output to give, and an exit.
                continue
            }
        }
    }

    /// The program's side: output, then how it ended.
    private static func report(_ session: any ExecSession, to socket: WebSocketSession) async {
        do {
            for try await piece in session.output {
                switch piece {
                case .stdout(let bytes): try await send(bytes, on: Channel.stdout, socket)
                case .stderr(let bytes): try await send(bytes, on: Channel.stderr, socket)
                case .exit(let code): try await socket.send([Channel.error] + JSON.emit(exitStatus(code)))
                }
            }
        } catch {
            try? await socket.send([Channel.error] + JSON.emit(Answer.status(of: Answer.refusal(of: error))))
        }
    }

    private static func send(_ bytes: [UInt8], on channel: UInt8, _ socket: WebSocketSession) async throws {
        for start in stride(from: 0, to: bytes.count, by: 32768) {
            try await socket.send([channel] + bytes[start..<min(start + 32768, bytes.count)])
        }
    }

    private static func exitStatus(_ code: Int32) -> Value {
        guard code != 0 else { return ["metadata": .mapping(Mapping()), "status": "Success"] }
        return [
            "metadata": .mapping(Mapping()), "status": "Failure", "reason": "NonZeroExitCode",
            "message": .string("command terminated with non-zero exit code: \(code)"),
            "details": ["causes": [["reason": "ExitCode", "message": .string(String(code))]]],
        ]
    }
}
