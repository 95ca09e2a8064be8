import CLDNS
import Glibc

/// A question that came over the wire, read by ldns (RFC 1035 §4, RFC 6891).
struct DNSQuestion: Sendable, Equatable {
    /// Why a message gets no answer to its question.
    enum Refusal: Error, Equatable {
        /// It gets none at all: it is no query, or not even a header.
        case silence
        /// It gets an answer with this code (RFC 1035 §4.1.1).
        case code(UInt8)
    }

    let id: UInt16
    /// As it was written, upper and lower case kept.
    let wire: [UInt8]
    let type: UInt16
    let isRecursive: Bool
    /// Bytes that the asker takes in one datagram.
    let datagramLimit: Int
    let hasExtensions: Bool

    var name: DNSName { DNSName(wire: wire) }

    /// - Throws: `Refusal`.
    init(_ message: [UInt8]) throws(Refusal) {
        guard message.count >= 12, message[2] & 0x80 == 0 else { throw .silence }
        var packet: UnsafeMutablePointer<ldns_pkt>?
        guard ldns_wire2pkt(&packet, message, message.count) == LDNS_STATUS_OK, let packet else { throw .code(1) }
        defer { ldns_pkt_free(packet) }
        guard ldns_pkt_get_opcode(packet) == LDNS_PACKET_QUERY else { throw .code(4) }
        let questions = ldns_pkt_question(packet)
        guard ldns_rr_list_rr_count(questions) == 1, let question = ldns_rr_list_rr(questions, 0),
            let owner = ldns_rr_owner(question), let data = ldns_rdf_data(owner)
        else { throw .code(1) }
        let kind = ldns_rr_get_class(question)
        guard kind == LDNS_RR_CLASS_IN || kind == LDNS_RR_CLASS_ANY else { throw .code(5) }
        id = ldns_pkt_id(packet)
        wire = Array(UnsafeBufferPointer(start: data, count: min(ldns_rdf_size(owner), 255)))
        type = UInt16(truncatingIfNeeded: ldns_rr_get_type(question).rawValue)
        isRecursive = ldns_pkt_rd(packet) != 0
        hasExtensions = ldns_pkt_edns(packet) != 0
        datagramLimit = hasExtensions ? min(max(Int(ldns_pkt_edns_udp_size(packet)), 512), 1232) : 512
    }
}

/// An answer of the node's own, written by ldns.
struct DNSReply: Sendable {
    /// Seconds that an answer may be remembered: services change at any moment.
    private static let lifetime: UInt32 = 5

    let question: DNSQuestion
    /// RFC 1035 §4.1.1: 0 fine, 2 failure, 3 no such name, 5 refused.
    var code: UInt8 = 0
    var addresses: [IPv4Address] = []
    var pointer: DNSName?
    /// The zone whose start of authority goes along: as the answer when it was asked for, else beside an empty answer.
    var zone: DNSName?
    var isAuthority = false

    /// The message; without its answers, and marked so, when it is longer than `limit`.
    func bytes(limit: Int = 65535) -> [UInt8] {
        let whole = write(truncated: false)
        return whole.count <= limit ? whole : write(truncated: true)
    }

    private func write(truncated: Bool) -> [UInt8] {
        guard let packet = ldns_pkt_new() else { return [] }
        defer { ldns_pkt_free(packet) }
        ldns_pkt_set_id(packet, question.id)
        ldns_pkt_set_qr(packet, 1)
        ldns_pkt_set_aa(packet, code == 0 || code == 3 ? 1 : 0)
        ldns_pkt_set_rd(packet, question.isRecursive ? 1 : 0)
        ldns_pkt_set_ra(packet, 1)
        ldns_pkt_set_tc(packet, truncated ? 1 : 0)
        ldns_pkt_set_rcode(packet, code)
        if question.hasExtensions { ldns_pkt_set_edns_udp_size(packet, 1232) }
        if let asked = Self.record(question.wire, ldns_rr_type(UInt32(question.type)), []) {
            ldns_rr_set_question(asked, 1)
            ldns_pkt_push_rr(packet, LDNS_SECTION_QUESTION, asked)
        }
        if !truncated { writeRecords(packet) }
        var wire: UnsafeMutablePointer<UInt8>?
        var size = 0
        guard ldns_pkt2wire(&wire, packet, &size) == LDNS_STATUS_OK, let wire else { return [] }
        defer { free(wire) }
        return Array(UnsafeBufferPointer(start: wire, count: size))
    }

    private func writeRecords(_ packet: UnsafeMutablePointer<ldns_pkt>) {
        for address in addresses {
            let data = Self.data(LDNS_RDF_TYPE_A, [24, 16, 8, 0].map { UInt8(address.bits >> $0 & 255) })
            push(packet, LDNS_SECTION_ANSWER, question.wire, LDNS_RR_TYPE_A, [data])
        }
        if let pointer {
            let data = Self.data(LDNS_RDF_TYPE_DNAME, pointer.wire)
            push(packet, LDNS_SECTION_ANSWER, question.wire, LDNS_RR_TYPE_PTR, [data])
        }
        guard let zone else { return }
        let section = isAuthority ? LDNS_SECTION_ANSWER : LDNS_SECTION_AUTHORITY
        let names = ["ns.dns", "hostmaster"].map { DNSName($0)?.below(zone) ?? zone }
        // Serial, refresh, retry, expire, and how long "no such name" may be remembered.
        let numbers: [UInt32] = [1, 7200, 1800, 86400, Self.lifetime]
        push(
            packet, section, zone.wire, LDNS_RR_TYPE_SOA,
            names.map { Self.data(LDNS_RDF_TYPE_DNAME, $0.wire) }
                + numbers.map { ldns_native2rdf_int32(LDNS_RDF_TYPE_INT32, $0) })
    }

    private func push(
        _ packet: UnsafeMutablePointer<ldns_pkt>, _ section: ldns_pkt_section, _ owner: [UInt8], _ type: ldns_rr_type,
        _ data: [UnsafeMutablePointer<ldns_rdf>?]
    ) {
        guard let record = Self.record(owner, type, data) else { return }
        ldns_pkt_push_rr(packet, section, record)
    }

    /// A record that the packet will own.
    private static func record(
        _ owner: [UInt8], _ type: ldns_rr_type, _ data: [UnsafeMutablePointer<ldns_rdf>?]
    ) -> UnsafeMutablePointer<ldns_rr>? {
        guard let record = ldns_rr_new() else { return nil }
        ldns_rr_set_owner(record, Self.data(LDNS_RDF_TYPE_DNAME, owner))
        ldns_rr_set_type(record, type)
        ldns_rr_set_class(record, LDNS_RR_CLASS_IN)
        ldns_rr_set_ttl(record, lifetime)
        for field in data { ldns_rr_push_rdf(record, field) }
        return record
    }

    private static func data(_ type: ldns_rdf_type, _ bytes: [UInt8]) -> UnsafeMutablePointer<ldns_rdf>? {
        ldns_rdf_new_frm_data(type, bytes.count, bytes)
    }
}
