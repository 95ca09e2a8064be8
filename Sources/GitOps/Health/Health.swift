import Document
package import Manifest

/// How well an object is, and what a person should know about it.
package struct Health: Sendable, Hashable, CustomStringConvertible {
    /// The worst one of an application's objects is the application's.
    package enum State: String, Sendable, Comparable, CaseIterable {
        case healthy = "Healthy"
        case suspended = "Suspended"
        case progressing = "Progressing"
        case missing = "Missing"
        case degraded = "Degraded"

        package static func < (left: State, right: State) -> Bool { left.rank < right.rank }

        private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
    }

    package var state: State
    /// Why, in words that help; empty for a healthy object.
    package var message: String

    package init(_ state: State, _ message: String = "") {
        self.state = state
        self.message = message
    }

    package static let healthy = Health(.healthy)

    package var description: String {
        message.isEmpty ? state.rawValue : "\(state.rawValue): \(message)"
    }

    /// The worst of several; healthy when there are none.
    package static func worst(_ all: some Sequence<Health>) -> Health {
        all.reduce(.healthy) { $1.state > $0.state ? $1 : $0 }
    }
}

extension Health {
    /// Judges a live object.
    ///
    /// - Parameters:
    ///   - object: as the cluster has it.
    ///   - parts: objects that it owns, at any depth (a Deployment's ReplicaSets and Pods); they make the message tell
    ///     the cause and not the symptom.
    package static func of(_ object: Manifest, parts: [Manifest] = []) -> Health {
        if object.deletionTimestamp != nil { return Health(.progressing, "\(object.key.short) is being deleted") }
        let kind = object.groupVersionKind
        switch (kind.group, kind.kind) {
        case ("apps", "Deployment"): return deployment(object, parts)
        case ("apps", "ReplicaSet"): return replicaSet(object, parts)
        case ("apps", "StatefulSet"), ("apps", "DaemonSet"): return replicaSet(object, parts)
        case ("batch", "Job"): return job(object, parts)
        case ("", "Pod"): return pod(object)
        case ("", "PersistentVolumeClaim"): return claim(object)
        case ("", "Namespace"): return .healthy
        default: return byConditions(object)
        }
    }

    /// An object whose status speaks of an older generation than its spec is still being looked at.
    private static func isStale(_ object: Manifest) -> Bool {
        guard let observed = object.status?["observedGeneration"]?.int else { return object.generation > 0 }
        return observed < object.generation
    }

    private static func deployment(_ object: Manifest, _ parts: [Manifest]) -> Health {
        if object.spec?["paused"]?.bool == true { return Health(.suspended, "the rollout is paused") }
        if isStale(object) { return Health(.progressing, "waits for its controller") }
        let wanted = object.spec?["replicas"]?.int ?? 1
        let status = object.status
        let parts = newest(parts)
        if let stuck = condition("Progressing", of: object), stuck["reason"]?.string == "ProgressDeadlineExceeded" {
            return Health(.degraded, withCause("the rollout has not moved within its deadline", parts))
        }
        let updated = status?["updatedReplicas"]?.int ?? 0
        let total = status?["replicas"]?.int ?? 0
        let available = status?["availableReplicas"]?.int ?? 0
        if updated < wanted {
            return unready("\(updated) of \(wanted) pods have the new version", parts)
        }
        if total > updated {
            return unready("\(total - updated) pods of the old version are still there", parts)
        }
        if available < wanted {
            return unready("\(available) of \(wanted) pods are available", parts)
        }
        return .healthy
    }

    /// The ReplicaSet of a Deployment's latest revision and its pods: a rollout is judged by what it brings, not by the
    /// version that it replaces.
    private static func newest(_ parts: [Manifest]) -> [Manifest] {
        let sets = parts.filter { $0.kind == "ReplicaSet" }
        guard let latest = sets.max(by: { revision(of: $0) < revision(of: $1) }) else { return parts }
        return parts.filter { $0.uid == latest.uid || $0.controller?.uid == latest.uid }
    }

    private static func revision(of set: Manifest) -> Int {
        set.annotations["deployment.kubernetes.io/revision"].flatMap { Int($0) } ?? 0
    }

    private static func replicaSet(_ object: Manifest, _ parts: [Manifest]) -> Health {
        if isStale(object) { return Health(.progressing, "waits for its controller") }
        let wanted = object.spec?["replicas"]?.int ?? object.status?["desiredNumberScheduled"]?.int ?? 1
        let ready = object.status?["readyReplicas"]?.int ?? object.status?["numberReady"]?.int ?? 0
        return ready < wanted ? unready("\(ready) of \(wanted) pods are ready", parts) : .healthy
    }

    private static func job(_ object: Manifest, _ parts: [Manifest]) -> Health {
        if let failed = condition("Failed", of: object), failed["status"]?.string == "True" {
            return Health(.degraded, withCause(failed["message"]?.string ?? "the job has failed", parts))
        }
        if let complete = condition("Complete", of: object), complete["status"]?.string == "True" { return .healthy }
        if object.spec?["suspend"]?.bool == true { return Health(.suspended, "the job is suspended") }
        let active = object.status?["active"]?.int ?? 0
        return unready(active == 0 ? "waits for its first pod" : "\(active) pods at work", parts)
    }

    private static func claim(_ object: Manifest) -> Health {
        switch object.status?["phase"]?.string {
        case "Bound": .healthy
        case "Lost": Health(.degraded, "its volume is gone")
        default: Health(.progressing, "waits for a volume")
        }
    }

    /// Objects of other kinds are well unless their `Ready` or `Available` condition says no.
    private static func byConditions(_ object: Manifest) -> Health {
        for type in ["Ready", "Available"] {
            guard let found = condition(type, of: object), found["status"]?.string == "False" else { continue }
            return Health(.progressing, found["message"]?.string ?? "\(type) is False")
        }
        return .healthy
    }

    /// Not there yet: degraded when a pod says that waiting will not help.
    private static func unready(_ symptom: String, _ parts: [Manifest]) -> Health {
        let failing = parts.filter { $0.kind == "Pod" }.map(pod).contains { $0.state == .degraded }
        return Health(failing ? .degraded : .progressing, withCause(symptom, parts))
    }

    private static func withCause(_ symptom: String, _ parts: [Manifest]) -> String {
        let pods = parts.filter { $0.kind == "Pod" && $0.deletionTimestamp == nil }.sorted { $0.name < $1.name }
        let judged = pods.map { (name: $0.name, health: pod($0)) }.filter { $0.health.state != .healthy }
        guard let worst = judged.max(by: { $0.health.state < $1.health.state }), !worst.health.message.isEmpty else {
            return symptom
        }
        return "\(symptom); pod \(worst.name): \(worst.health.message)"
    }

    static func condition(_ type: String, of object: Manifest) -> Value? {
        object.status?["conditions"]?.items?.first { $0["type"]?.string == type }
    }
}
