/// Who is at the other end of a connection.
package enum Peer: Sendable, Hashable {
    /// A process of this machine, as the kernel vouches for it (`SO_PEERCRED`, unix(7)): as it was when it connected.
    case local(process: Int32, user: UInt32, group: UInt32)
    /// Somebody over TCP, at an address and port.
    case remote(address: String)
}

/// A request, read whole.
package struct ServerRequest: Sendable {
    /// `GET`, `POST`, …
    package var method: String
    /// Percent-decoded, from the slash, without the query; `.` and `..` are resolved.
    package var path: String
    /// Percent-decoded, in order.
    package var query: [(name: String, value: String)]
    /// By lower-case name.
    package var headers: [String: String]
    package var body: [UInt8]
    package var peer: Peer

    package init(
        method: String = "GET", path: String, query: [(name: String, value: String)] = [],
        headers: [String: String] = [:], body: [UInt8] = [], peer: Peer = .remote(address: "")
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.peer = peer
    }

    /// The first value of a query parameter.
    package subscript(query name: String) -> String? { query.first { $0.name == name }?.value }

    /// All values of a query parameter.
    package func values(of name: String) -> [String] { query.filter { $0.name == name }.map(\.value) }
}
