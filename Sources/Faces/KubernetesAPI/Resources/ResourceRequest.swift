import Cluster
import Document
import Identity
import Listener
import Manifest

/// A request for objects of one kind: what its path, query and headers say, in the API's own terms.
struct ResourceRequest: Sendable {
    let request: ServerRequest
    let path: ResourcePath
    let kind: KindDescription

    /// `pods`, `deployments.apps`: as messages name the kind.
    var resource: String {
        let group = kind.groupVersionKind.group
        return group.isEmpty ? kind.plural : "\(kind.plural).\(group)"
    }

    var key: ObjectKey {
        let own = kind.groupVersionKind
        return ObjectKey(
            group: own.group, kind: own.kind, namespace: kind.isNamespaced ? path.namespace : nil, name: path.name ?? ""
        )
    }

    var isDryRun: Bool { request[query: "dryRun"] == "All" }

    /// Who writes, for field ownership: as asked for, else what the client calls itself.
    var fieldManager: String {
        if let manager = request[query: "fieldManager"], !manager.isEmpty { return String(manager.prefix(128)) }
        let agent = request.headers["user-agent"]?.split(separator: "/").first.map(String.init) ?? ""
        return agent.isEmpty ? "unknown" : String(agent.prefix(128))
    }

    var writeOptions: WriteOptions {
        WriteOptions(
            fieldManager: fieldManager, force: request[query: "force"] == "true", dryRun: isDryRun,
            subresource: path.subresource)
    }

    var isWatch: Bool { path.isWatch || ["true", "1"].contains(request[query: "watch"] ?? "") }

    /// What a list or a watch selects.
    func query() throws -> ObjectQuery {
        let own = kind.groupVersionKind
        var query = ObjectQuery(group: own.group, kind: own.kind, namespace: kind.isNamespaced ? path.namespace : nil)
        if let text = request[query: "labelSelector"], !text.isEmpty { query.labels = try LabelSelector(query: text) }
        if let name = path.name { query.fields["metadata.name"] = name }
        for part in (request[query: "fieldSelector"] ?? "").split(separator: ",") {
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard sides.count == 2, !sides[0].hasSuffix("!") else {
                throw ClusterError(.badRequest, "unable to parse field selector \"\(part)\": use field=value")
            }
            // `==` means the same as `=`.
            query.fields[String(sides[0])] = String(sides[1].hasPrefix("=") ? sides[1].dropFirst() : sides[1])
        }
        return query
    }

    // MARK: Bodies

    private static let source = SourceFile("request body")

    /// The body as a value, whatever it is written in.
    func body() throws -> Value {
        let type = request.headers["content-type"]?.split(separator: ";").first.map(String.init) ?? "application/json"
        if type.contains("protobuf") { return try ProtobufObject.value(of: request.body) }
        guard !request.body.isEmpty else { throw ClusterError(.badRequest, "the request has no body") }
        let limits = YAML.Limits(bytes: 3 << 20, nodes: 500_000, depth: 100)
        if type.contains("yaml") { return try YAML.parseOne(request.body, file: Self.source, limits: limits) }
        return try JSON.parse(request.body, limits: limits)
    }

    /// The object in the body, which must be of the kind and place of the path.
    func object() throws -> Manifest {
        var object = Manifest(try body())
        guard object.value.fields != nil else { throw ClusterError(.badRequest, "the body is no object") }
        if object.kind.isEmpty { object.value["kind"] = .string(kind.groupVersionKind.kind) }
        if object.apiVersion.isEmpty { object.value["apiVersion"] = .string(kind.groupVersionKind.apiVersion) }
        guard object.groupVersionKind == kind.groupVersionKind else {
            throw ClusterError(
                .badRequest, "\(object.groupVersionKind) in the body is not \(kind.groupVersionKind) of the path")
        }
        try placeAndName(&object)
        return object
    }

    private func placeAndName(_ object: inout Manifest) throws {
        if kind.isNamespaced, let namespace = path.namespace {
            if let own = object.namespace, own != namespace {
                throw ClusterError(
                    .badRequest,
                    "the namespace of the provided object does not match the namespace sent on the request (\(own), \(namespace))"
                )
            }
            object.namespace = namespace
        }
        if let name = path.name {
            guard object.name.isEmpty || object.name == name else {
                throw ClusterError(
                    .badRequest, "the name of the object (\(object.name)) does not match the name on the URL (\(name))")
            }
            object.name = name
        }
    }

    /// `metav1.DeleteOptions` from the body and the query.
    func deleteOptions() throws -> DeleteOptions {
        var options = DeleteOptions(dryRun: isDryRun)
        let body = request.body.isEmpty ? Value.mapping(Mapping()) : try body()
        let propagation = body["propagationPolicy"]?.string ?? request[query: "propagationPolicy"]
        if let propagation {
            guard let known = DeleteOptions.Propagation(rawValue: propagation) else {
                throw ClusterError(
                    .badRequest, "propagationPolicy \"\(propagation)\" is none of Background, Foreground, Orphan")
            }
            options.propagation = known
        } else if body["orphanDependents"]?.bool == true {
            options.propagation = .orphan
        }
        options.gracePeriodSeconds =
            body["gracePeriodSeconds"]?.int ?? request[query: "gracePeriodSeconds"].flatMap { Int($0) }
        options.uid = body[path: "preconditions", "uid"]?.string
        options.resourceVersion = body[path: "preconditions", "resourceVersion"]?.string
        if let dryRun = body["dryRun"]?.strings, dryRun.contains("All") { options.dryRun = true }
        return options
    }
}
