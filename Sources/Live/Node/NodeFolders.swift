/// Where the node keeps what it makes: under the state folder what a reboot survives, under the run folder what it ends.
package struct NodeFolders: Sendable, Hashable {
    /// `/var/lib/belay`, unless a service was told otherwise.
    package var state: String
    /// `/run/belay`.
    package var run: String

    package init(state: String, run: String) {
        self.state = state
        self.run = run
    }

    /// One folder a pod: its volumes and the files that are mounted over the image's.
    var pods: String { "\(state)/pods" }
    /// One folder a claim, which outlives pods.
    var claims: String { "\(state)/volumes" }
    /// Output in CRI form, laid out as kubelet does: `namespace_pod_uid/container/attempt.log`.
    var logs: String { "\(state)/logs" }
    /// In memory: secrets, and volumes that ask for it.
    var memory: String { "\(run)/volumes" }
    /// Folders of volumes that are mounted by themselves.
    var subPaths: String { "\(run)/subpaths" }

    func pod(_ uid: String) -> String { "\(pods)/\(uid)" }
    func volume(_ name: String, of uid: String) -> String { "\(pods)/\(uid)/volumes/\(name)" }
    func secrets(_ name: String, of uid: String) -> String { "\(memory)/secrets/\(uid)/\(name)" }
    func memory(_ name: String, of uid: String) -> String { "\(memory)/pods/\(uid)/\(name)" }
    func subPaths(of uid: String) -> String { "\(subPaths)/\(uid)" }
    func claim(namespace: String, name: String, uid: String) -> String { "\(claims)/\(namespace)_\(name)_\(uid)" }
    func logs(of pod: PodSpec) -> String { "\(logs)/\(pod.namespace)_\(pod.name)_\(pod.uid)" }

    func log(of pod: PodSpec, container: String, attempt: Int) -> String {
        "\(logs(of: pod))/\(container)/\(attempt).log"
    }

    func terminationLog(of pod: PodSpec, container: String, attempt: Int) -> String {
        "\(self.pod(pod.uid))/endings/\(container)-\(attempt)"
    }
}
