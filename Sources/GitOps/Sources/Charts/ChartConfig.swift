/// How charts are fetched: what the server's config says of it.
package struct ChartConfig: Sendable {
    /// A name and password for repositories whose address begins so.
    package struct Login: Sendable {
        /// `https://charts.example.org/team`, `oci://registry.example.org`.
        package var repository: String
        package var username: String
        package var password: String

        package init(repository: String, username: String, password: String) {
            self.repository = repository
            self.username = username
            self.password = password
        }
    }

    /// The file of OpenPGP keys that may sign charts; nil trusts none.
    package var keyring: String?
    package var logins: [Login]
    /// Registries, host and port, that are spoken to without encryption.
    package var plainRegistries: Set<String>

    package init(keyring: String? = nil, logins: [Login] = [], plainRegistries: Set<String> = []) {
        self.keyring = keyring
        self.logins = logins
        self.plainRegistries = plainRegistries
    }

    /// The login for an address: the longest that it lies beneath.
    func login(for address: String) -> Login? {
        logins.filter { login in
            address == login.repository
                || address.hasPrefix(login.repository.hasSuffix("/") ? login.repository : login.repository + "/")
        }.max { $0.repository.utf8.count < $1.repository.utf8.count }
    }
}
