import Crypto

/// The keys of one environment: from the project's root key by way of the environment's to one key for each identity
/// domain.
///
/// HKDF's outputs tell nothing of each other: pseudonyms of two environments, or of two domains in one, cannot be
/// linked. Once the environment's key is gone, nobody can.
package struct ScrubKeys: Sendable {
    private let environment: [UInt8]

    /// - Parameter environment: the environment's key: see `Scrubber.key(from:project:environment:)`.
    package init(environment: [UInt8]) {
        self.environment = environment
    }

    /// The key of an identity domain: equal originals have equal pseudonyms wherever it is used.
    package func domain(_ identity: String) -> DomainKey {
        DomainKey(bytes: derived("domain\0\(identity)", count: 32))
    }

    /// The key under which verification remembers cells: originals are compared by keyed digests, never by themselves.
    package var fingerprints: DomainKey { DomainKey(bytes: derived("fingerprints", count: 32)) }

    /// The key that signs reports.
    package var signing: [UInt8] { derived("reports", count: 32) }

    private func derived(_ use: String, count: Int) -> [UInt8] {
        let info = "belay dataset \(TransformCatalog.version)\0\(use)"
        guard let key = try? HKDF.derive(from: environment, info: info, count: count) else {
            preconditionFailure("RFC 5869 allows \(count) bytes")
        }
        return key
    }
}

/// The key of one identity domain. It has no description that shows it.
package struct DomainKey: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    private let bytes: [UInt8]

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// For the keyed function.
    var function: ArraySlice<UInt8> { bytes[0..<16] }
    /// For permutations.
    var permutation: ArraySlice<UInt8> { bytes[16..<32] }

    package var description: String { "(hidden)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
