import Crypto
import Document
import System

/// What the command line calls the repositories' projects: the last part of the address, and where two would have one
/// name, a few digits of the address's digest too.
struct ProjectNames {
    private let names: [String: String]

    /// - Throws: `Problem` for a repository that is followed twice.
    init(_ addresses: [String]) throws {
        let plain = addresses.map { (address: $0, name: Self.last(of: $0)) }
        for (address, same) in Dictionary(grouping: addresses, by: { $0 }) where same.count > 1 {
            throw Problem("the repository \(address) stands twice among the projects", hint: "take one of them out")
        }
        let owners = Dictionary(grouping: plain, by: \.name)
        names = Dictionary(
            uniqueKeysWithValues: plain.map { address, name in
                guard owners[name, default: []].count > 1 else { return (address, name) }
                return (address, "\(name)-\(Digest.sha256(Array(address.utf8)).hex.prefix(8))")
            })
    }

    subscript(address: String) -> String { names[address] ?? Self.last(of: address) }

    private static func last(of address: String) -> String {
        let last = address.split(separator: "/").last.map(String.init) ?? "project"
        return last.hasSuffix(".git") ? String(last.dropLast(4)) : last
    }
}
