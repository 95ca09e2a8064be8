import CMnl
import Glibc

/// rtnetlink(7) messages about IPv4 addresses, neighbours and routes; addresses are numbers in host order.
extension NetlinkBatch {
    /// Gives a link an address; one that it has already is fine.
    package func setAddress(_ address: UInt32, prefix: UInt8, onLink index: Int32) {
        let header = ifaddrmsg(
            ifa_family: UInt8(AF_INET), ifa_prefixlen: prefix, ifa_flags: 0, ifa_scope: 0, ifa_index: UInt32(index))
        let flags = NLM_F_CREATE | NLM_F_REPLACE
        message(RTM_NEWADDR, flags: flags, header: header, about: "address \(dotted(address))") {
            $0.put(Int(IFA_LOCAL), big: address)
            $0.put(Int(IFA_ADDRESS), big: address)
        }
    }

    /// Fixes the link-layer address of a neighbour, so that nobody is asked for it and nobody can answer for another.
    package func setNeighbour(_ address: UInt32, is hardware: [UInt8], onLink index: Int32) {
        let header = ndmsg(
            ndm_family: UInt8(AF_INET), ndm_pad1: 0, ndm_pad2: 0, ndm_ifindex: index, ndm_state: UInt16(NUD_PERMANENT),
            ndm_flags: 0, ndm_type: 0)
        let flags = NLM_F_CREATE | NLM_F_REPLACE
        message(RTM_NEWNEIGH, flags: flags, header: header, about: "neighbour \(dotted(address))") {
            $0.put(NDA_DST, big: address)
            $0.put(NDA_LLADDR, hardware)
        }
    }

    /// Forgets a neighbour.
    package func removeNeighbour(_ address: UInt32, onLink index: Int32) {
        let header = ndmsg(
            ndm_family: UInt8(AF_INET), ndm_pad1: 0, ndm_pad2: 0, ndm_ifindex: index, ndm_state: 0, ndm_flags: 0,
            ndm_type: 0)
        message(RTM_DELNEIGH, flags: 0, header: header, about: "neighbour \(dotted(address))") {
            $0.put(NDA_DST, big: address)
        }
    }

    /// Tells a bridge which port a link-layer address is behind.
    package func setPort(_ index: Int32, hasAddress hardware: [UInt8]) {
        let header = ndmsg(
            ndm_family: UInt8(AF_BRIDGE), ndm_pad1: 0, ndm_pad2: 0, ndm_ifindex: index,
            ndm_state: UInt16(NUD_PERMANENT), ndm_flags: UInt8(NTF_MASTER), ndm_type: 0)
        let flags = NLM_F_CREATE | NLM_F_REPLACE
        message(RTM_NEWNEIGH, flags: flags, header: header, about: "bridge port \(index)") {
            $0.put(NDA_LLADDR, hardware)
        }
    }

    /// Adds a route to the main table, or changes the one that is there.
    package func setRoute(_ route: NetworkRoute) {
        message(
            RTM_NEWROUTE, flags: NLM_F_CREATE | NLM_F_REPLACE, header: route.header,
            about: "route \(route)", route.write)
    }

    /// Removes a route; `ESRCH` when there is none like it.
    package func removeRoute(_ route: NetworkRoute) {
        var header = route.header
        // Whatever scope and maker it has.
        header.rtm_scope = UInt8(RT_SCOPE_NOWHERE.rawValue)
        header.rtm_protocol = 0
        message(RTM_DELROUTE, flags: 0, header: header, about: "route \(route)", route.write)
    }
}

/// An IPv4 route; addresses are numbers in host order.
package struct NetworkRoute: Sendable, Hashable, CustomStringConvertible {
    package var destination: UInt32
    package var prefix: UInt8
    package var gateway: UInt32?
    /// The link that it leaves by; nil for one that answers "unreachable".
    package var link: Int32?

    package init(_ destination: UInt32, prefix: UInt8, gateway: UInt32? = nil, link: Int32?) {
        self.destination = destination
        self.prefix = prefix
        self.gateway = gateway
        self.link = link
    }

    init?(_ message: NetlinkMessage) {
        guard message.type == RTM_NEWROUTE, let header = message.header(as: rtmsg.self), header.rtm_family == AF_INET
        else { return nil }
        let attributes = message.attributes(after: rtmsg.self)
        prefix = header.rtm_dst_len
        destination = attributes.number(Int(RTA_DST.rawValue), as: UInt32.self)?.bigEndian ?? 0
        gateway = attributes.number(Int(RTA_GATEWAY.rawValue), as: UInt32.self)?.bigEndian
        link = attributes.number(Int(RTA_OIF.rawValue), as: Int32.self)
    }

    package var description: String { "\(dotted(destination))/\(prefix)" }

    fileprivate var header: rtmsg {
        rtmsg(
            rtm_family: UInt8(AF_INET), rtm_dst_len: prefix, rtm_src_len: 0, rtm_tos: 0,
            rtm_table: UInt8(RT_TABLE_MAIN.rawValue), rtm_protocol: UInt8(RTPROT_STATIC),
            rtm_scope: UInt8((gateway == nil && link != nil ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE).rawValue),
            rtm_type: UInt8(link == nil ? RTN_UNREACHABLE : RTN_UNICAST), rtm_flags: 0)
    }

    fileprivate func write(_ batch: NetlinkBatch) {
        batch.put(Int(RTA_DST.rawValue), big: destination)
        if let gateway { batch.put(Int(RTA_GATEWAY.rawValue), big: gateway) }
        if let link { batch.put(Int(RTA_OIF.rawValue), link) }
    }
}

extension NetlinkSocket {
    /// The IPv4 routes of the socket's namespace, of every table: those to its own addresses too.
    package func routes() throws -> [NetworkRoute] {
        let header = rtmsg(
            rtm_family: UInt8(AF_INET), rtm_dst_len: 0, rtm_src_len: 0, rtm_tos: 0, rtm_table: 0, rtm_protocol: 0,
            rtm_scope: 0, rtm_type: 0, rtm_flags: 0)
        let answers = try dump { $0.message(RTM_GETROUTE, flags: NLM_F_DUMP, header: header, about: "routes") }
        return answers.compactMap { NetworkRoute($0) }
    }
}

private func dotted(_ address: UInt32) -> String {
    "\(address >> 24).\(address >> 16 & 255).\(address >> 8 & 255).\(address & 255)"
}
