import CMnl
import Glibc

/// A register's number of 32 bits, 0 to 15; a value of several words begins in one and goes on in the next ones.
package typealias NftablesRegister = UInt32

/// One step of an nftables rule (linux/netfilter/nf_tables.h); a comparison that fails ends the rule.
package enum NftablesExpression: Sendable, Hashable {
    /// Which header of a packet a payload is read from.
    package enum Header: UInt32, Sendable {
        case network = 1
        case transport = 2
    }

    /// What is known of a packet besides its bytes.
    package enum Meta: UInt32, Sendable {
        case inputName = 6
        case outputName = 7
        /// A number of 8 bits: 6 is TCP, 17 UDP.
        case transportProtocol = 16
    }

    /// What connection tracking knows.
    package enum Connection: UInt32, Sendable {
        /// `1 << 3` is a connection's first packet.
        case state = 0
        /// `1 << 5` is set once its destination was translated.
        case status = 2
    }

    /// Where a rule leads.
    package enum Verdict: Sendable, Hashable {
        case accept
        case drop
        /// Goes on in another chain, and does not come back.
        case goto(String)
    }

    case payload(Header, offset: UInt32, length: UInt32, into: NftablesRegister)
    case meta(Meta, into: NftablesRegister)
    case connection(Connection, into: NftablesRegister)
    /// The kind of the destination address: 2 is one of the machine's own.
    case destinationKind(into: NftablesRegister)
    /// Ands a register with a mask.
    case mask(NftablesRegister, [UInt8])
    case equal(NftablesRegister, [UInt8])
    case unequal(NftablesRegister, [UInt8])
    /// A number below `below`, by chance.
    case random(below: UInt32, into: NftablesRegister)
    /// Whether a set has the key.
    case contained(key: NftablesRegister, set: String)
    /// Puts a map's value for a key into a register; ends the rule when the map has none.
    case look(key: NftablesRegister, map: String, into: NftablesRegister)
    /// Goes where a verdict map says.
    case follow(key: NftablesRegister, map: String)
    case verdict(Verdict)
    /// Translates the destination to an address and a port.
    case translateDestination(address: NftablesRegister, port: NftablesRegister)
    /// Translates the source to the outgoing link's address.
    case masquerade
    /// Answers a TCP packet with a reset.
    case reset
    /// Answers with ICMP's "port unreachable".
    case unreachable

    /// Writes the step into a rule's list.
    func write(to batch: NetlinkBatch) {
        batch.nest(Int(NFTA_LIST_ELEM.rawValue)) { element in
            element.put(Int(NFTA_EXPR_NAME.rawValue), name)
            element.nest(Int(NFTA_EXPR_DATA.rawValue), writeData)
        }
    }

    private var name: String {
        switch self {
        case .payload: "payload"
        case .meta: "meta"
        case .connection: "ct"
        case .destinationKind: "fib"
        case .mask: "bitwise"
        case .equal, .unequal: "cmp"
        case .random: "numgen"
        case .contained, .look, .follow: "lookup"
        case .verdict: "immediate"
        case .translateDestination: "nat"
        case .masquerade: "masq"
        case .reset, .unreachable: "reject"
        }
    }

    private func writeData(_ data: NetlinkBatch) {
        switch self {
        case .payload, .meta, .connection, .destinationKind, .random: writeLoad(data)
        case .mask, .equal, .unequal: writeComparison(data)
        case .contained, .look, .follow: writeLookup(data)
        case .verdict(let verdict):
            data.put(Int(NFTA_IMMEDIATE_DREG.rawValue), big: UInt32(NFT_REG_VERDICT.rawValue))
            data.nest(Int(NFTA_IMMEDIATE_DATA.rawValue), verdict.write)
        case .translateDestination(let address, let port):
            data.put(Int(NFTA_NAT_TYPE.rawValue), big: UInt32(NFT_NAT_DNAT.rawValue))
            data.put(Int(NFTA_NAT_FAMILY.rawValue), big: UInt32(NftablesBatch.family))
            data.put(Int(NFTA_NAT_REG_ADDR_MIN.rawValue), big: word(address))
            data.put(Int(NFTA_NAT_REG_PROTO_MIN.rawValue), big: word(port))
        case .masquerade: break
        case .reset: data.put(Int(NFTA_REJECT_TYPE.rawValue), big: UInt32(NFT_REJECT_TCP_RST.rawValue))
        case .unreachable:
            data.put(Int(NFTA_REJECT_TYPE.rawValue), big: UInt32(NFT_REJECT_ICMP_UNREACH.rawValue))
            data.put(Int(NFTA_REJECT_ICMP_CODE.rawValue), UInt8(3))
        }
    }

    private func writeLoad(_ data: NetlinkBatch) {
        switch self {
        case .payload(let header, let offset, let length, let register):
            data.put(Int(NFTA_PAYLOAD_DREG.rawValue), big: word(register))
            data.put(Int(NFTA_PAYLOAD_BASE.rawValue), big: header.rawValue)
            data.put(Int(NFTA_PAYLOAD_OFFSET.rawValue), big: offset)
            data.put(Int(NFTA_PAYLOAD_LEN.rawValue), big: length)
        case .meta(let key, let register):
            data.put(Int(NFTA_META_DREG.rawValue), big: word(register))
            data.put(Int(NFTA_META_KEY.rawValue), big: key.rawValue)
        case .connection(let key, let register):
            data.put(Int(NFTA_CT_DREG.rawValue), big: word(register))
            data.put(Int(NFTA_CT_KEY.rawValue), big: key.rawValue)
        case .destinationKind(let register):
            data.put(Int(NFTA_FIB_DREG.rawValue), big: word(register))
            data.put(Int(NFTA_FIB_RESULT.rawValue), big: UInt32(NFT_FIB_RESULT_ADDRTYPE.rawValue))
            data.put(Int(NFTA_FIB_FLAGS.rawValue), big: UInt32(NFTA_FIB_F_DADDR.rawValue))
        case .random(let limit, let register):
            data.put(Int(NFTA_NG_DREG.rawValue), big: word(register))
            data.put(Int(NFTA_NG_MODULUS.rawValue), big: limit)
            data.put(Int(NFTA_NG_TYPE.rawValue), big: UInt32(NFT_NG_RANDOM.rawValue))
        default: break
        }
    }

    private func writeComparison(_ data: NetlinkBatch) {
        switch self {
        case .mask(let register, let mask):
            data.put(Int(NFTA_BITWISE_SREG.rawValue), big: word(register))
            data.put(Int(NFTA_BITWISE_DREG.rawValue), big: word(register))
            data.put(Int(NFTA_BITWISE_LEN.rawValue), big: UInt32(mask.count))
            data.nest(Int(NFTA_BITWISE_MASK.rawValue)) { $0.put(Int(NFTA_DATA_VALUE.rawValue), mask) }
            let zero = [UInt8](repeating: 0, count: mask.count)
            data.nest(Int(NFTA_BITWISE_XOR.rawValue)) { $0.put(Int(NFTA_DATA_VALUE.rawValue), zero) }
        case .equal(let register, let bytes), .unequal(let register, let bytes):
            var operation = NFT_CMP_EQ
            if case .unequal = self { operation = NFT_CMP_NEQ }
            data.put(Int(NFTA_CMP_SREG.rawValue), big: word(register))
            data.put(Int(NFTA_CMP_OP.rawValue), big: UInt32(operation.rawValue))
            data.nest(Int(NFTA_CMP_DATA.rawValue)) { $0.put(Int(NFTA_DATA_VALUE.rawValue), bytes) }
        default: break
        }
    }

    private func writeLookup(_ data: NetlinkBatch) {
        switch self {
        case .contained(let key, let set):
            data.put(Int(NFTA_LOOKUP_SET.rawValue), set)
            data.put(Int(NFTA_LOOKUP_SREG.rawValue), big: word(key))
        case .look(let key, let map, let register):
            data.put(Int(NFTA_LOOKUP_SET.rawValue), map)
            data.put(Int(NFTA_LOOKUP_SREG.rawValue), big: word(key))
            data.put(Int(NFTA_LOOKUP_DREG.rawValue), big: word(register))
        case .follow(let key, let map):
            data.put(Int(NFTA_LOOKUP_SET.rawValue), map)
            data.put(Int(NFTA_LOOKUP_SREG.rawValue), big: word(key))
            data.put(Int(NFTA_LOOKUP_DREG.rawValue), big: UInt32(NFT_REG_VERDICT.rawValue))
        default: break
        }
    }

    /// The kernel's number of a register of 32 bits.
    private func word(_ register: NftablesRegister) -> UInt32 {
        UInt32(NFT_REG32_00.rawValue) + register
    }
}

extension NftablesExpression.Verdict {
    func write(to data: NetlinkBatch) {
        data.nest(Int(NFTA_DATA_VERDICT.rawValue)) { verdict in
            let code: Int32 =
                switch self {
                case .drop: 0
                case .accept: 1
                case .goto: NFT_GOTO.rawValue
                }
            verdict.put(Int(NFTA_VERDICT_CODE.rawValue), big: code)
            if case .goto(let chain) = self { verdict.put(Int(NFTA_VERDICT_CHAIN.rawValue), chain) }
        }
    }
}
