/// A repository elsewhere, and how it may be reached.
package struct Remote: Sendable, Hashable {
    package var address: RemoteAddress
    package var credentials: Credentials
    /// Lines of a known_hosts file (sshd(8)); without a line for the host, ssh is refused.
    package var knownHosts: String
    /// How long a fetch or push may take in all before it is broken off.
    package var timeout: Duration
    /// How many bytes a fetch may bring before it is broken off.
    package var byteLimit: Int

    package init(
        _ address: RemoteAddress, credentials: Credentials = .none, knownHosts: String = "",
        timeout: Duration = .seconds(120), byteLimit: Int = 4 << 30
    ) {
        self.address = address
        self.credentials = credentials
        self.knownHosts = knownHosts
        self.timeout = timeout
        self.byteLimit = byteLimit
    }
}

/// What proves to a git server who is asking. Its description never shows it.
package enum Credentials: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible {
    case none
    /// HTTP basic authentication.
    case password(user: String, password: String)
    /// An access token, which GitHub, GitLab and Gitea take as the password of any user.
    case token(String)
    /// A private key in PEM or OpenSSH form; the user of the address, or `git`.
    case key(privateKey: String, passphrase: String)

    package var description: String {
        switch self {
        case .none: "no credentials"
        case .password: "a password"
        case .token: "a token"
        case .key: "an ssh key"
        }
    }

    package var debugDescription: String { description }
}

extension Credentials: CustomReflectable {
    /// Nothing to see, so that no dump shows a secret.
    package var customMirror: Mirror { Mirror(self, children: []) }
}
