import Document

/// Which pod has which address.
///
/// Addresses are given in turn, so that one that was given back rests until all others had theirs: what still speaks to
/// a pod that is gone does not reach another in its place.
package struct AddressAllocator: Sendable {
    private let range: ClosedRange<UInt32>
    private var next: UInt32
    private var owners: [UInt32: String] = [:]
    private var addresses: [String: UInt32] = [:]

    /// - Parameters:
    ///   - range: what may be given, in host order.
    ///   - start: how far into the range to begin.
    package init(_ range: ClosedRange<UInt32>, start: UInt32 = 0) {
        self.range = range
        next = range.lowerBound + start % (range.upperBound - range.lowerBound + 1)
    }

    /// A pod's address.
    package func address(of pod: String) -> IPv4Address? {
        addresses[pod].map { IPv4Address(bits: $0) }
    }

    /// Notes an address that a pod was found with; false when the address is not of the range or another has it.
    package mutating func restore(_ address: IPv4Address, to pod: String) -> Bool {
        guard range.contains(address.bits), owners[address.bits] == nil, addresses[pod] == nil else { return false }
        owners[address.bits] = pod
        addresses[pod] = address.bits
        return true
    }

    /// Gives a pod an address that nobody has; its own when it has one.
    ///
    /// - Throws: `Problem` when all are given.
    package mutating func allocate(to pod: String) throws -> IPv4Address {
        if let own = addresses[pod] { return IPv4Address(bits: own) }
        guard owners.count < Int(range.upperBound - range.lowerBound) + 1 else {
            throw Problem(
                "no pod address is left: all \(owners.count) are given",
                hint: "Remove pods, or give the network a larger pod range")
        }
        while owners[next] != nil { advance() }
        defer { advance() }
        owners[next] = pod
        addresses[pod] = next
        return IPv4Address(bits: next)
    }

    /// Takes a pod's address back.
    @discardableResult
    package mutating func release(_ pod: String) -> IPv4Address? {
        guard let address = addresses.removeValue(forKey: pod) else { return nil }
        owners[address] = nil
        return IPv4Address(bits: address)
    }

    private mutating func advance() {
        next = next == range.upperBound ? range.lowerBound : next + 1
    }
}
