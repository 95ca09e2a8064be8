import System

@testable import Network

/// What a network namespace holds that a node's network could leave behind.
struct Snapshot: Equatable {
    let links: [String]
    let routes: [String]
    let tables: [String]
    let forwarding: String

    init(_ namespace: NetworkNamespace) throws {
        let socket = try NetlinkSocket(.route, in: namespace)
        links = try socket.links().map(\.name).sorted()
        routes = try socket.routes().map { "\($0) by \($0.link ?? 0)" }.sorted()
        tables = try NetlinkSocket(.netfilter, in: namespace).nftablesNotes().keys.sorted()
        forwarding = try Sysctl(namespace: namespace).get("ipv4/ip_forward")
    }
}
