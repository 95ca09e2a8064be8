/// The names that a node's DNS answers itself.
struct DNSZone: Sendable {
    /// What is known of a name.
    enum Answer: Sendable, Equatable {
        case addresses([IPv4Address])
        case pointer(DNSName)
        /// The start of authority itself was asked for.
        case authority
        /// The name is there, but has nothing of the type.
        case nothing
        case noSuchName
        /// The name is not of this zone: others may know it.
        case foreign
    }

    /// Record types of RFC 1035, as far as they matter here.
    static let address: UInt16 = 1
    static let pointer: UInt16 = 12
    static let authority: UInt16 = 6
    static let any: UInt16 = 255

    /// `cluster.local`
    let domain: DNSName
    private let ranges: [IPv4Range]
    private var addresses: [DNSName: [IPv4Address]] = [:]
    /// Names without records that are above others.
    private var inner: Set<DNSName> = []
    private var names: [IPv4Address: DNSName] = [:]

    /// - Parameters:
    ///   - ranges: addresses whose names nobody else is asked for.
    ///   - records: names below the domain; what is no name is left out.
    init(domain: DNSName, ranges: [IPv4Range], records: [DNSRecord]) {
        self.domain = domain
        self.ranges = ranges
        for record in records {
            guard let name = DNSName(record.name)?.below(domain) else { continue }
            addresses[name, default: []] += record.addresses
            for address in record.addresses where names[address].map({ $0.wire.count > name.wire.count }) ?? true {
                names[address] = name
            }
            var above = name.parent
            while let ancestor = above, ancestor.isWithin(domain), inner.insert(ancestor).inserted {
                above = ancestor.parent
            }
        }
        inner.insert(domain)
    }

    /// What is known of a name for a type of record.
    func answer(_ name: DNSName, type: UInt16) -> Answer {
        if let address = Self.address(ofReverse: name), ranges.contains(where: { $0.contains(address) }) {
            guard let pointer = names[address] else { return .noSuchName }
            return type == Self.pointer || type == Self.any ? .pointer(pointer) : .nothing
        }
        guard name.isWithin(domain) else { return .foreign }
        if name == domain, type == Self.authority || type == Self.any { return .authority }
        guard let found = addresses[name] else { return inner.contains(name) ? .nothing : .noSuchName }
        guard type == Self.address || type == Self.any, !found.isEmpty else { return .nothing }
        return .addresses(found)
    }

    /// The address of `4.3.2.1.in-addr.arpa`.
    private static func address(ofReverse name: DNSName) -> IPv4Address? {
        let suffix = Array("\u{7}in-addr\u{4}arpa\u{0}".utf8)
        guard name.wire.count > suffix.count, name.wire.suffix(suffix.count) == suffix[...] else { return nil }
        var labels: [String] = []
        var rest: DNSName? = name
        while let current = rest, current.wire != suffix, labels.count <= 4 {
            labels.append(String(decoding: current.label, as: UTF8.self))
            rest = current.parent
        }
        guard labels.count == 4 else { return nil }
        return IPv4Address(labels.reversed().joined(separator: "."))
    }
}
