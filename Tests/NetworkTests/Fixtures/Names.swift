import CLDNS
import Glibc
import System
import Testing

@testable import Network

/// A question as a client writes it.
func dnsQuery(_ name: String, type: UInt16 = 1, id: UInt16 = 0x1234, extensions: UInt16? = nil) -> [UInt8] {
    var bytes: [UInt8] = [UInt8(id >> 8), UInt8(id & 255), 1, 0, 0, 1, 0, 0, 0, 0, 0, extensions == nil ? 0 : 1]
    for label in name.split(separator: ".") { bytes += [UInt8(label.utf8.count)] + label.utf8 }
    bytes += [0, UInt8(type >> 8), UInt8(type & 255), 0, 1]
    if let extensions { bytes += [0, 0, 41, UInt8(extensions >> 8), UInt8(extensions & 255), 0, 0, 0, 0, 0, 0] }
    return bytes
}

/// An answer as a client reads it.
struct DNSAnswer: Equatable {
    var id: UInt16
    var code: UInt8
    var isTruncated: Bool
    /// `A 10.0.0.1`, `PTR web.shop.svc.cluster.local.`
    var answers: [String]
    var authority: [String]

    init?(_ bytes: [UInt8]) {
        var packet: UnsafeMutablePointer<ldns_pkt>?
        guard ldns_wire2pkt(&packet, bytes, bytes.count) == LDNS_STATUS_OK, let packet else { return nil }
        defer { ldns_pkt_free(packet) }
        id = ldns_pkt_id(packet)
        code = UInt8(ldns_pkt_get_rcode(packet).rawValue)
        isTruncated = ldns_pkt_tc(packet) != 0
        answers = Self.records(ldns_pkt_answer(packet))
        authority = Self.records(ldns_pkt_authority(packet))
    }

    private static func records(_ list: UnsafeMutablePointer<ldns_rr_list>?) -> [String] {
        (0..<ldns_rr_list_rr_count(list)).compactMap { index in
            guard let record = ldns_rr_list_rr(list, index), let data = ldns_rr_rdf(record, 0) else { return nil }
            guard let text = ldns_rdf2str(data) else { return nil }
            defer { free(text) }
            let types: [UInt32: String] = [1: "A", 12: "PTR", 6: "SOA"]
            return "\(types[ldns_rr_get_type(record).rawValue] ?? "?") \(String(cString: text))"
        }
    }
}

extension NetworkNamespace {
    /// Asks a name server from within the namespace; nil when nothing comes back.
    func resolve(
        _ name: String, type: UInt16 = 1, at server: IPv4Address, overTCP: Bool = false, extensions: UInt16? = nil,
        timeout: Int = 60_000
    ) async throws -> DNSAnswer? {
        let query = dnsQuery(name, type: type, extensions: extensions)
        let answer = try await wait {
            Sockets.exchange(
                overTCP ? Sockets.stream : Sockets.datagram, server, 53,
                overTCP ? [UInt8(query.count >> 8), UInt8(query.count & 255)] + query : query, timeout: timeout)
        }
        return answer.flatMap { DNSAnswer(overTCP ? Array($0.dropFirst(2)) : $0) }
    }
}

/// A name server outside that knows every name, or answers as it is told.
final class NameServer: Sendable {
    private let sockets: [Int32]

    /// - Parameter reply: the answers to one question; none is silence.
    init(
        in namespace: NetworkNamespace, at address: IPv4Address,
        reply: @escaping @Sendable (DNSQuestion) -> [[UInt8]] = { NameServer.reply($0) }
    ) throws {
        sockets = try namespace.run {
            let datagrams = try Sockets.bound(Sockets.datagram, address, 53)
            let listener = try Sockets.bound(Sockets.stream, address, 53)
            try checked("listen") { listen(listener, 16) }
            return [datagrams, listener]
        }
        let (datagrams, listener) = (sockets[0], sockets[1])
        startThread(named: "nameserver") { Self.serve(datagrams, reply) }
        startThread(named: "nameserver") { Self.serveStreams(listener, reply) }
    }

    deinit {
        for socket in sockets { shutdown(socket, Sockets.bothWays) }
    }

    /// 203.0.113.7
    @Sendable static func reply(_ question: DNSQuestion) -> [[UInt8]] {
        [DNSReply(question: question, addresses: [IPv4Address(bits: 0xcb00_7107)]).bytes()]
    }

    private static func serve(_ socket: Int32, _ reply: (DNSQuestion) -> [[UInt8]]) {
        while true {
            var peer = sockaddr_in()
            var size = socklen_t(16)
            var buffer = [UInt8](repeating: 0, count: 4096)
            withUnsafeMutablePointer(to: &peer) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { place in
                    let count = recvfrom(socket, &buffer, 4096, 0, place, &size)
                    guard count > 0, let question = try? DNSQuestion(Array(buffer[..<count])) else { return }
                    for bytes in reply(question) { _ = sendto(socket, bytes, bytes.count, 0, place, size) }
                }
            }
            if size == 0 { break }
        }
        close(socket)
    }

    private static func serveStreams(_ socket: Int32, _ reply: (DNSQuestion) -> [[UInt8]]) {
        while true {
            let client = accept(socket, nil, nil)
            guard client >= 0 else { break }
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = recv(client, &buffer, 4096, 0)
            if count > 2, let question = try? DNSQuestion(Array(buffer[2..<count])) {
                for bytes in reply(question) {
                    let framed = [UInt8(bytes.count >> 8), UInt8(bytes.count & 255)] + bytes
                    _ = send(client, framed, framed.count, Sockets.noSignal)
                }
            }
            close(client)
        }
        close(socket)
    }
}
