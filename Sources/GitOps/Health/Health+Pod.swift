import Document
import Manifest

extension Health {
    /// Reasons for which a container waits and that time alone does not mend.
    private static let hopeless: Set<String> = [
        "CrashLoopBackOff", "ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull",
        "CreateContainerConfigError", "CreateContainerError", "RunContainerError",
    ]

    /// Judges one pod by its phase and its containers.
    static func pod(_ object: Manifest) -> Health {
        switch object.status?["phase"]?.string {
        case "Succeeded": return .healthy
        case "Failed":
            let message = object.status?["message"]?.string ?? object.status?["reason"]?.string
            return Health(.degraded, failedContainer(of: object) ?? message ?? "has failed")
        default: break
        }
        if let waiting = waitingContainer(of: object) { return waiting }
        if condition("Ready", of: object)?["status"]?.string == "True" { return .healthy }
        if let reason = condition("PodScheduled", of: object), reason["status"]?.string == "False" {
            return Health(.progressing, reason["message"]?.string ?? "waits for a node")
        }
        return Health(.progressing, unreadyContainers(of: object))
    }

    private static func containers(of object: Manifest) -> [Value] {
        let fields = ["initContainerStatuses", "containerStatuses"]
        return fields.flatMap { object.status?[$0]?.items ?? [] }
    }

    private static func waitingContainer(of object: Manifest) -> Health? {
        for container in containers(of: object) {
            guard let waiting = container[path: "state", "waiting"], let reason = waiting["reason"]?.string,
                hopeless.contains(reason)
            else { continue }
            let name = container["name"]?.string ?? "?"
            let detail = waiting["message"]?.string.map { ": \($0)" } ?? ""
            return Health(.degraded, "container \(name): \(reason)\(detail)\(lastExit(of: container))")
        }
        return nil
    }

    private static func lastExit(of container: Value) -> String {
        guard let last = container[path: "lastState", "terminated"], let code = last["exitCode"]?.int else { return "" }
        return " (last exit: code \(code), \(last["reason"]?.string ?? "Error"))"
    }

    private static func failedContainer(of object: Manifest) -> String? {
        for container in containers(of: object) {
            guard let ended = container[path: "state", "terminated"], let code = ended["exitCode"]?.int, code != 0
            else { continue }
            return "container \(container["name"]?.string ?? "?") ended with code \(code) "
                + "(\(ended["reason"]?.string ?? "Error"))"
        }
        return nil
    }

    private static func unreadyContainers(of object: Manifest) -> String {
        let unready = containers(of: object).filter { $0["ready"]?.bool != true }.compactMap { $0["name"]?.string }
        return unready.isEmpty ? "waits to start" : "not ready yet: \(unready.joined(separator: ", "))"
    }
}
