import Document
import Glibc
import System

/// The links, addresses and routes of a node's namespace and of the host's way to it.
struct NodeLinks {
    let config: NodeNetworkConfig
    let plan: AddressPlan
    /// rtnetlink of the host and of the node's namespace.
    let host: NetlinkSocket
    let node: NetlinkSocket
    /// What pods' packets may be as long as; nil where the host leads nowhere.
    let mtu: UInt32?

    /// The shortest limit among the links by which the host reaches the world: a pod that sends longer packets relies on
    /// messages that firewalls like to drop.
    static func mtu(of host: NetlinkSocket) throws -> UInt32? {
        let ways = Set(try host.routes().filter { $0.prefix == 0 }.compactMap(\.link))
        return try host.links().filter { ways.contains($0.index) && $0.mtu >= 576 }.map(\.mtu).min()
    }

    /// Makes what is missing, and leaves what is as it should be.
    ///
    /// - Returns: the bridge's index.
    func converge() throws -> Int32 {
        try setNode()
        let bridge = try makeBridge()
        let (near, far) = try makeUplink()
        let inside = NetlinkBatch()
        for link in [1, bridge, far] { inside.takeUp(link) }
        inside.setAddress(plan.gateway.bits, prefix: 32, onLink: bridge)
        inside.setAddress(plan.nodeEnd.bits, prefix: 30, onLink: far)
        inside.setNeighbour(plan.hostEnd.bits, is: LinkNames.hardware(of: plan.hostEnd), onLink: far)
        inside.setRoute(NetworkRoute(0, prefix: 0, gateway: plan.hostEnd.bits, link: far))
        // A pod's own route is narrower than this one, which answers at once for a pod that is not there.
        inside.setRoute(NetworkRoute(plan.pods.first.bits, prefix: plan.pods.prefix, link: nil))
        try node.send(inside)
        try setHost(near)
        // The carrier came with the other end: see PodLinks.
        _ = try host.link(named: config.names.host)
        return bridge
    }

    private func setNode() throws {
        let settings = Sysctl(namespace: config.namespace)
        try settings.set([
            "ipv4/ip_forward": "1",
            // Pods are sent back out of the link that they came from: that is meant, and no reason for a redirect.
            "ipv4/conf/all/send_redirects": "0", "ipv4/conf/default/send_redirects": "0",
            "ipv4/conf/all/accept_redirects": "0", "ipv4/conf/default/accept_redirects": "0",
            // Who claims a source address must be where the routes say that it is.
            "ipv4/conf/all/rp_filter": "1", "ipv4/conf/default/rp_filter": "1",
        ])
        try settings.set(
            [
                "ipv6/conf/all/disable_ipv6": "1", "ipv6/conf/default/disable_ipv6": "1",
                // What pods send is routed; translating it on the bridge already would pass by the ports' isolation.
                "bridge/bridge-nf-call-iptables": "0",
            ], optional: true)
    }

    private func makeBridge() throws -> Int32 {
        let batch = NetlinkBatch()
        batch.makeBridge(LinkNames.bridge, address: LinkNames.hardware(of: plan.gateway))
        try node.send(batch, tolerating: [EEXIST])
        return try index(of: LinkNames.bridge, on: node)
    }

    /// The veth between the host and the namespace; both ends come and go together.
    private func makeUplink() throws -> (near: Int32, far: Int32) {
        let name = config.names.host
        let near = try host.link(named: name)
        let far = try node.link(named: LinkNames.uplink)
        if let near, let far, near.peer == far.index, far.peer == near.index { return (near.index, far.index) }
        let batch = NetlinkBatch()
        // One that leads to a namespace that is gone disappears in its own time; it must not take the new one's name.
        if near != nil { batch.removeLink(name) }
        let namespace = try config.namespace.open()
        batch.makeVeth(
            VethPair(
                name: name, address: LinkNames.hardware(of: plan.hostEnd), peer: LinkNames.uplink,
                peerAddress: LinkNames.hardware(of: plan.nodeEnd), mtu: mtu),
            peerIn: namespace.raw)
        try host.send(batch, tolerating: [ENODEV])
        return (try index(of: name, on: host), try index(of: LinkNames.uplink, on: node))
    }

    private func setHost(_ link: Int32) throws {
        let name = config.names.host
        let settings = Sysctl(namespace: config.host)
        // 127.0.0.1 is answered for services with a port on the host: only this link may carry it, and nothing behind it
        // can send it, as the namespace drops what pods send there.
        try settings.set(["ipv4/conf/\(name)/route_localnet": "1", "ipv4/conf/\(name)/send_redirects": "0"])
        try settings.set(["ipv6/conf/\(name)/disable_ipv6": "1"], optional: true)
        let batch = NetlinkBatch()
        batch.setAddress(plan.hostEnd.bits, prefix: 30, onLink: link)
        batch.setNeighbour(plan.nodeEnd.bits, is: LinkNames.hardware(of: plan.nodeEnd), onLink: link)
        for range in [plan.pods, plan.services] {
            batch.setRoute(
                NetworkRoute(range.first.bits, prefix: range.prefix, gateway: plan.nodeEnd.bits, link: link))
        }
        try host.send(batch)
    }

    private func index(of name: String, on socket: NetlinkSocket) throws -> Int32 {
        guard let link = try socket.link(named: name) else {
            throw NetlinkError(ENODEV, subject: "link \(name)", detail: "it was there a moment ago")
        }
        return link.index
    }
}
