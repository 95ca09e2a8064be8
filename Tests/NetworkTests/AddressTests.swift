import Document
import Testing

@testable import Network

@Suite struct `Addresses` {
    static func range(_ text: String) throws -> IPv4Range { try #require(IPv4Range(text)) }

    @Test(arguments: [
        ("10.64.0.0/17", "10.64.0.0", "10.64.127.255"), ("0.0.0.0/0", "0.0.0.0", "255.255.255.255"),
        ("192.0.2.1/32", "192.0.2.1", "192.0.2.1"),
    ])
    func `a range has a first and a last address`(_ text: String, _ first: String, _ last: String) throws {
        let range = try Self.range(text)
        #expect(range.first == IPv4Address(first))
        #expect(range.last == IPv4Address(last))
        #expect("\(range)" == text)
    }

    @Test(arguments: [
        "", "10.0.0.0", "10.0.0.0/33", "10.0.0.1/8", "10.0.0.0/", "10.0.0.0/+8", "10.0.0/8", "10.0.0.0/8/8", "::/0",
        "256.0.0.0/8",
    ])
    func `what is no range is refused`(_ text: String) {
        #expect(IPv4Range(text) == nil)
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.1.0.0/16", true), ("10.1.0.0/16", "10.0.0.0/8", true), ("10.0.0.0/9", "10.128.0.0/9", false),
        ("0.0.0.0/0", "192.0.2.0/24", true), ("192.0.2.0/24", "192.0.3.0/24", false),
    ])
    func `ranges overlap or not`(_ a: String, _ b: String, _ expected: Bool) throws {
        #expect(try Self.range(a).overlaps(Self.range(b)) == expected)
    }

    @Test(arguments: [0, 1, 77, 255, UInt32.max])
    func `a chosen block shadows no route and no name server`(_ seed: UInt32) throws {
        let used = AddressesInUse(
            routes: try ["0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "10.0.0.0/9", "10.200.0.0/16", "10.201.3.4/32"]
                .map(Self.range),
            resolvers: try [#require(IPv4Address("10.255.255.53"))])
        let plan = try AddressPlan.choose(besides: used, seed: seed)
        #expect(used.conflict(with: plan.pods) == nil)
        #expect(used.conflict(with: plan.services) == nil)
        #expect(!plan.pods.overlaps(plan.services))
        #expect(plan.pods.first.bits >> 24 == 10)
    }

    @Test func `other private space is taken when the first is full`() throws {
        let full = AddressesInUse(routes: try [Self.range("10.0.0.0/8")], resolvers: [])
        #expect(try AddressPlan.choose(besides: full, seed: 3).pods.first.bits >> 20 == 0xac1)
        let more = AddressesInUse(routes: try ["10.0.0.0/8", "172.16.0.0/12"].map(Self.range), resolvers: [])
        #expect(try AddressPlan.choose(besides: more, seed: 3).pods.first.bits >> 22 == 0x6440 >> 6)
    }

    @Test func `a machine that routes everything is told so`() throws {
        let routes = try ["10.0.0.0/8", "172.16.0.0/12", "100.64.0.0/10", "198.18.0.0/15"].map(Self.range)
        #expect(throws: Problem.self) {
            try AddressPlan.choose(besides: AddressesInUse(routes: routes, resolvers: []), seed: 0)
        }
    }

    @Test(arguments: [
        ("10.0.0.0/29", "10.1.0.0/24"), ("10.0.0.0/24", "10.1.0.0/31"), ("10.0.0.0/16", "10.0.128.0/24"),
    ])
    func `ranges that cannot serve are refused`(_ pods: String, _ services: String) throws {
        #expect(throws: Problem.self) { try AddressPlan(pods: Self.range(pods), services: Self.range(services)) }
    }

    @Test func `a plan is read as it was written`() throws {
        let plan = try AddressPlan(pods: Self.range("10.64.0.0/17"), services: Self.range("10.64.128.0/17"))
        #expect(AddressPlan(text: plan.text) == plan)
        #expect(plan.gateway == IPv4Address("10.64.0.1"))
        #expect(plan.hostEnd == IPv4Address("10.64.127.253"))
        #expect(plan.transfer == IPv4Range("10.64.127.252/30"))
    }

    @Test(arguments: ["", "pods 10.64.0.0/17", "pods x\nservices y\n", "services 10.0.0.0/17\npods 10.0.128.0/17\n"])
    func `a broken file of ranges is as good as none`(_ text: String) {
        #expect(AddressPlan(text: text) == nil)
    }

    @Test func `name servers are read from resolv.conf`() {
        let text = """
            # nameserver 192.0.2.9
            search example.org
            nameserver\t192.0.2.1
            nameserver 2001:db8::1
            nameserver
            nameserver 192.0.2.2
            nameserver 192.0.2.3
            """
        #expect(ResolvConf(text).nameservers == ["192.0.2.1", "2001:db8::1", "192.0.2.2"])
    }

    @Test(arguments: ["shop/web", "", "with\nnewline", "Ünïcode", String(repeating: "x", count: 400)])
    func `a port's alias is text that the kernel keeps`(_ pod: String) {
        let alias = LinkNames.alias(of: pod)
        #expect((1...255).contains(alias.utf8.count))
        #expect(alias.utf8.allSatisfy { $0 >= 32 && $0 < 127 })
        #expect(LinkNames.alias(of: alias) == alias)
    }

    @Test func `a port's name and its address tell each other`() throws {
        let address = try #require(IPv4Address("10.64.3.9"))
        #expect(LinkNames.port(of: address) == "pod-0a400309")
        #expect(LinkNames.address(ofPort: "pod-0a400309") == address)
        for name in ["pods", "pod-", "pod-0a4003", "pod-0a40030x", "host", "pod-0a40030900"] {
            #expect(LinkNames.address(ofPort: name) == nil)
        }
        #expect(LinkNames(instance: "/run/belay").host.utf8.count <= 15)
    }
}

@Suite struct `The allocator of addresses` {
    private static func given(_ allocator: inout AddressAllocator, to pods: String...) throws -> [UInt32] {
        try pods.map { try allocator.allocate(to: $0).bits }
    }

    @Test func `gives each pod one address, and the same again`() throws {
        var allocator = AddressAllocator(10...13)
        let given = try Self.given(&allocator, to: "a", "b", "a")
        #expect(given == [10, 11, 10])
        #expect(allocator.address(of: "b")?.bits == 11)
        #expect(allocator.address(of: "c") == nil)
    }

    @Test func `lets an address rest until all others had their turn`() throws {
        var allocator = AddressAllocator(10...12)
        let first = try allocator.allocate(to: "a")
        let released = [allocator.release("a"), allocator.release("a")]
        #expect(released == [first, nil])
        let given = try Self.given(&allocator, to: "b", "c", "d")
        #expect(given == [11, 12, 10])
    }

    @Test func `says when none is left`() throws {
        var allocator = AddressAllocator(10...11)
        _ = try Self.given(&allocator, to: "a", "b")
        var full = allocator
        #expect(throws: Problem.self) { try full.allocate(to: "c") }
        allocator.release("a")
        let given = try Self.given(&allocator, to: "c")
        #expect(given == [10])
    }

    @Test func `passes over what it found given`() throws {
        var allocator = AddressAllocator(10...12, start: 1)
        let restored = [(11, "a"), (11, "b"), (12, "a"), (13, "c")].map { bits, pod in
            allocator.restore(IPv4Address(bits: bits), to: pod)
        }
        #expect(restored == [true, false, false, false])
        let given = try Self.given(&allocator, to: "b", "c")
        #expect(given == [12, 10])
    }
}
