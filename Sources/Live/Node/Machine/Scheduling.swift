import Document
import Manifest

/// Whether a pod may run on this machine, the only one there is.
enum Scheduling {
    /// Why not; nil when it may.
    static func refusal(of pod: Manifest, on machine: Machine) -> String? {
        let labels = labels(of: machine)
        let wanted = pod.spec?["nodeSelector"]?.dictionary ?? [:]
        let unmet = wanted.filter { labels[$0.key] != $0.value }.keys.sorted()
        guard let first = unmet.first else { return nil }
        return "0/1 nodes are available: 1 node(s) didn't match Pod's node selector (\(first)=\(wanted[first] ?? ""))."
    }

    /// The labels that every node has.
    static func labels(of machine: Machine) -> [String: String] {
        [
            "kubernetes.io/hostname": machine.name, "kubernetes.io/os": "linux",
            "kubernetes.io/arch": machine.architecture, "node.kubernetes.io/instance-type": "belay",
        ]
    }
}
