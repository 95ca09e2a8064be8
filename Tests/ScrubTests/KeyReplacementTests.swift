import Crypto
import Document
import Scrub
import System
import TestSupport
import Testing

/// Keys and certificates that OpenSSL and OpenSSH made, scrubbed, and loaded by them again.
@Suite struct KeyReplacementTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func path(_ name: String) -> String { "\(folder.path)/\(name)" }

    private func run(_ words: String...) throws -> String { try Program.run(words) }

    private func text(_ name: String) throws -> String { try Files.text(path(name), limit: 1 << 20) }

    /// Scrubs files as entries of one Secret, and writes what became of them over them.
    private func scrub(_ names: String..., also more: [String: String] = [:]) throws -> [String: String] {
        var entries = more
        for name in names { entries[name] = try text(name) }
        let new = try ReplacementTests.scrub(entries)
        for name in names {
            let made = try #require(new[name])
            #expect(made != entries[name])
            try Files.replace(path(name), with: Array(made.utf8), mode: 0o600)
        }
        return new
    }

    @Test(arguments: [
        ("RSA", "rsa_keygen_bits:2048", "2048 bit"), ("RSA", "rsa_keygen_bits:3072", "3072 bit"),
        ("EC", "ec_paramgen_curve:P-256", "prime256v1"), ("EC", "ec_paramgen_curve:P-384", "secp384r1"),
        ("EC", "ec_paramgen_curve:P-521", "secp521r1"), ("ED25519", "", "ED25519"),
    ])
    func `keeps a key's kind and size, in both of its halves`(algorithm: String, option: String, says: String) throws {
        let choice = option.isEmpty ? [] : ["-pkeyopt", option]
        try Program.run(["openssl", "genpkey", "-algorithm", algorithm, "-out", path("key")] + choice)
        _ = try run("openssl", "pkey", "-in", path("key"), "-pubout", "-out", path("public"))
        _ = try scrub("key", "public")
        #expect(try run("openssl", "pkey", "-in", path("key"), "-noout", "-text").contains(says))
        #expect(try run("openssl", "pkey", "-in", path("key"), "-check", "-noout").contains("valid"))
        #expect(try run("openssl", "pkey", "-in", path("key"), "-pubout") == text("public"))
    }

    @Test(arguments: ["RSA:2048", "P-256", "P-384", "P-521", "ED25519"])
    func `makes chains that verify, with keys that fit`(kind: String) throws {
        func key(_ name: String) throws {
            let choice =
                kind.hasPrefix("P")
                ? ["EC", "-pkeyopt", "ec_paramgen_curve:\(kind)"]
                : kind.hasPrefix("RSA") ? ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"] : [kind]
            try Program.run(["openssl", "genpkey", "-out", path(name), "-algorithm"] + choice)
        }
        func certificate(_ name: String, _ extensions: String, under authority: String?) throws {
            try key("\(name).key")
            try Files.replace(path("extensions"), with: Array(extensions.utf8), mode: 0o600)
            _ = try run(
                "openssl", "req", "-new", "-key", path("\(name).key"), "-subj", "/O=Company/CN=\(name)", "-out",
                path("request"))
            let signer =
                authority.map { ["-CA", path("\($0).crt"), "-CAkey", path("\($0).key"), "-CAcreateserial"] }
                ?? ["-signkey", path("\(name).key")]
            try Program.run(
                ["openssl", "x509", "-req", "-in", path("request"), "-days", "3000", "-extfile", path("extensions")]
                    + ["-out", path("\(name).crt")] + signer)
        }
        let authority = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\nsubjectKeyIdentifier=hash\n"
        try certificate("root", authority, under: nil)
        try certificate("middle", authority + "authorityKeyIdentifier=keyid\n", under: "root")
        try certificate(
            "leaf", "subjectAltName=DNS:shop.company.com\nauthorityKeyIdentifier=keyid\n", under: "middle")
        _ = try scrub("root.crt", "middle.crt", "leaf.crt", "leaf.key")
        let verified = try run(
            "openssl", "verify", "-x509_strict", "-CAfile", path("root.crt"), "-untrusted", path("middle.crt"),
            path("leaf.crt"))
        #expect(verified.contains("leaf.crt: OK"))
        let own = try run("openssl", "x509", "-in", path("leaf.crt"), "-noout", "-pubkey")
        #expect(try own == run("openssl", "pkey", "-in", path("leaf.key"), "-pubout"))
    }

    @Test(arguments: [("rsa", "3072"), ("ecdsa", "256"), ("ecdsa", "384"), ("ecdsa", "521"), ("ed25519", "256")])
    func `keeps the type and size of SSH keys, whose halves belong together`(type: String, bits: String) throws {
        _ = try run(
            "ssh-keygen", "-q", "-t", type, "-b", bits, "-N", "", "-C", "deploy@production", "-f", path("id"))
        let old = try run("ssh-keygen", "-l", "-f", path("id"))
        _ = try scrub("id", "id.pub")
        let new = try run("ssh-keygen", "-l", "-f", path("id"))
        #expect(new.hasPrefix("\(bits) ") && new.contains("(\(type.uppercased()))") && new != old)
        #expect(
            try run("ssh-keygen", "-l", "-f", path("id.pub")).split(separator: " ")[1] == new.split(separator: " ")[1])
        let derived = try run("ssh-keygen", "-y", "-f", path("id"))
        #expect(try text("id.pub").hasPrefix(derived.split(separator: " ").prefix(2).joined(separator: " ")))
        #expect(try !text("id.pub").contains("production"))
    }

    @Test func `replaces one SSH key alike in OpenSSH's form, in PEM and in lists of keys`() throws {
        _ = try run("ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-C", "deploy", "-f", path("id"))
        _ = try run("cp", path("id"), path("pem"))
        _ = try run("ssh-keygen", "-q", "-p", "-m", "PEM", "-N", "", "-f", path("pem"))
        let line = try text("id.pub")
        let list = "# who may deploy\nrestrict,command=\"/bin/deploy\" \(line)github.com \(line)"
        let new = try scrub("id", "pem", "id.pub", also: ["authorized_keys": list])
        let key = try run("ssh-keygen", "-y", "-f", path("pem")).trimmingLineEnd
        #expect(try run("ssh-keygen", "-y", "-f", path("id")).hasPrefix(key + " "))
        #expect(
            new["authorized_keys"]
                == "# who may deploy\nrestrict,command=\"/bin/deploy\" \(key) scrubbed\ngithub.com \(key) scrubbed\n")
    }

    @Test(arguments: ["-v2 aes-256-cbc", "-v2 aes-128-cbc -v2prf hmacWithSHA1", "-scrypt"])
    func `closes a key by what takes its passphrase's place`(options: String) throws {
        let passphrase = "Harbour-Light-77"
        _ = try run(
            "openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384", "-out", path("plain"))
        try Program.run(
            ["openssl", "pkcs8", "-topk8", "-in", path("plain"), "-out", path("key"), "-passout", "pass:\(passphrase)"]
                + options.split(separator: " ").map(String.init))
        _ = try run("openssl", "pkey", "-in", path("plain"), "-pubout", "-out", path("public"))
        let new = try scrub("key", "public", also: ["passphrase": passphrase + "\n"])
        let other = try #require(new["passphrase"]).trimmingLineEnd
        #expect(other != passphrase)
        let opened = try run("openssl", "pkey", "-in", path("key"), "-passin", "pass:\(other)", "-pubout")
        #expect(try opened == text("public"))
        #expect(throws: (any Error).self) {
            try run("openssl", "pkey", "-in", path("key"), "-passin", "pass:\(passphrase)", "-noout")
        }
    }

    @Test(arguments: ["pkcs8", "traditional", "ssh"])
    func `refuses a closed key whose passphrase is not beside it`(form: String) throws {
        switch form {
        case "ssh": _ = try run("ssh-keygen", "-q", "-t", "ed25519", "-N", "closed-77", "-f", path("key"))
        case "pkcs8":
            _ = try run(
                "openssl", "genpkey", "-algorithm", "RSA", "-aes-256-cbc", "-pass", "pass:closed-77", "-out",
                path("key"))
        default:
            _ = try run(
                "openssl", "genrsa", "-traditional", "-aes128", "-passout", "pass:closed-77", "-out", path("key"))
        }
        let key = try text("key")
        let problem = #expect(throws: Problem.self) {
            try ReplacementTests.scrub(["key": key, "passphrase": "another-one-5"])
        }
        #expect(problem?.message.contains("stringData.key of Secret") == true)
        #expect(problem?.message.contains("encrypted private key") == true)
        // One that never loaded hinders nobody.
        let broken = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIE\n-----END ENCRYPTED PRIVATE KEY-----\n"
        #expect(try ReplacementTests.scrub(broken) != broken)
    }

    @Test func `keeps what a password's hash costs, where nobody knows the password, too`() throws {
        let hash = "$2y$14$" + String(repeating: "abcdefghijkl/.0", count: 4).prefix(53)
        let new = try ReplacementTests.scrub(String(hash))
        #expect(new.hasPrefix("$2y$14$") && new.count == 60 && new != hash)
    }
}

extension String {
    fileprivate var trimmingLineEnd: String { hasSuffix("\n") ? String(dropLast()) : self }
}
