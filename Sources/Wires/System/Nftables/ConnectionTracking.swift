import CMnl
import Glibc

/// A flow that the kernel's connection tracking knows, as its first packet went; addresses are in host order.
package struct TrackedFlow: Sendable, Hashable {
    package var source: UInt32
    package var sourcePort: UInt16
    package var destination: UInt32
    package var destinationPort: UInt16
    /// 6 is TCP, 17 UDP.
    package var transport: UInt8
    /// Who answers: not `destination` where that was translated.
    package var answerer: UInt32
    package var answererPort: UInt16

    init?(_ message: NetlinkMessage) {
        let attributes = message.attributes(after: nfgenmsg.self)
        guard let original = Tuple(attributes.nested(Int(CTA_TUPLE_ORIG.rawValue))),
            let reply = Tuple(attributes.nested(Int(CTA_TUPLE_REPLY.rawValue)))
        else { return nil }
        source = original.source
        sourcePort = original.sourcePort
        destination = original.destination
        destinationPort = original.destinationPort
        transport = original.transport
        answerer = reply.source
        answererPort = reply.sourcePort
    }

    private struct Tuple {
        let source: UInt32
        let destination: UInt32
        let sourcePort: UInt16
        let destinationPort: UInt16
        let transport: UInt8

        init?(_ attributes: NetlinkAttributes?) {
            guard let address = attributes?.nested(Int(CTA_TUPLE_IP.rawValue)),
                let proto = attributes?.nested(Int(CTA_TUPLE_PROTO.rawValue)),
                let source = address.number(Int(CTA_IP_V4_SRC.rawValue), as: UInt32.self),
                let destination = address.number(Int(CTA_IP_V4_DST.rawValue), as: UInt32.self),
                let transport = proto.number(Int(CTA_PROTO_NUM.rawValue), as: UInt8.self),
                let sourcePort = proto.number(Int(CTA_PROTO_SRC_PORT.rawValue), as: UInt16.self),
                let destinationPort = proto.number(Int(CTA_PROTO_DST_PORT.rawValue), as: UInt16.self)
            else { return nil }
            self.source = source.bigEndian
            self.destination = destination.bigEndian
            self.transport = transport
            self.sourcePort = sourcePort.bigEndian
            self.destinationPort = destinationPort.bigEndian
        }
    }
}

extension NetlinkSocket {
    /// The IPv4 flows with ports that the socket's namespace tracks.
    package func trackedFlows() throws -> [TrackedFlow] {
        let answers = try dump {
            $0.message(
                Self.tracking(IPCTNL_MSG_CT_GET), flags: NLM_F_DUMP,
                header: NftablesBatch.header(NftablesBatch.family), about: "tracked flows")
        }
        return answers.compactMap { TrackedFlow($0) }
    }

    /// Forgets flows: their next packets are looked at as first ones. What is gone already is fine.
    package func forget(_ flows: [TrackedFlow]) throws {
        // Refusals wait in the receive buffer, which holds a few hundred.
        for start in stride(from: 0, to: flows.count, by: 100) {
            let batch = NetlinkBatch()
            for flow in flows[start..<min(start + 100, flows.count)] { batch.forget(flow) }
            try send(batch, tolerating: [ENOENT])
        }
    }

    fileprivate static func tracking(_ message: cntl_msg_types) -> Int {
        Int(NFNL_SUBSYS_CTNETLINK) << 8 | Int(message.rawValue)
    }
}

extension NetlinkBatch {
    fileprivate func forget(_ flow: TrackedFlow) {
        message(
            NetlinkSocket.tracking(IPCTNL_MSG_CT_DELETE), flags: 0,
            header: NftablesBatch.header(NftablesBatch.family), about: "tracked flow"
        ) { message in
            message.nest(Int(CTA_TUPLE_ORIG.rawValue)) { tuple in
                tuple.nest(Int(CTA_TUPLE_IP.rawValue)) { address in
                    address.put(Int(CTA_IP_V4_SRC.rawValue), big: flow.source)
                    address.put(Int(CTA_IP_V4_DST.rawValue), big: flow.destination)
                }
                tuple.nest(Int(CTA_TUPLE_PROTO.rawValue)) { proto in
                    proto.put(Int(CTA_PROTO_NUM.rawValue), flow.transport)
                    proto.put(Int(CTA_PROTO_SRC_PORT.rawValue), big: flow.sourcePort)
                    proto.put(Int(CTA_PROTO_DST_PORT.rawValue), big: flow.destinationPort)
                }
            }
        }
    }
}
