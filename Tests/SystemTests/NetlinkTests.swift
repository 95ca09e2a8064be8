import Glibc
import TestSupport
import Testing

@testable import System

@Suite struct `Netlink` {
    /// A network namespace of the test's own.
    final class Scratch: Sendable {
        private let folder: TemporaryFolder
        let namespace: NetworkNamespace

        init() throws {
            folder = try TemporaryFolder()
            namespace = try NetworkNamespace.create(at: "\(folder.path)/namespace")
        }

        deinit {
            try? namespace.remove()
        }

        func socket(_ bus: NetlinkSocket.Bus = .route) throws -> NetlinkSocket { try NetlinkSocket(bus, in: namespace) }
    }

    static let hardware: [UInt8] = [0x0a, 0x58, 10, 0, 0, 1]

    @Test func `a namespace exists from its making to its removal`() throws {
        let scratch = try Scratch()
        #expect(scratch.namespace.exists)
        #expect(try scratch.socket().links().map(\.name) == ["lo"])
        try scratch.namespace.remove()
        #expect(!scratch.namespace.exists)
        try scratch.namespace.remove()
        #expect(throws: SystemError.self) { try scratch.socket() }
    }

    @Test func `a thread inside a namespace leaves the others where they are`() throws {
        let scratch = try Scratch()
        let own = try #require(try? inode("/proc/thread-self/ns/net"))
        let inside = try scratch.namespace.run { try inode("/proc/thread-self/ns/net") }
        #expect(inside != own)
        #expect(try inode("/proc/thread-self/ns/net") == own)
        #expect(throws: SystemError(EPERM, call: "test")) {
            try scratch.namespace.run { throw SystemError(EPERM, call: "test") }
        }
    }

    @Test func `links are made, listed and removed`() throws {
        let scratch = try Scratch()
        let socket = try scratch.socket()
        let batch = NetlinkBatch()
        batch.makeBridge("br0", address: Self.hardware)
        try socket.send(batch)
        let bridge = try #require(try socket.link(named: "br0"))
        #expect(bridge.isUp)
        let file = try scratch.namespace.open()
        let pair = NetlinkBatch()
        pair.makeVeth(VethPair(name: "port0", bridge: bridge.index, peer: "eth0", mtu: 1400), peerIn: file.raw)
        pair.isolatePort("port0", alias: "a pod")
        try socket.send(pair)
        let port = try #require(try socket.link(named: "port0"))
        #expect(port.master == bridge.index)
        #expect(port.alias == "a pod")
        #expect(port.mtu == 1400)
        let end = NetlinkBatch()
        end.setGroup(7, ofLink: "port0")
        end.removeLinks(ofGroup: 7)
        try socket.send(end)
        #expect(try socket.links().map(\.name) == ["lo", "br0"])
        #expect(try socket.link(named: "port0") == nil)
    }

    @Test func `addresses and routes are set, set again and removed`() throws {
        let socket = try Scratch().socket()
        for _ in 0..<2 {
            let batch = NetlinkBatch()
            batch.takeUp(1)
            batch.setAddress(0x0a00_0001, prefix: 24, onLink: 1)
            batch.setRoute(NetworkRoute(0x0a01_0000, prefix: 16, gateway: nil, link: 1))
            batch.setRoute(NetworkRoute(0x0a02_0000, prefix: 16, link: nil))
            try socket.send(batch)
        }
        let routes = try socket.routes().map(\.description)
        #expect(Set(routes).isSuperset(of: ["10.0.0.1/32", "10.1.0.0/16", "10.2.0.0/16"]))
        let batch = NetlinkBatch()
        batch.removeRoute(NetworkRoute(0x0a01_0000, prefix: 16, link: 1))
        try socket.send(batch)
        #expect(try !socket.routes().map(\.description).contains("10.1.0.0/16"))
    }

    @Test func `a refusal names what was refused, and the rest of the batch is done`() throws {
        let socket = try Scratch().socket()
        let batch = NetlinkBatch()
        batch.removeLink("nowhere")
        batch.takeUp(1)
        #expect {
            try socket.send(batch)
        } throws: { error in
            (error as? NetlinkError)?.code == ENODEV && "\(error)".contains("link nowhere")
        }
        #expect(try socket.link(named: "lo")?.isUp == true)
        try socket.send(batch, tolerating: [ENODEV])
    }

    @Test func `an attribute that is too long is refused before it is sent`() throws {
        let socket = try Scratch().socket()
        let batch = NetlinkBatch()
        batch.isolatePort("lo", alias: String(repeating: "x", count: 70_000))
        #expect(throws: NetlinkError.self) { try socket.send(batch) }
    }

    @Test func `a batch grows with what is put into it`() throws {
        let socket = try Scratch().socket()
        let batch = NetlinkBatch()
        batch.takeUp(1)
        for number in 0..<3000 { batch.setAddress(0x0a00_0000 + UInt32(number), prefix: 32, onLink: 1) }
        try socket.send(batch)
        #expect(try socket.routes().count { $0.prefix == 32 } >= 3000)
    }

    @Test(arguments: [[UInt8](), [1], [0xff, 0xff, 1, 0], [3, 0, 1, 0], [4, 0, 1, 0, 8, 0, 2, 0, 1]])
    func `attributes that are cut or lie about their length end the list`(_ bytes: [UInt8]) {
        let attributes = NetlinkAttributes(bytes[...])
        #expect(attributes[2] == nil)
        #expect(attributes.number(1, as: UInt32.self) == nil)
    }
}

