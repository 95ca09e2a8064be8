import Cluster
import Document
import Listener
import LocalCluster
import Manifest
import System

/// Watches: one line of JSON an event.
extension KubernetesAPI {
    func watch(_ asked: ResourceRequest) async throws -> ServerResponse {
        let request = asked.request
        let version = request[query: "resourceVersion"] ?? ""
        // "0" means whatever is there; so does none.
        let since = version.isEmpty || version == "0" ? nil : version
        let wantsInitial = request[query: "sendInitialEvents"] == "true"
        let events = try await cluster.watch(try asked.query(), since: wantsInitial ? nil : since)
        let encoder = WatchEncoder(
            kind: asked.kind, table: TableForm(asked, clock.now()),
            sendsBookmarks: request[query: "allowWatchBookmarks"] == "true", marksInitialEnd: wantsInitial)
        let seconds = request[query: "timeoutSeconds"].flatMap { Int($0) }.map { min(max($0, 1), 86400) }
        let clock = clock
        return ServerResponse(
            headers: [("content-type", "application/json")],
            body: .produced { write in
                guard let seconds else { return try await Self.send(events, encoder, write) }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await Self.send(events, encoder, write) }
                    group.addTask { try? await clock.sleep(.seconds(seconds)) }
                    _ = try await group.next()
                    group.cancelAll()
                }
            })
    }

    private static func send(
        _ events: AsyncThrowingStream<WatchEvent, any Error>, _ encoder: WatchEncoder,
        _ write: @Sendable ([UInt8]) async throws -> Void
    ) async throws {
        var encoder = encoder
        do {
            for try await event in events {
                if let line = encoder.line(event) { try await write(line) }
            }
        } catch let error as ClusterError {
            // Within a watch an error is an event; the client lists again.
            try await write(WatchEncoder.failure(error))
        }
    }
}

/// Events as lines of JSON.
struct WatchEncoder: Sendable {
    private let kind: KindDescription
    private var table: TableForm?
    private let sendsBookmarks: Bool
    /// Whether the first bookmark ends the initial events, and is to say so.
    private var marksInitialEnd: Bool

    init(kind: KindDescription, table: TableForm?, sendsBookmarks: Bool, marksInitialEnd: Bool) {
        self.kind = kind
        self.table = table
        self.sendsBookmarks = sendsBookmarks
        self.marksInitialEnd = marksInitialEnd
    }

    mutating func line(_ event: WatchEvent) -> [UInt8]? {
        switch event {
        case .added(let object): return line("ADDED", object)
        case .modified(let object): return line("MODIFIED", object)
        case .deleted(let object): return line("DELETED", object)
        case .bookmark(let version): return bookmark(version)
        }
    }

    private mutating func line(_ type: String, _ object: Manifest) -> [UInt8] {
        guard var form = table else { return Self.line(type, object.value) }
        let body = form.body([object], resourceVersion: object.resourceVersion)
        form.hasColumns = false
        table = form
        return Self.line(type, body)
    }

    private mutating func bookmark(_ version: String) -> [UInt8]? {
        guard sendsBookmarks else { return nil }
        var object = Manifest(
            ["kind": .string(kind.groupVersionKind.kind), "apiVersion": .string(kind.groupVersionKind.apiVersion)])
        object.value["metadata"] = ["resourceVersion": .string(version), "creationTimestamp": .null]
        if marksInitialEnd {
            object.value[path: "metadata", "annotations"] = ["k8s.io/initial-events-end": "true"]
            marksInitialEnd = false
        }
        guard let table else { return Self.line("BOOKMARK", object.value) }
        return Self.line("BOOKMARK", table.body([], resourceVersion: version))
    }

    static func failure(_ error: ClusterError) -> [UInt8] { line("ERROR", Answer.status(of: error)) }

    private static func line(_ type: String, _ object: Value) -> [UInt8] {
        Array("{\"type\":\"\(type)\",\"object\":".utf8) + JSON.emit(object) + Array("}\n".utf8)
    }
}
