import Glibc
import System

/// A pod's link: made, verified, taken away.
struct PodLinks {
    let plan: AddressPlan
    /// rtnetlink of the node's namespace.
    let node: NetlinkSocket
    let bridge: Int32
    let mtu: UInt32?

    /// Joins a pod's namespace to the bridge.
    func make(_ address: IPv4Address, for pod: String, in namespace: NetworkNamespace) throws {
        let port = LinkNames.port(of: address)
        let hardware = LinkNames.hardware(of: address)
        let file = try namespace.open()
        let batch = NetlinkBatch()
        batch.makeVeth(
            VethPair(name: port, bridge: bridge, peer: LinkNames.pod, peerAddress: hardware, mtu: mtu),
            peerIn: file.raw)
        batch.isolatePort(port, alias: LinkNames.alias(of: pod))
        do {
            try node.send(batch)
        } catch let error as NetlinkError where error.code == EEXIST {
            // The sandbox still has a link that waits for its removal: now it is worth the wait.
            let removal = NetlinkBatch()
            removal.removeLinks(ofGroup: LinkNames.doomed)
            try node.send(removal, tolerating: [ENODEV])
            try node.send(batch)
        }
        try configure(address, in: namespace)
        try route(to: address, port: port)
    }

    /// Whether a namespace's `eth0` is the one made for `address`; its addresses and routes are put right if so.
    func verify(_ address: IPv4Address, in namespace: NetworkNamespace) throws -> Bool {
        let port = LinkNames.port(of: address)
        guard let near = try node.link(named: port), near.master == bridge else { return false }
        let far = try namespace.run { try NetlinkSocket(.route).link(named: LinkNames.pod) }
        guard let far, far.peer == near.index, near.peer == far.index else { return false }
        try configure(address, in: namespace)
        try route(to: address, port: port)
        return true
    }

    /// Joins a port to the bridge again that lost it.
    func rejoin(_ address: IPv4Address, alias: String) throws {
        let port = LinkNames.port(of: address)
        let batch = NetlinkBatch()
        batch.join(port, toBridge: bridge)
        batch.isolatePort(port, alias: alias)
        try node.send(batch)
        try route(to: address, port: port)
    }

    /// Cuts a pod off at once and marks its link for removal, which takes the kernel 30 ms.
    func doom(_ address: IPv4Address) throws {
        let batch = NetlinkBatch()
        batch.removeRoute(NetworkRoute(address.bits, prefix: 32, link: bridge))
        batch.removeNeighbour(address.bits, onLink: bridge)
        batch.setGroup(LinkNames.doomed, ofLink: LinkNames.port(of: address))
        try node.send(batch, tolerating: [ESRCH, ENOENT, ENODEV])
    }

    /// Inside the pod everything goes by way of the gateway, whose link-layer address is known from the start.
    private func configure(_ address: IPv4Address, in namespace: NetworkNamespace) throws {
        let gateway = plan.gateway
        try namespace.run {
            let socket = try NetlinkSocket(.route)
            guard let link = try socket.link(named: LinkNames.pod)?.index else {
                throw NetlinkError(ENODEV, subject: "link \(LinkNames.pod)")
            }
            let batch = NetlinkBatch()
            for index in [1, link] { batch.takeUp(index) }
            batch.setAddress(address.bits, prefix: 32, onLink: link)
            batch.setNeighbour(gateway.bits, is: LinkNames.hardware(of: gateway), onLink: link)
            batch.setRoute(NetworkRoute(gateway.bits, prefix: 32, link: link))
            batch.setRoute(NetworkRoute(0, prefix: 0, gateway: gateway.bits, link: link))
            try socket.send(batch)
        }
    }

    private func route(to address: IPv4Address, port: String) throws {
        let hardware = LinkNames.hardware(of: address)
        // To be asked for a link makes the kernel act on its carrier at once (since 6.13), not when its link watch gets
        // the lock for links; first the port, whose carrier is the bridge's.
        guard let index = try node.link(named: port)?.index, try node.link(named: LinkNames.bridge) != nil else {
            throw NetlinkError(ENODEV, subject: "link \(port)")
        }
        let batch = NetlinkBatch()
        batch.setPort(index, hasAddress: hardware)
        batch.setNeighbour(address.bits, is: hardware, onLink: bridge)
        batch.setRoute(NetworkRoute(address.bits, prefix: 32, link: bridge))
        try node.send(batch)
    }
}