@Suite struct `Nftables` {
    static let ports = NftablesSet("ports", key: [.transportProtocol, .port], value: .fields([.address, .port]))

    static func element(_ port: UInt16) -> NftablesElement {
        NftablesElement(
            NftablesField.transportProtocol(6) + NftablesField.port(port),
            .bytes(NftablesField.address(0x0a00_0001) + NftablesField.port(80)))
    }

    @Test func `a table keeps its note until it is removed`() throws {
        let scratch = try `Netlink`.Scratch()
        let socket = try scratch.socket(.netfilter)
        let batch = NftablesBatch(table: "test")
        batch.addTable(note: "made by a test")
        try batch.commit(on: socket)
        #expect(try socket.nftablesNotes() == ["test": "made by a test"])
        let end = NftablesBatch(table: "test")
        end.removeTable()
        try end.commit(on: socket)
        #expect(try socket.nftablesNotes() == [:])
    }

    @Test func `a transaction is in force whole or not at all`() throws {
        let scratch = try `Netlink`.Scratch()
        let socket = try scratch.socket(.netfilter)
        let batch = NftablesBatch(table: "test")
        batch.addTable(note: "")
        batch.addSet(Self.ports)
        batch.remove([Self.element(1)], from: "ports")
        #expect(throws: NetlinkError.self) { try batch.commit(on: socket) }
        #expect(try socket.nftablesNotes() == [:])
    }

    @Test func `thousands of elements fit one transaction`() throws {
        let scratch = try `Netlink`.Scratch()
        let socket = try scratch.socket(.netfilter)
        let elements = (1...5000).map { Self.element(UInt16($0)) }
        let batch = NftablesBatch(table: "test")
        batch.addTable(note: "")
        batch.addSet(Self.ports)
        batch.add(elements, to: "ports")
        try batch.commit(on: socket)
        let end = NftablesBatch(table: "test")
        end.remove(elements, from: "ports")
        try end.commit(on: socket)
        let again = NftablesBatch(table: "test")
        again.remove([Self.element(1)], from: "ports")
        #expect(throws: NetlinkError.self) { try again.commit(on: socket) }
    }

    @Test func `an empty transaction is none`() throws {
        let scratch = try `Netlink`.Scratch()
        try NftablesBatch(table: "test").commit(on: scratch.socket(.netfilter))
    }
}

private func inode(_ path: String) throws -> ino_t {
    var status = stat()
    guard stat(path, &status) == 0 else { throw SystemError(errno, call: "stat", subject: path) }
    return status.st_ino
}
