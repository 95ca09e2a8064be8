import CMnl
import Glibc

/// A pair of virtual interfaces to be made (veth(4)).
package struct VethPair: Sendable {
    /// This end, in the socket's own namespace.
    package var name: String
    /// This end's link-layer address; the kernel's choice when nil, as is the other's.
    package var address: [UInt8]?
    /// The index of the bridge that this end becomes a port of.
    package var bridge: Int32?
    package var peer: String
    package var peerAddress: [UInt8]?
    /// The longest packet in bytes, on both ends; the kernel's 1500 when nil.
    package var mtu: UInt32?

    package init(
        name: String, address: [UInt8]? = nil, bridge: Int32? = nil, peer: String, peerAddress: [UInt8]? = nil,
        mtu: UInt32? = nil
    ) {
        self.mtu = mtu
        self.name = name
        self.address = address
        self.bridge = bridge
        self.peer = peer
        self.peerAddress = peerAddress
    }
}

/// rtnetlink(7) messages about links.
extension NetlinkBatch {
    /// Makes a veth pair, this end up, the peer in another namespace, in one step; the peer is taken up from within.
    ///
    /// - Parameter namespace: an open descriptor of the peer's namespace.
    package func makeVeth(_ pair: VethPair, peerIn namespace: Int32) {
        let up = ifinfomsg(
            ifi_family: 0, __ifi_pad: 0, ifi_type: 0, ifi_index: 0, ifi_flags: Self.up, ifi_change: Self.up)
        let flags = NLM_F_CREATE | NLM_F_EXCL
        message(RTM_NEWLINK, flags: flags, header: up, about: "link \(pair.name)") { link in
            link.put(IFLA_IFNAME, pair.name)
            if let mtu = pair.mtu { link.put(IFLA_MTU, mtu) }
            if let address = pair.address { link.put(IFLA_ADDRESS, address) }
            if let bridge = pair.bridge { link.put(IFLA_MASTER, bridge) }
            link.nest(IFLA_LINKINFO) { info in
                info.put(IFLA_INFO_KIND, "veth")
                info.nest(IFLA_INFO_DATA) { data in
                    data.nest(Self.vethPeer) { peer in
                        peer.raw(ifinfomsg())
                        peer.put(IFLA_IFNAME, pair.peer)
                        peer.put(IFLA_NET_NS_FD, namespace)
                        if let mtu = pair.mtu { peer.put(IFLA_MTU, mtu) }
                        if let address = pair.peerAddress { peer.put(IFLA_ADDRESS, address) }
                    }
                }
            }
        }
    }

    /// Makes a bridge with a link-layer address and takes it up; one of the name that is there already is `EEXIST`.
    package func makeBridge(_ name: String, address: [UInt8]) {
        let up = ifinfomsg(
            ifi_family: 0, __ifi_pad: 0, ifi_type: 0, ifi_index: 0, ifi_flags: Self.up, ifi_change: Self.up)
        let flags = NLM_F_CREATE | NLM_F_EXCL
        message(RTM_NEWLINK, flags: flags, header: up, about: "bridge \(name)") { link in
            link.put(IFLA_IFNAME, name)
            link.put(IFLA_ADDRESS, address)
            link.nest(IFLA_LINKINFO) { $0.put(IFLA_INFO_KIND, "bridge") }
        }
    }

    /// Names a port's purpose and cuts it off from the bridge's other ports: they reach each other through the machine
    /// alone, where addresses are translated and filtered, and none can answer in another's name.
    package func isolatePort(_ name: String, alias: String) {
        message(RTM_NEWLINK, flags: 0, header: ifinfomsg(), about: "port \(name)") { link in
            link.put(IFLA_IFNAME, name)
            link.put(IFLA_IFALIAS, alias)
            link.nest(IFLA_LINKINFO) { info in
                info.put(IFLA_INFO_SLAVE_KIND, "bridge")
                info.nest(IFLA_INFO_SLAVE_DATA) { port in
                    port.put(IFLA_BRPORT_ISOLATED, UInt8(1))
                    port.put(IFLA_BRPORT_LEARNING, UInt8(0))
                    port.put(IFLA_BRPORT_UNICAST_FLOOD, UInt8(0))
                }
            }
        }
    }

