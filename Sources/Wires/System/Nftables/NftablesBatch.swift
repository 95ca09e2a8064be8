import CMnl
import Glibc

/// One transaction on one table of nftables' `ip` family: all of it comes into force at once, or nothing.
package final class NftablesBatch {
    private let batch = NetlinkBatch()
    private let table: String
    private var sets: UInt32 = 0

    /// NFPROTO_IPV4 of linux/netfilter.h, whose header clashes with those of the C library.
    static let family: UInt8 = 2

    /// - Parameter table: its name.
    package init(table: String) {
        self.table = table
        batch.message(
            Int(NFNL_MSG_BATCH_BEGIN), flags: 0, header: Self.header(UInt8(AF_UNSPEC), subsystem: true),
            about: "transaction")
    }

    /// The messages so far, as they will be sent.
    package var bytes: [UInt8] { get throws { try batch.withBytes { Array($0) } } }

    /// Carries the transaction out.
    ///
    /// - Throws: `NetlinkError` for the first thing that the kernel refused; then nothing of it is in force.
    package func commit(on socket: NetlinkSocket) throws {
        if batch.count == 1 { return }
        // Whatever fails is answered, the commit itself too.
        batch.message(
            Int(NFNL_MSG_BATCH_END), flags: 0, header: Self.header(UInt8(AF_UNSPEC), subsystem: true),
            about: "transaction")
        try socket.send(batch)
    }

    /// Makes the table; one that is there keeps its note.
    ///
    /// - Parameter note: up to 120 bytes that are kept with it; `nft` shows them as its comment.
    package func addTable(note: String) {
        add(NFT_MSG_NEWTABLE, flags: NLM_F_CREATE, about: "table \(table)") { message in
            message.put(Int(NFTA_TABLE_NAME.rawValue), table)
            // A comment as libnftnl writes it: type 0, length, text with its zero.
            let text = Array(note.utf8.prefix(120)) + [0]
            message.put(Int(NFTA_TABLE_USERDATA.rawValue), [0, UInt8(text.count)] + text)
        }
    }

    /// Removes the table with all that is in it.
    package func removeTable() {
        add(NFT_MSG_DELTABLE, about: "table \(table)") { $0.put(Int(NFTA_TABLE_NAME.rawValue), table) }
    }

    /// Where in the kernel's path of a packet a chain is run.
    package struct Hook: Sendable {
        package enum Place: UInt32, Sendable {
            case prerouting, input, forward, output, postrouting
        }

        package var kind: String
        package var place: Place
        package var priority: Int32

        /// Translation of destinations, and of sources after routing, at the usual priorities.
        package static func translation(_ place: Place) -> Hook {
            Hook(kind: "nat", place: place, priority: place == .postrouting ? 100 : -100)
        }

        /// Letting through or not, at the usual priority.
        package static func filter(_ place: Place) -> Hook {
            Hook(kind: "filter", place: place, priority: 0)
        }
    }

    /// Makes a chain; one with a hook is run by the kernel, others from rules.
    package func addChain(_ name: String, at hook: Hook? = nil) {
        add(NFT_MSG_NEWCHAIN, flags: NLM_F_CREATE, about: "chain \(name)") { message in
            message.put(Int(NFTA_CHAIN_TABLE.rawValue), table)
            message.put(Int(NFTA_CHAIN_NAME.rawValue), name)
            guard let hook else { return }
            message.nest(Int(NFTA_CHAIN_HOOK.rawValue)) { place in
                place.put(Int(NFTA_HOOK_HOOKNUM.rawValue), big: hook.place.rawValue)
                place.put(Int(NFTA_HOOK_PRIORITY.rawValue), big: hook.priority)
            }
            message.put(Int(NFTA_CHAIN_TYPE.rawValue), hook.kind)
        }
    }

    /// Appends a rule.
    package func addRule(to chain: String, _ expressions: [NftablesExpression]) {
        add(NFT_MSG_NEWRULE, flags: NLM_F_CREATE | NLM_F_APPEND, about: "rule of \(chain)") { message in
            message.put(Int(NFTA_RULE_TABLE.rawValue), table)
            message.put(Int(NFTA_RULE_CHAIN.rawValue), chain)
            message.nest(Int(NFTA_RULE_EXPRESSIONS.rawValue)) { list in
                for expression in expressions { expression.write(to: list) }
            }
        }
    }

    /// Takes all rules out of a chain.
    package func clearChain(_ name: String) {
        add(NFT_MSG_DELRULE, about: "chain \(name)") { message in
            message.put(Int(NFTA_RULE_TABLE.rawValue), table)
            message.put(Int(NFTA_RULE_CHAIN.rawValue), name)
        }
    }

    /// Makes a set or a map.
    package func addSet(_ set: NftablesSet) {
        sets += 1
        add(NFT_MSG_NEWSET, flags: NLM_F_CREATE, about: "set \(set.name)") { message in
            message.put(Int(NFTA_SET_TABLE.rawValue), table)
            message.put(Int(NFTA_SET_NAME.rawValue), set.name)
            message.put(Int(NFTA_SET_ID.rawValue), big: sets)
            message.put(Int(NFTA_SET_KEY_TYPE.rawValue), big: NftablesSet.type(of: set.key))
            message.put(Int(NFTA_SET_KEY_LEN.rawValue), big: UInt32(set.key.count * 4))
            switch set.value {
            case .none: break
            case .verdict:
                message.put(Int(NFTA_SET_FLAGS.rawValue), big: UInt32(NFT_SET_MAP.rawValue))
                message.put(Int(NFTA_SET_DATA_TYPE.rawValue), big: UInt32(0xffff_ff00))
            case .fields(let fields):
                message.put(Int(NFTA_SET_FLAGS.rawValue), big: UInt32(NFT_SET_MAP.rawValue))
                message.put(Int(NFTA_SET_DATA_TYPE.rawValue), big: NftablesSet.type(of: fields))
                message.put(Int(NFTA_SET_DATA_LEN.rawValue), big: UInt32(fields.count * 4))
            }
        }
    }

    /// Takes everything out of a set or map.
    package func clearSet(_ name: String) {
        add(NFT_MSG_DELSETELEM, about: "set \(name)") { message in
            message.put(Int(NFTA_SET_ELEM_LIST_TABLE.rawValue), table)
            message.put(Int(NFTA_SET_ELEM_LIST_SET.rawValue), name)
        }
    }

    /// Puts elements into a set or map.
    package func add(_ elements: [NftablesElement], to set: String) {
        change(NFT_MSG_NEWSETELEM, flags: NLM_F_CREATE, elements, of: set)
    }

    /// Takes elements out of a set or map; each must be there.
    package func remove(_ elements: [NftablesElement], from set: String) {
        change(NFT_MSG_DELSETELEM, flags: 0, elements, of: set)
    }

    private func change(
        _ type: nf_tables_msg_types, flags: Int32, _ elements: [NftablesElement], of set: String
    ) {
        // A list of elements is one attribute, whose length has 16 bits; an element takes at most about 100 bytes.
        for start in stride(from: 0, to: elements.count, by: 400) {
            add(type, flags: flags, about: "elements of \(set)") { message in
                message.put(Int(NFTA_SET_ELEM_LIST_TABLE.rawValue), table)
                message.put(Int(NFTA_SET_ELEM_LIST_SET.rawValue), set)
                message.nest(Int(NFTA_SET_ELEM_LIST_ELEMENTS.rawValue)) { list in
                    for element in elements[start..<min(start + 400, elements.count)] { element.write(to: list) }
                }
            }
        }
    }

    private func add(
        _ type: nf_tables_msg_types, flags: Int32 = 0, about subject: String,
        _ attributes: (NetlinkBatch) -> Void = { _ in }
    ) {
        batch.message(
            Self.type(type), flags: flags, header: Self.header(Self.family), about: subject, attributes)
    }

    static func type(_ message: nf_tables_msg_types) -> Int {
        Int(NFNL_SUBSYS_NFTABLES) << 8 | Int(message.rawValue)
    }

    static func header(_ family: UInt8, subsystem: Bool = false) -> nfgenmsg {
        let resource = subsystem ? UInt16(NFNL_SUBSYS_NFTABLES).bigEndian : 0
        return nfgenmsg(nfgen_family: family, version: UInt8(NFNETLINK_V0), res_id: resource)
    }
}

extension NetlinkSocket {
    /// The notes of the tables of the `ip` family, by table.
    package func nftablesNotes() throws -> [String: String] {
        let answers = try dump {
            $0.message(
                NftablesBatch.type(NFT_MSG_GETTABLE), flags: NLM_F_DUMP,
                header: NftablesBatch.header(NftablesBatch.family), about: "tables")
        }
        let tables = answers.compactMap { answer -> (String, String)? in
            let attributes = answer.attributes(after: nfgenmsg.self)
            guard let name = attributes.text(Int(NFTA_TABLE_NAME.rawValue)) else { return nil }
            let note = attributes[Int(NFTA_TABLE_USERDATA.rawValue)]?.dropFirst(2).prefix { $0 != 0 } ?? []
            return (name, String(decoding: note, as: UTF8.self))
        }
        return Dictionary(tables, uniquingKeysWith: { first, _ in first })
    }
}
