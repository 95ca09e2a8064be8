import Crypto

/// Names of a node's interfaces and tables; the kernel allows 15 bytes for an interface.
struct LinkNames: Sendable, Hashable {
    /// On the host: the veth to the node's namespace, and the nft table.
    let host: String
    /// Where in the lists of address ranges this instance begins to look.
    let seed: UInt32

    /// In the node's namespace.
    static let bridge = "pods"
    static let uplink = "host"
    /// In a pod's namespace.
    static let pod = "eth0"
    /// The group of links that wait for their removal.
    static let doomed: UInt32 = 0xbe1a

    /// - Parameter instance: what tells one Belay from another on the machine: its run folder.
    init(instance: String) {
        let digest = Digest.sha256(instance)
        host = "belay-" + digest.hex.prefix(8)
        seed = digest.bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// The node's end of a pod's veth; address and name tell each other.
    static func port(of address: IPv4Address) -> String {
        "pod-" + Hex.encode(bytes(address))
    }

    /// The address in a port's name.
    static func address(ofPort name: String) -> IPv4Address? {
        guard name.hasPrefix("pod-"), let bytes = Hex.decode(name.dropFirst(4)), bytes.count == 4 else { return nil }
        return IPv4Address(bits: bytes.reduce(0) { $0 << 8 | UInt32($1) })
    }

    /// A link-layer address that follows from the IPv4 address, locally administered (IEEE 802).
    static func hardware(of address: IPv4Address) -> [UInt8] {
        [0x0a, 0x58] + bytes(address)
    }

    /// What a port's alias says of its pod: the kernel keeps 255 bytes.
    static func alias(of pod: String) -> String {
        let plain = pod.utf8.count <= 255 && pod.utf8.allSatisfy { $0 >= 32 && $0 < 127 } && !pod.isEmpty
        return plain ? pod : Digest.sha256(pod).description
    }

    private static func bytes(_ address: IPv4Address) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(address.bits >> $0 & 255) }
    }
}
