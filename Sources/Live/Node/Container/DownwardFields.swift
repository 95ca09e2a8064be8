import Document
import Manifest

/// What a pod may be told of itself (the downward API).
struct DownwardFields: Sendable {
    let pod: PodSpec
    let podAddress: String
    let hostAddress: String
    /// The machine's cores in thousandths and memory in bytes: what a container without a limit may use.
    let capacity: (cpu: Int, memory: Int)

    /// The text of a `fieldRef` or `resourceFieldRef`, nil for a field that there is not.
    ///
    /// - Parameter source: the mapping that holds the reference.
    func value(_ source: Value, of container: ContainerDefinition?) -> String? {
        if let path = source[path: "fieldRef", "fieldPath"]?.string { return field(path) }
        if let reference = source["resourceFieldRef"] { return resource(reference, of: container) }
        return nil
    }

    func field(_ path: String) -> String? {
        switch path {
        case "metadata.name": return pod.name
        case "metadata.namespace": return pod.namespace
        case "metadata.uid": return pod.uid
        case "metadata.labels": return Self.lines(pod.manifest.labels)
        case "metadata.annotations": return Self.lines(pod.manifest.annotations)
        case "spec.nodeName": return pod.nodeName
        case "spec.serviceAccountName": return pod.serviceAccount
        case "status.hostIP", "status.hostIPs": return hostAddress
        case "status.podIP", "status.podIPs": return podAddress
        default: return entry(path)
        }
    }

    /// `metadata.labels['app']`.
    private func entry(_ path: String) -> String? {
        for (prefix, entries) in [
            ("metadata.labels['", pod.manifest.labels), ("metadata.annotations['", pod.manifest.annotations),
        ] where path.hasPrefix(prefix) && path.hasSuffix("']") {
            return entries[String(path.dropFirst(prefix.count).dropLast(2))] ?? ""
        }
        return nil
    }

    private func resource(_ reference: Value, of container: ContainerDefinition?) -> String? {
        let named = reference["containerName"]?.string.flatMap { pod.container($0) }
        guard let container = named ?? container, let resource = reference["resource"]?.string else { return nil }
        let parts = resource.split(separator: ".", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return nil }
        let amount = parts[0] == "limits" ? container.limit(parts[1]) : container.request(parts[1])
        let divisor = reference["divisor"].flatMap(Quantity.init)?.milliUnits ?? 0
        let effective = divisor > 0 ? divisor : 1000
        guard let thousandths = amount?.milliUnits ?? capacity(parts) else { return nil }
        return String((thousandths + effective - 1) / effective)
    }

    private func capacity(_ parts: [String]) -> Int? {
        switch parts[1] {
        case "cpu": parts[0] == "limits" ? capacity.cpu : 0
        case "memory": parts[0] == "limits" ? capacity.memory * 1000 : 0
        default: 0
        }
    }

    /// `key="value"`, one a line, quoted as Go does.
    private static func lines(_ entries: [String: String]) -> String {
        entries.sorted { $0.key < $1.key }.map { "\($0.key)=\(quoted($0.value))" }.joined(separator: "\n")
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
