import Document
package import Manifest
import Synchronization
package import System

/// Tells people what was done to an object, as Kubernetes' Events (`kubectl describe`, `kubectl get events`).
///
/// `record` is synchronous and never waits: a part that works must not be held up by its own words. Events that repeat
/// become one with a count; an object that makes too many is quiet for a while; none is ever worth a failure.
package final class EventRecorder: Sendable {
    /// `v1.Event`'s `type`.
    package enum Kind: String, Sendable {
        case normal = "Normal"
        case warning = "Warning"
    }

    struct Entry: Sendable, Hashable {
        var object: ObjectReference
        var kind: String
        var reason: String
        var message: String
    }

    private let cluster: any Cluster
    private let component: String
    private let host: String
    private let clock: WallClock
    private let log: Log
    private let entries: AsyncStream<Entry>
    private let input: AsyncStream<Entry>.Continuation

    /// - Parameters:
    ///   - component: who speaks: `deployment-controller`, `node`.
    ///   - host: the machine, where that matters.
    package init(_ cluster: any Cluster, component: String, host: String = "", clock: WallClock, log: Log) {
        self.cluster = cluster
        self.component = component
        self.host = host
        self.clock = clock
        self.log = log
        (entries, input) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1000))
    }

    /// Notes an event.
    ///
    /// - Parameter field: the part of the object that is meant: `spec.containers{web}`.
    package func record(
        _ kind: Kind, on object: Manifest, field: String = "", reason: String, _ message: String
    ) {
        let reference = ObjectReference(object, field: field)
        let text = String(decoding: message.utf8.prefix(1024), as: UTF8.self)
        input.yield(Entry(object: reference, kind: kind.rawValue, reason: reason, message: text))
    }

    /// Writes the events until the task is cancelled.
    package func run() async {
        var journal = EventJournal()
        for await entry in entries {
            guard let step = journal.take(entry, now: clock.now()) else { continue }
            do {
                journal.wrote(entry, try await write(step, of: entry))
            } catch {
                journal.forget(entry)
                log.debug("cannot write event \(entry.reason): \(error)")
            }
        }
    }

    private func write(_ step: EventJournal.Step, of entry: Entry) async throws -> Manifest {
        switch step {
        case .create:
            return try await cluster.create(event(for: entry), WriteOptions(fieldManager: component))
        case .count(var event, let count):
            event.value["count"] = .int(count)
            event.value["lastTimestamp"] = .string(clock.now().description)
            do {
                return try await cluster.update(event, WriteOptions(fieldManager: component))
            } catch let error as ClusterError where error.reason == .notFound || error.reason == .conflict {
                return try await cluster.create(self.event(for: entry), WriteOptions(fieldManager: component))
            }
        }
    }

    private func event(for entry: Entry) -> Manifest {
        let now = clock.now()
        let suffix = String(UInt64(bitPattern: now.nanoseconds), radix: 16)
        var event = Manifest(
            apiVersion: "v1", kind: "Event", name: "\(entry.object.name.prefix(236)).\(suffix)",
            namespace: entry.object.namespace ?? "default")
        event.value["involvedObject"] = entry.object.value
        event.value["reason"] = .string(entry.reason)
        event.value["message"] = .string(entry.message)
        event.value["source"] =
            host.isEmpty
            ? ["component": .string(component)] : ["component": .string(component), "host": .string(host)]
        event.value["firstTimestamp"] = .string(now.description)
        event.value["lastTimestamp"] = .string(now.description)
        event.value["count"] = 1
        event.value["type"] = .string(entry.kind)
        event.value["reportingComponent"] = .string(component)
        event.value["reportingInstance"] = .string(host)
        return event
    }
}

/// Which object an event is about (`v1.ObjectReference`).
struct ObjectReference: Sendable, Hashable {
    var apiVersion: String
    var kind: String
    var namespace: String?
    var name: String
    var uid: String
    var field: String

    init(_ object: Manifest, field: String) {
        apiVersion = object.apiVersion
        kind = object.kind
        namespace = object.namespace
        name = object.name
        uid = object.uid
        self.field = field
    }

    var value: Value {
        var value: Value = ["apiVersion": .string(apiVersion), "kind": .string(kind), "name": .string(name)]
        if let namespace { value["namespace"] = .string(namespace) }
        if !uid.isEmpty { value["uid"] = .string(uid) }
        if !field.isEmpty { value["fieldPath"] = .string(field) }
        return value
    }
}
