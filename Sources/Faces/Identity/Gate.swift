import Glibc

/// Who somebody is, and whether they may: the one function before everything that the faces do.
///
/// Nobody may anything unless a rule here says so. Root and the user that the service runs as are administrators over the
/// unix socket; over the network it takes the service's token.
package struct Gate: Sendable {
    private let ownUser: UInt32
    private let token: [UInt8]?

    /// - Parameters:
    ///   - ownUser: the user that the service runs as.
    ///   - token: the secret that network clients send as a bearer token; nil or empty lets none of them in.
    package init(ownUser: UInt32 = geteuid(), token: String? = nil) {
        self.ownUser = ownUser
        self.token = token.flatMap { $0.isEmpty ? nil : Array($0.utf8) }
    }

    /// Who somebody is; nil when they do not say, or say it wrong.
    package func identify(_ credential: Credential) -> Caller? {
        switch credential {
        case .localUser(0): return Caller(name: "root", groups: [Caller.administrators])
        case .localUser(let user) where user == ownUser:
            return Caller(name: "uid:\(user)", groups: [Caller.administrators])
        case .localUser(let user): return Caller(name: "uid:\(user)")
        case .header(let header):
            guard let token, let header, let given = Self.bearer(header), Self.isSame(given, token) else { return nil }
            return Caller(name: "token", groups: [Caller.administrators])
        }
    }

    /// Whether somebody may do something.
    package func allows(_ caller: Caller, _ action: Action) -> Bool {
        caller.groups.contains(Caller.administrators)
    }

    private static func bearer(_ header: String) -> [UInt8]? {
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return Array(parts[1].utf8)
    }

    /// Compares in a time that does not tell where the difference is.
    private static func isSame(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
