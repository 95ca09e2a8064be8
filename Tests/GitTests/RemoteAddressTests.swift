import Git
import Testing

@Suite struct RemoteAddressTests {
    @Test(arguments: [
        ("/srv/shop.git", "file", "", Int?.none, String?.none), ("file:///srv/shop.git", "file", "", nil, nil),
        ("https://example.com/shop.git", "https", "example.com", nil, nil),
        ("http://127.0.0.1:8080/shop", "http", "127.0.0.1", 8080, nil),
        ("https://[::1]:8443/x", "https", "::1", 8443, nil),
        ("ssh://git@example.com:2222/shop.git", "ssh", "example.com", 2222, "git"),
        ("git@example.com:team/shop.git", "ssh", "example.com", nil, "git"),
        ("git://example.com/shop.git", "git", "example.com", nil, nil),
    ])
    func `reads addresses`(text: String, scheme: String, host: String, port: Int?, user: String?) throws {
        let address = try RemoteAddress(text)
        #expect(address.scheme.rawValue == scheme)
        #expect(address.host == host)
        #expect(address.port == port)
        #expect(address.user == user)
    }

    @Test(arguments: [
        "", "shop.git", "../shop", "ext::sh -c id", "ext::sh", "https://", "https:///x", "https://example.com",
        "https://u:p@example.com/x", "https://token@example.com/x", "ssh://-oProxyCommand=id/x", "-u@host:x",
        "ssh://-x@host/y", "ftp://example.com/x", "https://example.com:0/x", "https://exa mple.com/x", "https://e\n/x",
        "file://relative", "fd::17", "https://[::1/x", "ssh://u:p@host/x",
    ])
    func `refuses what is no address, or holds a password`(text: String) {
        let failure = #expect(throws: GitError.self) { try RemoteAddress(text) }
        #expect(failure?.code == .invalid)
        #expect(failure?.description.contains("u:p") == false)
    }

    @Test func `shows no credentials`() {
        let secrets: [Credentials] = [
            .password(user: "u", password: "hunter2"), .token("hunter2"),
            .key(privateKey: "hunter2", passphrase: "hunter2"),
        ]
        for secret in secrets {
            var dumped = ""
            dump(secret, to: &dumped)
            #expect(!"\(secret) \(String(reflecting: secret)) \(dumped)".contains("hunter2"))
        }
    }
}
