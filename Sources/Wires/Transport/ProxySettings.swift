import Glibc

/// Which proxies requests go through: what the environment says, read once and explicitly.
package struct ProxySettings: Sendable, Hashable {
    /// Proxy for `http` addresses.
    package var http: String?
    /// Proxy for `https` addresses.
    package var https: String?
    /// Hosts, domains and networks that are reached without one, separated by commas; `*` for all.
    package var exceptions: String

    package init(http: String? = nil, https: String? = nil, exceptions: String = "") {
        self.http = http
        self.https = https
        self.exceptions = exceptions
    }

    /// No proxies at all.
    package static let none = ProxySettings()

    /// `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy`, in capitals too; not `HTTP_PROXY`, which a web server
    /// sets from a client's `Proxy` header (CVE-2016-5385).
    package static func environment(_ value: (String) -> String? = Self.variable) -> ProxySettings {
        func first(_ names: String...) -> String? {
            names.compactMap { value($0) }.first { !$0.isEmpty }
        }
        return ProxySettings(
            http: first("http_proxy", "all_proxy", "ALL_PROXY"),
            https: first("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"),
            exceptions: first("no_proxy", "NO_PROXY") ?? "")
    }

    /// The proxy for an address, exceptions aside; nil for none.
    func proxy(for url: WebURL) -> String? {
        url.scheme == "https" ? https : http
    }

    /// A variable of this process's environment.
    package static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }
}
