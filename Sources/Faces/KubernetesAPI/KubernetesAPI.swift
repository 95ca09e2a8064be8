package import Cluster
import Document
package import Identity
package import Listener
package import LocalCluster
import Manifest
package import System

/// The embedded cluster in the shapes of the Kubernetes API, so that kubectl and every Kubernetes client work against it.
package struct KubernetesAPI: Sendable {
    let cluster: LocalCluster
    let workloads: (any WorkloadAccess)?
    let gate: Gate
    let clock: WallClock
    let discovery: Discovery

    /// The WebSocket subprotocols that `exec` speaks, for the server's configuration.
    package static let subprotocols = ["v5.channel.k8s.io", "v4.channel.k8s.io"]

    /// - Parameter workloads: who answers for logs and exec; nil while no node runs containers.
    package init(
        cluster: LocalCluster, workloads: (any WorkloadAccess)?, gate: Gate, clock: WallClock = .system
    ) async throws {
        self.cluster = cluster
        self.workloads = workloads
        self.gate = gate
        self.clock = clock
        discovery = Discovery(try await cluster.kinds())
    }

    /// What an `HTTPServer` calls.
    package var handlers: HTTPServer.Handlers {
        HTTPServer.Handlers(
            request: { await answer($0) }, admitWebSocket: { admitExec($0) }, webSocket: { await serveExec($0) })
    }

    /// Whether a path is of the Kubernetes API, for whoever serves other things beside it.
    package static func serves(_ path: String) -> Bool { Route(path) != .unknown }

    /// Answers one request.
    package func answer(_ request: ServerRequest) async -> ServerResponse {
        let route = Route(request.path)
        do {
            let call = try await call(request, route)
            try admit(request, call.action)
            return try await call.answer()
        } catch {
            if case .resource(let path) = route { return Answer.failure(error, resource: path.plural) }
            return Answer.failure(error)
        }
    }

    /// Lets nobody through who may not.
    func admit(_ request: ServerRequest, _ action: Action) throws(ClusterError) {
        let credential: Credential =
            switch request.peer {
            case .local(_, let user, _): .localUser(user)
            case .remote: .header(request.headers["authorization"])
            }
        guard let caller = gate.identify(credential) else { throw ClusterError(.unauthorized, "Unauthorized") }
        guard gate.allows(caller, action) else {
            let what = action.resource.isEmpty ? "path \"\(action.path)\"" : "resource \"\(action.resource)\""
            throw ClusterError(.forbidden, "User \"\(caller.name)\" cannot \(action.verb) \(what)")
        }
    }

    /// What a request wants, and how it is answered once it is admitted.
    struct Call {
        var action: Action
        var answer: @Sendable () async throws -> ServerResponse
    }

    private func call(_ request: ServerRequest, _ route: Route) async throws -> Call {
        if case .resource(let path) = route { return try resourceCall(request, path) }
        let action = Action(verb: "get", path: request.path)
        return Call(action: action) {
            guard request.method == "GET" || request.method == "HEAD" else {
                throw ClusterError(.methodNotAllowed, "\(request.method) is not allowed on \(request.path)")
            }
            return try discovery.answer(route, request)
        }
    }
}
