import Cluster
import Document
import Identity
import Listener
import LocalCluster
import Manifest
import System

/// Objects over HTTP: which verb a request is, and who carries it out.
extension KubernetesAPI {
    func resourceCall(_ request: ServerRequest, _ path: ResourcePath) throws(ClusterError) -> Call {
        let asked = ResourceRequest(request: request, path: path, kind: try discovery.kind(of: path))
        var action = Action(
            verb: "", group: path.group, resource: path.plural, subresource: path.subresource ?? "",
            namespace: path.namespace, name: path.name, path: request.path)
        if let subresource = path.subresource {
            return try subresourceCall(asked, subresource, action)
        }
        switch (request.method, path.name) {
        case ("GET", _) where asked.isWatch:
            action.verb = "watch"
            return Call(action: action) { try await watch(asked) }
        case ("GET", nil), ("HEAD", nil):
            action.verb = "list"
            return Call(action: action) { try await list(asked) }
        case ("GET", _), ("HEAD", _):
            action.verb = "get"
            return Call(action: action) { try await show(try await cluster.get(asked.key), asked) }
        case ("POST", nil):
            action.verb = "create"
            return Call(action: action) { try await create(asked) }
        case ("PUT", .some):
            action.verb = "update"
            return Call(action: action) { try await update(asked) }
        case ("PATCH", .some):
            action.verb = "patch"
            return Call(action: action) { try await patch(asked) }
        case ("DELETE", .some):
            action.verb = "delete"
            return Call(action: action) { try await delete(asked) }
        case ("DELETE", nil):
            action.verb = "deletecollection"
            return Call(action: action) { try await deleteCollection(asked) }
        default: throw Self.notAllowed(request)
        }
    }

    static func notAllowed(_ request: ServerRequest) -> ClusterError {
        ClusterError(.methodNotAllowed, "the server does not allow \(request.method) on the requested resource")
    }

    private func subresourceCall(
        _ asked: ResourceRequest, _ subresource: String, _ action: Action
    ) throws(ClusterError) -> Call {
        var action = action
        let method = asked.request.method
        action.verb =
            ["GET": "get", "HEAD": "get", "PUT": "update", "PATCH": "patch", "POST": "create"][method] ?? "delete"
        let isServed = Discovery.subresources(of: asked.kind).contains { $0.name == subresource }
        guard isServed else { throw ClusterError(.notFound, "the server could not find the requested resource") }
        switch (subresource, method) {
        case ("status", "GET"): return Call(action: action) { try await show(try await cluster.get(asked.key), asked) }
        case ("status", "PUT"): return Call(action: action) { try await update(asked) }
        case ("status", "PATCH"): return Call(action: action) { try await patch(asked) }
        case ("scale", "GET"), ("scale", "PUT"), ("scale", "PATCH"):
            return Call(action: action) { try await scale(asked) }
        case ("log", "GET"): return Call(action: action) { try await logs(asked) }
        case ("exec", "GET"), ("exec", "POST"):
            return Call(action: action) {
                throw ClusterError(.badRequest, "exec needs a WebSocket (Upgrade: websocket)")
            }
        default: throw Self.notAllowed(asked.request)
        }
    }

    // MARK: Writing

    private func create(_ asked: ResourceRequest) async throws -> ServerResponse {
        var options = asked.writeOptions
        options.subresource = nil
        let made = try await cluster.create(try asked.object(), options)
        return try await show(made, asked, status: 201)
    }

    private func update(_ asked: ResourceRequest) async throws -> ServerResponse {
        try await show(try await cluster.update(try asked.object(), asked.writeOptions), asked)
    }

    private func patch(_ asked: ResourceRequest) async throws -> ServerResponse {
        let patch = try Patch(asked)
        if case .apply = patch {
            let isNew = (try? await cluster.get(asked.key)) == nil
            let applied = try await cluster.apply(try asked.object(), asked.writeOptions)
            return try await show(applied, asked, status: isNew ? 201 : 200)
        }
        return try await show(try await patched(asked) { try patch.apply(to: $0, kind: asked.kind) }, asked)
    }

    /// Each time that a patch comes too late another write has come about: this many may overtake one.
    private static let attempts = 100

    /// Changes an object as it is now, again when somebody else was faster.
    func patched(_ asked: ResourceRequest, _ change: (Manifest) throws -> Manifest) async throws -> Manifest {
        for attempt in 1...Self.attempts {
            let live = try await cluster.get(asked.key)
            var changed = try change(live)
            let asksForVersion = changed.resourceVersion != live.resourceVersion
            guard changed.name == live.name, changed.namespace == live.namespace else {
                throw ClusterError(.badRequest, "a patch may not change the name or namespace of an object")
            }
            if !asksForVersion { changed.value[path: "metadata", "resourceVersion"] = .string(live.resourceVersion) }
            do {
                return try await cluster.update(changed, asked.writeOptions)
            } catch let error as ClusterError
                where error.reason == .conflict && !asksForVersion && attempt < Self.attempts
            {
                continue
            }
        }
        throw ClusterError(.conflict, "the object changes too fast", object: asked.key)
    }

    private func delete(_ asked: ResourceRequest) async throws -> ServerResponse {
        let options = try asked.deleteOptions()
        let last = try await cluster.remove(asked.key, options)
        let remains = (try? await cluster.get(asked.key))?.uid == last.uid && !options.dryRun
        return remains ? try await show(last, asked) : Answer.json(Answer.success(last, resource: asked.kind.plural))
    }

    private func deleteCollection(_ asked: ResourceRequest) async throws -> ServerResponse {
        let options = try asked.deleteOptions()
        let list = try await cluster.list(try asked.query())
        for object in list.items {
            do {
                try await cluster.delete(object.key, options)
            } catch let error as ClusterError where error.reason == .notFound {
                continue
            }
        }
        return Answer.json(ListBody.whole(list, kind: asked.kind))
    }

    // MARK: Reading

    /// An object in the form that was asked for.
    func show(_ object: Manifest, _ asked: ResourceRequest, status: Int = 200) async throws -> ServerResponse {
        guard let table = TableForm(asked, clock.now()) else { return Answer.json(object.value, status: status) }
        return Answer.json(table.body([object], resourceVersion: object.resourceVersion), status: status)
    }

    private func list(_ asked: ResourceRequest) async throws -> ServerResponse {
        let list = try await cluster.list(try asked.query())
        let page = try Page(list, limit: asked.request[query: "limit"], token: asked.request[query: "continue"])
        if let table = TableForm(asked, clock.now()) {
            var body = table.body(page.items, resourceVersion: page.resourceVersion)
            page.mark(&body)
            return Answer.json(body)
        }
        return ServerResponse(type: "application/json", ListBody.bytes(page, kind: asked.kind))
    }
}
