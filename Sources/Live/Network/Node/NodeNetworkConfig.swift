package import System

/// Where and how a node's network is made.
package struct NodeNetworkConfig: Sendable {
    /// Tells one Belay from another on this machine; its run folder unless said otherwise.
    package var instance: String
    /// What outlives a reboot: the address ranges.
    package var stateFolder: String
    /// What a reboot ends: the namespace's file, the former value of ip_forward.
    package var runFolder: String
    /// Chosen to shadow nothing of the host's when nil; give both or none.
    package var ranges: AddressPlan?
    package var domain = "cluster.local"
    /// The host's own network; the process's when nil.
    package var host: NetworkNamespace?
    /// Where the host's name servers are written.
    package var resolvConf = "/etc/resolv.conf"
    package var log = Log("network")

    package init(stateFolder: String, runFolder: String) {
        self.stateFolder = stateFolder
        self.runFolder = runFolder
        instance = runFolder
    }

    /// The node's namespace.
    var namespace: NetworkNamespace { NetworkNamespace(path: "\(runFolder)/namespace") }
    /// What ip_forward was.
    var forwardingFile: String { "\(runFolder)/ip_forward" }
    var rangesFile: String { "\(stateFolder)/ranges" }
    var lockFile: String { "\(runFolder)/lock" }
    var names: LinkNames { LinkNames(instance: instance) }
}
