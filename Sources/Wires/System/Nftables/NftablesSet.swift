import CMnl
import Glibc

/// A set or map of nftables, found by hash; keys and values are of 32-bit fields.
package struct NftablesSet: Sendable, Hashable {
    /// What a field is, as the `nft` tool shows it.
    package enum Field: UInt32, Sendable {
        case address = 7
        case transportProtocol = 12
        case port = 13
        /// A number in the machine's order.
        case number = 19
    }

    /// What a map leads to.
    package enum Value: Sendable, Hashable {
        case none
        case verdict
        case fields([Field])
    }

    package var name: String
    package var key: [Field]
    package var value: Value

    package init(_ name: String, key: [Field], value: Value = .none) {
        self.name = name
        self.key = key
        self.value = value
    }

    /// A concatenation's type has six bits a field.
    static func type(of fields: [Field]) -> UInt32 {
        fields.reduce(0) { $0 << 6 | $1.rawValue }
    }
}

/// An element of a set or map.
package struct NftablesElement: Sendable, Hashable {
    /// What the key leads to.
    package enum Value: Sendable, Hashable {
        case none
        case verdict(NftablesExpression.Verdict)
        case bytes([UInt8])
    }

    package var key: [UInt8]
    package var value: Value

    package init(_ key: [UInt8], _ value: Value = .none) {
        self.key = key
        self.value = value
    }

    func write(to list: NetlinkBatch) {
        list.nest(Int(NFTA_LIST_ELEM.rawValue)) { element in
            element.nest(Int(NFTA_SET_ELEM_KEY.rawValue)) { $0.put(Int(NFTA_DATA_VALUE.rawValue), key) }
            switch value {
            case .none: break
            case .verdict(let verdict): element.nest(Int(NFTA_SET_ELEM_DATA.rawValue), verdict.write)
            case .bytes(let bytes):
                element.nest(Int(NFTA_SET_ELEM_DATA.rawValue)) { $0.put(Int(NFTA_DATA_VALUE.rawValue), bytes) }
            }
        }
    }
}

/// Fields of 32 bits, as keys and values have them.
package enum NftablesField {
    /// An address, from host order.
    package static func address(_ bits: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(bits >> $0 & 255) }
    }

    package static func port(_ port: UInt16) -> [UInt8] { [UInt8(port >> 8), UInt8(port & 255), 0, 0] }

    package static func transportProtocol(_ number: UInt8) -> [UInt8] { [number, 0, 0, 0] }

    package static func number(_ number: UInt32) -> [UInt8] { withUnsafeBytes(of: number) { Array($0) } }

    /// An interface's name, padded as the kernel compares it.
    package static func linkName(_ name: String) -> [UInt8] {
        Array((Array(name.utf8) + Array(repeating: 0, count: 16)).prefix(16))
    }
}
