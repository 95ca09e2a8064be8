import Crypto
import Helm
import Testing

@Suite struct SecretTests {
    private static let certificates = """
        {{ $ca := genCA "root" 10 }}{{ $key := genPrivateKey "ecdsa" }}\
        {{ $cert := genSignedCertWithKey "web" (list "10.0.0.1" "::1") (list "web.local") 5 $ca $key }}\
        {{ $self := genSelfSignedCertWithKey "self" nil nil 1 $key }}\
        {{ $again := buildCustomCert (b64enc $ca.Cert) (b64enc $ca.Key) }}\
        {{ $ca.Cert }}{{ $cert.Cert }}{{ $self.Cert }}{{ eq $cert.Key $key }}{{ eq $again.Cert $ca.Cert }}
        """

    @Test func `certificates are the same each time, until the key or the place changes`() throws {
        let first = try Rendered(Self.certificates).text()
        #expect(try Rendered(Self.certificates).text() == first)
        #expect(first.hasSuffix("truetrue"))
        var other = Rendered(Self.certificates)
        other.key = 1
        #expect(try other.text() != first)
        let blocks = first.split(separator: "-----END CERTIFICATE-----").dropLast()
        #expect(blocks.count == 3)
        for block in blocks {
            let pem = try #require(PEM.decode(block + "-----END CERTIFICATE-----\n"))
            _ = try Certificate(pem.bytes)
        }
    }

    @Test func `keys of every kind are made`() throws {
        for (kind, label) in [("ecdsa", "EC PRIVATE KEY"), ("ed25519", "PRIVATE KEY")] {
            let text = try Rendered("{{ genPrivateKey \"\(kind)\" }}").text()
            #expect(PEM.decode(text)?.label == label)
        }
        #expect(try Rendered("{{ genPrivateKey \"x\" }}").text() == "Unknown type x")
    }

    /// Template and a part of the message.
    @Test(arguments: [
        (#"{{ genSignedCert "a" nil nil 1 "x" }}"#, "expected sprig.certificate; found \"x\""),
        (#"{{ genSelfSignedCert "a" (list "300.1.1.1") nil 1 }}"#, "error parsing ip: 300.1.1.1"),
        (#"{{ genSelfSignedCert "a" (list 1) nil 1 }}"#, "error parsing ip: 1 is not a string"),
        (#"{{ genSelfSignedCert "a" nil (list 2) 1 }}"#, "error processing alternate dns name: 2 is not a string"),
        (#"{{ genCAWithKey "a" 1 "x" }}"#, "error parsing private key: no PEM data in input"),
        (#"{{ genCA "a" 9000000000000 }}"#, "cannot be valid for"),
        (#"{{ buildCustomCert "!" "!" }}"#, "unable to decode base64 certificate"),
        (#"{{ buildCustomCert "eA==" "eA==" }}"#, "unable to decode certificate"),
        (#"{{ decryptAES "k" "eA==" }}"#, "was not made by encryptAES"),
        (#"{{ encryptAES "a" "text" | decryptAES "b" | len }}"#, ""),
    ])
    func `bad input is refused in words`(template: String, message: String) throws {
        do {
            let text = try Rendered(template).text()
            // A wrong password may leave padding that looks right, one time in many.
            #expect(message.isEmpty, "\(text)")
        } catch let error as TemplateError {
            #expect(error.message.contains(message), "\(error.message)")
        }
    }

    /// Template and result.
    @Test(arguments: [
        (#"{{ derivePassword 1 "long" "password" "user" "example.com" }}"#, "ZedaFaxcZaso9*"),
        (#"{{ derivePassword 1 "none" "p" "u" "s" }}"#, "cannot find password template none"),
        (#"{{ encryptAES "key" "a text" | decryptAES "key" }}"#, "a text"),
        (#"{{ encryptAES "key" "" | decryptAES "key" }}"#, ""), (#"{{ htpasswd "a:b" "x" }}"#, "invalid username: a:b"),
        (#"{{ bcrypt "x" | len }} {{ htpasswd "u" "x" | trunc 9 }}"#, "60 u:$2a$10$"),
        (#"{{ randBytes 4 | b64dec | len }} {{ randInt 5 6 }} {{ randNumeric 3 | len }}"#, "4 5 3"),
    ])
    func `passwords are made`(template: String, expected: String) throws {
        #expect(try Rendered(template).text() == expected)
    }

    @Test func `a draw depends on the calls that lead to it, not on what else is drawn`() throws {
        let helper = #"{{ define "secret" }}{{ randAlphaNum 12 }}{{ end }}"#
        let alone = try Rendered(helper + #"{{ if .on }}{{ include "secret" . }}{{ end }}|{{ include "secret" . }}"#)
            .text()
        let both = try Rendered(
            helper + #"{{ if .on }}{{ include "secret" . }}{{ end }}|{{ include "secret" . }}"#, "{on: true}"
        ).text()
        let parts = both.split(separator: "|")
        #expect(parts.count == 2 && parts[0] != parts[1])
        #expect(alone == "|" + parts[1])
        let loop = try Rendered("{{ range 3 }}{{ randAlpha 8 }} {{ end }}").text().split(separator: " ")
        #expect(Set(loop).count == 3)
    }

    @Test func `a draw depends on its scope`() throws {
        var first = Rendered("{{ uuidv4 }}")
        var second = first
        first.scope = "a"
        second.scope = "b"
        #expect(try first.text() != second.text())
    }
}
