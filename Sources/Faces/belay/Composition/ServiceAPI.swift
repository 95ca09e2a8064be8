import Console
import Document
import Identity
import KubernetesAPI
import Listener
import Synchronization
import System

/// Everything that the service answers: Belay's console beneath `/belay/v1/`, the Kubernetes API elsewhere.
final class ServiceAPI: Sendable {
    private let kubernetes: KubernetesAPI
    private let gate: Gate
    private let console: Mutex<ConsoleRouter>

    init(kubernetes: KubernetesAPI, gate: Gate) {
        self.kubernetes = kubernetes
        self.gate = gate
        console = Mutex(ConsoleRouter(projects: [:]))
    }

    /// Serves these projects from now on.
    func serve(_ projects: [String: any ProjectService]) {
        console.withLock { $0 = ConsoleRouter(projects: projects) }
    }

    var handlers: HTTPServer.Handlers {
        let kubernetes = kubernetes.handlers
        return HTTPServer.Handlers(
            request: { request in
                guard request.path.hasPrefix(ConsoleRouter.prefix) else { return await kubernetes.request(request) }
                return await self.answer(request)
            }, admitWebSocket: kubernetes.admitWebSocket, webSocket: kubernetes.webSocket)
    }

    private func answer(_ request: ServerRequest) async -> ServerResponse {
        let credential: Credential =
            switch request.peer {
            case .local(_, let user, _): .localUser(user)
            case .remote: .header(request.headers["authorization"])
            }
        guard let caller = gate.identify(credential) else { return Self.refusal(401, "say who you are") }
        let verb = request.method == "GET" ? "get" : "create"
        guard gate.allows(caller, Action(verb: verb, path: request.path)) else {
            return Self.refusal(403, "\(caller.name) may not \(request.method) \(request.path)")
        }
        do {
            let body = request.body.isEmpty ? Value.mapping(Mapping()) : try JSON.parse(request.body)
            let query = Dictionary(request.query.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
            let router = console.withLock { $0 }
            let reply = await router.answer(
                .init(method: request.method, path: request.path, query: query, body: body, actor: caller.name))
            if let events = reply.events { return Self.lines(events) }
            return ServerResponse(status: reply.status, type: "application/json", JSON.emit(reply.body))
        } catch {
            return Self.refusal(400, "\(error)")
        }
    }

    /// A value a line, as it comes; whoever goes away ends what is told of.
    private static func lines(_ events: @escaping ConsoleRouter.Events) -> ServerResponse {
        ServerResponse(
            headers: [("content-type", "application/jsonl")],
            body: .produced { write in
                try await events { value in try await write(JSON.emit(value) + [0x0A]) }
            })
    }

    private static func refusal(_ status: Int, _ message: String) -> ServerResponse {
        ServerResponse(status: status, type: "application/json", JSON.emit(["error": .string(message)]))
    }
}
