import Testing

@testable import Network

@Suite struct `Names of the cluster` {
    static let domain = DNSName("cluster.local") ?? .root
    static let zone = DNSZone(
        domain: domain, ranges: [IPv4Range("10.64.0.0/16")].compactMap(\.self),
        records: [
            DNSRecord(name: "web.shop.svc", addresses: [IPv4Address("10.64.128.10")].compactMap(\.self)),
            DNSRecord(
                name: "db.shop.svc", addresses: ["10.64.0.2", "10.64.0.3"].compactMap { IPv4Address($0) }),
            DNSRecord(name: "db-0.db.shop.svc", addresses: [IPv4Address("10.64.0.2")].compactMap(\.self)),
            DNSRecord(name: "none.shop.svc", addresses: []),
            DNSRecord(name: "not..a.name", addresses: [IPv4Address("10.64.0.9")].compactMap(\.self)),
        ])

    static func text(_ answer: DNSZone.Answer) -> String {
        switch answer {
        case .addresses(let addresses): addresses.map(\.description).joined(separator: " ")
        case .pointer(let name): "\(name)"
        default: "\(answer)"
        }
    }

    @Test(arguments: [
        ("web.shop.svc.cluster.local", 1, "10.64.128.10"), ("WEB.Shop.svc.CLUSTER.local", 1, "10.64.128.10"),
        ("web.shop.svc.cluster.local.", 255, "10.64.128.10"), ("web.shop.svc.cluster.local", 28, "nothing"),
        ("db.shop.svc.cluster.local", 1, "10.64.0.2 10.64.0.3"), ("db-0.db.shop.svc.cluster.local", 1, "10.64.0.2"),
        ("none.shop.svc.cluster.local", 1, "nothing"), ("shop.svc.cluster.local", 1, "nothing"),
        ("cluster.local", 1, "nothing"), ("cluster.local", 6, "authority"), ("cluster.local", 255, "authority"),
        ("wep.shop.svc.cluster.local", 1, "noSuchName"), ("a.web.shop.svc.cluster.local", 1, "noSuchName"),
        ("example.org.shop.svc.cluster.local", 1, "noSuchName"), ("example.org", 1, "foreign"),
        ("notcluster.local", 1, "foreign"), ("local", 1, "foreign"), ("", 1, "foreign"),
        ("10.128.64.10.in-addr.arpa", 12, "web.shop.svc.cluster.local."),
        ("2.0.64.10.in-addr.arpa", 12, "db.shop.svc.cluster.local."), ("2.0.64.10.in-addr.arpa", 1, "nothing"),
        ("9.9.64.10.in-addr.arpa", 12, "noSuchName"), ("1.2.0.192.in-addr.arpa", 12, "foreign"),
        ("x.0.64.10.in-addr.arpa", 12, "foreign"), ("64.10.in-addr.arpa", 12, "foreign"),
        ("1.2.0.64.10.in-addr.arpa", 12, "foreign"),
    ])
    func `are answered as their records say`(_ name: String, _ type: Int, _ expected: String) throws {
        let parsed = try #require(DNSName(name))
        #expect(Self.text(Self.zone.answer(parsed, type: UInt16(type))) == expected)
    }

    @Test(arguments: [
        "a..b", ".a", String(repeating: "x", count: 64), Array(repeating: "abcdefgh", count: 32).joined(separator: "."),
    ])
    func `have labels of bounded length`(_ text: String) {
        #expect(DNSName(text) == nil)
    }

    @Test func `know what they are below`() throws {
        let name = try #require(DNSName("web.shop.svc.cluster.local"))
        #expect(name.isWithin(Self.domain))
        #expect(name.isWithin(name))
        #expect(name.isWithin(.root))
        #expect(!Self.domain.isWithin(name))
        #expect("\(name)" == "web.shop.svc.cluster.local.")
        #expect("\(DNSName.root)" == ".")
    }
}

@Suite struct `Messages of DNS` {
    static func resolution(_ message: [UInt8], zone: DNSZone? = `Names of the cluster`.zone, turn: Int = 0)
        -> DNSResolution
    {
        DNSResolution(message, zone: zone, domain: `Names of the cluster`.domain, isDatagram: true, turn: turn)
    }

    static func answer(_ message: [UInt8], turn: Int = 0) throws -> DNSAnswer {
        guard case .reply(let bytes) = resolution(message, turn: turn) else { throw Missing() }
        return try #require(DNSAnswer(bytes))
    }

    struct Missing: Error {}

    @Test func `an answer repeats the question and its identifier`() throws {
        let answer = try Self.answer(dnsQuery("web.shop.svc.cluster.local", id: 0xbeef))
        #expect(answer.id == 0xbeef)
        #expect(answer.code == 0)
        #expect(answer.answers == ["A 10.64.128.10"])
        #expect(answer.authority == [])
    }