    /// Makes a link a port of a bridge.
    package func join(_ name: String, toBridge bridge: Int32) {
        message(RTM_NEWLINK, flags: 0, header: ifinfomsg(), about: "port \(name)") { link in
            link.put(IFLA_IFNAME, name)
            link.put(IFLA_MASTER, bridge)
        }
    }

    /// Takes a link up.
    package func takeUp(_ index: Int32) {
        let up = ifinfomsg(
            ifi_family: 0, __ifi_pad: 0, ifi_type: 0, ifi_index: index, ifi_flags: Self.up, ifi_change: Self.up)
        message(RTM_NEWLINK, flags: 0, header: up, about: "link \(index)")
    }

    /// Puts a link into a group, by which many are removed at once.
    package func setGroup(_ group: UInt32, ofLink name: String) {
        message(RTM_SETLINK, flags: 0, header: ifinfomsg(), about: "link \(name)") { link in
            link.put(IFLA_IFNAME, name)
            link.put(IFLA_GROUP, group)
        }
    }

    /// Removes a link; the kernel waits for every processor to forget it, which takes 30 ms and more.
    package func removeLink(_ name: String) {
        message(RTM_DELLINK, flags: 0, header: ifinfomsg(), about: "link \(name)") { $0.put(IFLA_IFNAME, name) }
    }

    /// Removes all links of a group, with one wait for them all; `ENODEV` when it has none.
    package func removeLinks(ofGroup group: UInt32) {
        message(RTM_DELLINK, flags: 0, header: ifinfomsg(), about: "links of group \(group)") {
            $0.put(IFLA_GROUP, group)
        }
    }

    private static let up = UInt32(IFF_UP)
    /// VETH_INFO_PEER of linux/veth.h.
    private static let vethPeer = 1
}

/// A network interface as the kernel lists it.
package struct NetworkLink: Sendable, Hashable {
    package var index: Int32
    package var name: String
    package var isUp: Bool
    /// The bridge that it is a port of.
    package var master: Int32?
    package var group: UInt32
    package var alias: String?
    /// The index of the other end, which may be in another namespace.
    package var peer: Int32?
    /// The longest packet in bytes.
    package var mtu: UInt32

    init?(_ message: NetlinkMessage) {
        guard message.type == RTM_NEWLINK, let header = message.header(as: ifinfomsg.self) else { return nil }
        let attributes = message.attributes(after: ifinfomsg.self)
        guard let name = attributes.text(IFLA_IFNAME) else { return nil }
        index = header.ifi_index
        self.name = name
        isUp = header.ifi_flags & UInt32(IFF_UP) != 0
        master = attributes.number(IFLA_MASTER, as: Int32.self)
        group = attributes.number(IFLA_GROUP, as: UInt32.self) ?? 0
        alias = attributes.text(IFLA_IFALIAS)
        peer = attributes.number(IFLA_LINK, as: Int32.self)
        mtu = attributes.number(IFLA_MTU, as: UInt32.self) ?? 0
    }
}

extension NetlinkSocket {
    /// All links of the socket's namespace.
    package func links() throws -> [NetworkLink] {
        let answers = try dump {
            $0.message(RTM_GETLINK, flags: NLM_F_DUMP, header: ifinfomsg(), about: "links")
        }
        return answers.compactMap { NetworkLink($0) }
    }

    /// The link of a name; nil when there is none.
    package func link(named name: String) throws -> NetworkLink? {
        let batch = NetlinkBatch()
        batch.message(RTM_GETLINK, flags: 0, header: ifinfomsg(), about: "link \(name)") { $0.put(IFLA_IFNAME, name) }
        return try send(batch, tolerating: [ENODEV]).compactMap { NetworkLink($0) }.first
    }
}
