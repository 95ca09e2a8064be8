/// Where a repository is: a folder, or an address of a transport that Belay speaks.
///
/// User names and passwords in an address are refused, because addresses get into logs; `Credentials` hold them. A user
/// name alone is what ssh needs, and is kept.
package struct RemoteAddress: Sendable, Hashable, CustomStringConvertible {
    /// How it is reached.
    package enum Scheme: String, Sendable, Hashable {
        /// A path of this machine, `file://` included.
        case file
        case http
        case https
        case ssh
        /// git's own protocol: neither encrypted nor authenticated.
        case git
    }

    package let scheme: Scheme
    /// As libgit2 takes it, and as it may be shown: a path for `.file`, otherwise an address without a password.
    package let text: String
    /// The host's name or address without brackets; empty for a path.
    package let host: String
    /// nil for the scheme's own.
    package let port: Int?
    /// The user that an ssh address names.
    package let user: String?

    package var description: String { text }

    /// The folder of a repository on this machine; nil for all others.
    package var localPath: String? { scheme == .file ? text : nil }

    /// Reads an absolute path, `file://…`, `https://…`, `http://…`, `ssh://…`, `git://…` or `user@host:path`.
    ///
    /// - Throws: `GitError`, `.invalid` with what to write instead.
    package init(_ address: String) throws(GitError) {
        guard !address.isEmpty, address.utf8.count <= 4096, address.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw Self.refused(address, "it is empty, too long, or holds spaces or control characters")
        }
        if address.hasPrefix("/") {
            self.init(path: address)
        } else if let mark = address.firstRange(of: "://") {
            try self.init(address, scheme: address[..<mark.lowerBound], rest: address[mark.upperBound...])
        } else {
            try self.init(scpLike: address)
        }
    }

    private init(path: String) {
        var path = path
        while path.utf8.count > 1, path.hasSuffix("/") { path.removeLast() }
        self.init(.file, path, host: "", port: nil, user: nil)
    }

    private init(_ scheme: Scheme, _ text: String, host: String, port: Int?, user: String?) {
        self.scheme = scheme
        self.text = text
        self.host = host
        self.port = port
        self.user = user
    }

    private init(_ address: String, scheme name: Substring, rest: Substring) throws(GitError) {
        guard let scheme = Scheme(rawValue: name.lowercased()) else {
            throw Self.refused(address, "write a path, https://, http://, ssh://, git:// or file://")
        }
        if scheme == .file {
            guard rest.hasPrefix("/"), !rest.contains("%") else {
                throw Self.refused(address, "write file:// and an absolute path, or the path alone")
            }
            self.init(path: String(rest))
            return
        }
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard authority.endIndex < rest.endIndex else {
            throw Self.refused(address, "the path of the repository is missing")
        }
        let (user, place) = try Self.split(authority, of: address, allowsUser: scheme == .ssh)
        let (host, port) = try Self.hostAndPort(place, of: address)
        self.init(scheme, address, host: host, port: port, user: user)
    }

    /// `user@host:path`, as ssh and scp write it.
    private init(scpLike address: String) throws(GitError) {
        guard let colon = address.firstIndex(of: ":"), !address[..<colon].contains("/"),
            !address[address.index(after: colon)...].hasPrefix(":")
        else {
            throw Self.refused(address, "write an absolute path, or an address with its scheme such as https://")
        }
        let (user, place) = try Self.split(address[..<colon], of: address, allowsUser: true)
        let (host, port) = try Self.hostAndPort(place, of: address)
        guard port == nil else { throw Self.refused(address, "write ssh://user@host:port/path to name a port") }
        self.init(.ssh, address, host: host, port: nil, user: user)
    }

    private static func split(
        _ authority: Substring, of address: String, allowsUser: Bool
    ) throws(GitError) -> (user: String?, place: Substring) {
        guard let at = authority.lastIndex(of: "@") else { return (nil, authority) }
        let user = authority[..<at]
        guard allowsUser, !user.isEmpty, !user.contains(":"), !user.hasPrefix("-") else {
            throw refused(
                "\(address.prefix(8))…", "put user name and password into credentials, never into the address")
        }
        return (String(user), authority[authority.index(after: at)...])
    }

    private static func hostAndPort(
        _ place: Substring, of address: String
    ) throws(GitError) -> (host: String, port: Int?) {
        var (host, rest) = (place, Substring())
        if place.hasPrefix("["), let close = place.firstIndex(of: "]") {
            host = place[place.index(after: place.startIndex)..<close]
            rest = place[place.index(after: close)...]
        } else if let colon = place.firstIndex(of: ":") {
            (host, rest) = (place[..<colon], place[colon...])
        }
        let port = rest.isEmpty ? nil : Int(rest.dropFirst())
        let isSound = rest.isEmpty || (rest.hasPrefix(":") && (1...65535).contains(port ?? 0))
        guard !host.isEmpty, !host.hasPrefix("-"), isSound, host.utf8.allSatisfy(isHostByte) else {
            throw refused(address, "it names no host, or no port between 1 and 65535")
        }
        return (String(host), port)
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"),
            UInt8(ascii: ":"):
            true
        default: false
        }
    }

    private static func refused(_ address: String, _ reason: String) -> GitError {
        GitError(.invalid, "use the repository address \(address.prefix(200))", reason)
    }
}