    @Test func `several addresses take turns`() throws {
        let query = dnsQuery("db.shop.svc.cluster.local")
        #expect(try Self.answer(query, turn: 0).answers == ["A 10.64.0.2", "A 10.64.0.3"])
        #expect(try Self.answer(query, turn: 1).answers == ["A 10.64.0.3", "A 10.64.0.2"])
    }

    @Test(arguments: [("wep.shop.svc.cluster.local", 1, 3), ("web.shop.svc.cluster.local", 28, 0)])
    func `an empty answer says for how long`(_ name: String, _ type: Int, _ code: Int) throws {
        let answer = try Self.answer(dnsQuery(name, type: UInt16(type)))
        #expect(answer.code == UInt8(code))
        #expect(answer.answers == [])
        #expect(answer.authority == ["SOA ns.dns.cluster.local."])
    }

    @Test func `the start of authority is an answer when it is asked for`() throws {
        let answer = try Self.answer(dnsQuery("cluster.local", type: 6))
        #expect(answer.answers == ["SOA ns.dns.cluster.local."])
    }

    @Test(arguments: [nil, 1232, 4096])
    func `an answer too long for a datagram is cut and says so`(_ extensions: UInt16?) throws {
        let many = DNSZone(
            domain: `Names of the cluster`.domain, ranges: [],
            records: [DNSRecord(name: "many.svc", addresses: (1...60).map { IPv4Address(bits: $0) })])
        let query = dnsQuery("many.svc.cluster.local", extensions: extensions)
        guard case .reply(let bytes) = Self.resolution(query, zone: many) else { throw Missing() }
        let answer = try #require(DNSAnswer(bytes))
        #expect(answer.isTruncated == (extensions == nil))
        #expect(answer.answers.count == (extensions == nil ? 0 : 60))
    }

    @Test func `before the names are known nobody is told that one does not exist`() {
        #expect(Self.resolution(dnsQuery("web.shop.svc.cluster.local"), zone: nil) == .silence)
        guard case .forward = Self.resolution(dnsQuery("example.org"), zone: nil) else {
            Issue.record("not forwarded")
            return
        }
    }

    @Test(
        arguments: [
            ([UInt8](), nil), ([1, 2, 3], nil), ([UInt8](repeating: 0, count: 12), 1),
            ([0, 1, 0x80] + dnsQuery("a.b").dropFirst(3), nil), ([0, 1, 0x28] + dnsQuery("a.b").dropFirst(3), 4),
            (Array(dnsQuery("a.b").dropLast(3)), 1),
            // A name that points at itself.
            ([0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 12, 0, 1, 0, 1], 1),
            // Two questions, of which the second is missing.
            ([0, 1, 1, 0, 0, 2] + dnsQuery("a.b").dropFirst(6), 1),
            // Class CH.
            (dnsQuery("a.b").dropLast() + [3], 5),
            ([UInt8](repeating: 0x3f, count: 12) + [UInt8](repeating: 0x3f, count: 400), 1),
        ] as [([UInt8], UInt8?)])
    func `what is no question gets a bare answer or none`(_ message: [UInt8], _ code: UInt8?) throws {
        guard let code else {
            #expect(Self.resolution(message) == .silence)
            return
        }
        guard case .reply(let bytes) = Self.resolution(message) else { throw Missing() }
        #expect(bytes.count == 12)
        #expect(bytes[3] & 15 == code)
        #expect(Array(bytes[..<2]) == Array(message[..<2]))
    }

    @Test func `no message that is cut or bent does harm`() {
        let query = dnsQuery("web.shop.svc.cluster.local", extensions: 1232)
        for index in query.indices {
            _ = Self.resolution(Array(query[..<index]))
            for bit in 0..<8 {
                var bent = query
                bent[index] ^= 1 << UInt8(bit)
                _ = Self.resolution(bent)
            }
        }
    }

    @Test func `only an answer to the question is taken from others`() throws {
        let query = dnsQuery("example.org", id: 7)
        let question = try DNSQuestion(query)
        let forward = DNSForward(.stream(1), question, query, id: 0x0102)
        let asked = try DNSQuestion(forward.message)
        #expect(asked.id == 0x0102)
        let reply = DNSReply(question: asked, addresses: [IPv4Address(bits: 1)]).bytes()
        let answer = try #require(forward.answer(from: reply).flatMap { DNSAnswer($0) })
        #expect(answer.id == 7)
        #expect(answer.answers == ["A 0.0.0.1"])
        let other = try DNSQuestion(dnsQuery("example.com", id: 0x0102))
        #expect(forward.answer(from: DNSReply(question: other).bytes()) == nil)
        #expect(forward.answer(from: DNSReply(question: question).bytes()) == nil)
        #expect(forward.answer(from: forward.message) == nil)
        #expect(forward.answer(from: []) == nil)
    }
}
