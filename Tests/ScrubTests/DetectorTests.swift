import Crypto
import Scrub
import Testing

@Suite struct DetectorTests {
    /// Types and texts of what is found, in the order of the text.
    func found(_ text: String) -> [(type: String, text: String)] {
        var detector = Detector()
        let bytes = Array(text.utf8)
        return detector.findings(in: bytes).map { ($0.type, String(decoding: bytes[$0.range], as: UTF8.self)) }
    }

    func types(_ text: String) -> [String] { found(text).map(\.type) }
    func texts(_ text: String) -> [String] { found(text).map(\.text) }

    @Test func `the types of a short text's findings are those of any text's, whatever was looked at before`() {
        var detector = Detector()
        let long = String(repeating: "nothing here, ", count: 10_000) + "Zoe@post-kunden.de"
        for text in [
            "", "mail to a@post-kunden.de, b@post-kunden.de", long, "10115", "DB_PASSWORD=Tr4verse-91k", "", "x",
        ] {
            var types: [String] = []
            Array(text.utf8).withUnsafeBufferPointer { detector.types(in: $0) { types.append($0) } }
            #expect(types == self.types(text))
        }
    }

    // MARK: Tokens

    @Test(arguments: TokenRule.all)
    func `finds a token by its form, and not once its form is spoilt`(_ rule: TokenRule) {
        #expect(found("see \(rule.example) there").first.map { [$0.text] } == [rule.example], "\(rule.type)")
        #expect(types("x\(rule.example)").allSatisfy { $0 != rule.type } || !(rule.example.first?.isLetter ?? true))
        // Half of one may be another rule's, such as that of an older form.
        let cut = String(rule.example.prefix(rule.example.count / 2))
        #expect(!texts("see \(rule.example.dropFirst(2)) there").contains(rule.example), "\(rule.type)")
        #expect(!texts("see \(cut) there").contains(rule.example), "\(rule.type)")
    }

    @Test(arguments: WebhookRule.all.map(\.example))
    func `finds a webhook's address, and not one that documents show`(example: String) throws {
        let rule = try #require(WebhookRule.all.first { $0.example == example })
        let hits = found("notify: \(example)\n")
        // A parameter that is called a key or a token says more than the address that it is in.
        if let parameter = example.split(separator: "=").last, example.contains("key=") || example.contains("token=") {
            #expect(hits.last.map { $0.text.hasSuffix(parameter) } == true)
        } else {
            #expect(hits.map(\.type) == [rule.type] && hits.map(\.text) == [example])
        }
        #expect(types("notify: \(example.replacing(/[0-9]/, with: "x"))\n").isEmpty)
        #expect(types("notify: ${WEBHOOK:-\(example.replacing(/[A-Za-z0-9-]+$/, with: "${ID}"))}\n").isEmpty)
        #expect(
            !types("notify: \(example.replacing("https://", with: "https://docs."))\n").contains(rule.type)
                || example.contains("://company."))
    }

    @Test func `leaves alone tokens that their issuers print, and patterns of tokens`() {
        #expect(types("AWS_KEY=AKIAIOSFODNN7EXAMPLE").isEmpty)
        #expect(types("regex: \"ghp_[A-Za-z0-9]{36}\"").isEmpty)
        #expect(types("GitHub tokens start with ghp_ and end with a check sum.").isEmpty)
    }

    // MARK: Fields

    @Test(arguments: [
        "db_password: 'Tr4verse-91k'", "DB_PASSWORD=Tr4verse-91k", "{\"dbPassword\": \"Tr4verse-91k\"}",
        "password = \"Tr4verse-91k\"", "args: [\"--db-password\", \"Tr4verse-91k\"]", "--db-password Tr4verse-91k --v",
        "- name: DB_PASSWORD\n  value: Tr4verse-91k", "env: [{name: DB_PASSWORD, value: \"Tr4verse-91k\"}]",
        "the database password is Tr4verse-91k, please keep it", "ENV DB_PASSWORD Tr4verse-91k",
        "Server=db;User Id=app;Password=Tr4verse-91k;Encrypt=true", "postgres://app:Tr4verse-91k@db:5432/app",
        "app:Tr4verse-91k@tcp(db:3306)/app", "{\\\"name\\\":\\\"DB_PASSWORD\\\",\\\"value\\\":\\\"Tr4verse-91k\\\"}",
        "# db_password: Tr4verse-91k (the old one)", "login app\npassword Tr4verse-91k",
        "INSERT INTO users (id, password) VALUES (1, 'Tr4verse-91k');",
        "COPY users (id, password) FROM stdin;\n1\tTr4verse-91k\n\\.", "id,password,plan\n1,Tr4verse-91k,gold",
    ])
    func `finds a password wherever fields are written`(_ text: String) {
        #expect(texts(text) == ["Tr4verse-91k"])
    }

    @Test(arguments: [
        "curl -u admin:Tr4verse-91k https://api.company.com", "curl -s --user bob:Tr4verse-91k https://a.b",
        "mysql -u root -pTr4verse-91k shop", "redis-cli -a Tr4verse-91k ping", "sshpass -p Tr4verse-91k ssh a@b",
        "docker login -u bob -p Tr4verse-91k registry.company.com", "openssl enc -aes-256-cbc -k Tr4verse-91k",
        "openssl rsa -in key -passin pass:Tr4verse-91k", "<password>Tr4verse-91k</password>",
        "<db:password> Tr4verse-91k </db:password>", "Log in with `admin` / password `Tr4verse-91k`.",
        "CREATE USER shop WITH PASSWORD 'Tr4verse-91k';", "ALTER USER 'shop'@'%' IDENTIFIED BY 'Tr4verse-91k';",
        "storePassword \"Tr4verse-91k\"", "$p = ConvertTo-SecureString \"Tr4verse-91k\" -AsPlainText -Force",
        "define('DB_PASSWORD', 'Tr4verse-91k');", "source.setPassword(\"Tr4verse-91k\");",
        "new NetworkCredential(\"bob\", \"Tr4verse-91k\")", "val password: String = \"Tr4verse-91k\"",
        "let password: &str = \"Tr4verse-91k\";", "Dim pwd As String = \"Tr4verse-91k\"",
        "PASSWORDS = [\"Tr4verse-91k\"]", "\"passwords\": [ \"Tr4verse-91k\" ]",
    ])
    func `finds a password that a command, a call or an element is given`(_ text: String) {
        #expect(texts(text) == ["Tr4verse-91k"])
    }

    @Test(arguments: [
        "\"key\": \"value-of-the-setting-2\"", "Password: {\"Ref\": \"DBPassword\"}",
        "{\"keys\": [ {\"kid\": \"Gas01PZ3NT7aX6GSXgIrSWVVAlbPGDj-iEz6DbF\"} ]}", "curl -u $USER:$PASS https://a.b",
        "mysql -p shop", "mysql --port 3306 -p", "docker run -p 8080:80 web", "redis-cli -h cache ping",
        "<password>${db.password}</password>", "<passwordPolicy>strong-12-chars</passwordPolicy>",
        "checkPassword(\"password\")", "getPassword(\"db-main-1\")", "fields = [\"password\", \"confirm1x\"]",
        "let token: Token = \"\"", "put(\"name\", \"Tr4verse-91k\")", "expected 'password' but got 'a1b2c3d4'",
    ])
    func `takes no other argument or element for a secret`(_ text: String) {
        #expect(types(text).isEmpty)
    }

    @Test(arguments: [
        "password: changeme", "password: ${DB_PASSWORD}", "password: {{ .Values.password }}", "password: \"\"",
        "password: <your password>", "password: DB_PASSWORD", "password: \"********\"", "passwordFile: /run/secrets/db",
        "password: random_password.db.result", "password: os.getenv(\"DB_PASSWORD\")", "password_min_length: 12345678",
        "secretName: shop-tls-8f3k2", "tokenRotation: enabled-7d", "token: vault:secret/data/shop#token1",
        "public_key: q8Jf02kd93kLsm20fLs02mPq", "checksum/secret: 6f165a6c8637120a2f1466f4f1de52bcdd75d89d09dedd806770",
        "url: postgres://app@db:5432/app", "build_sha: e7d094ebe7f6c13adb7e02f28910a370a54eb666",
        "data: ENC[AES256_GCM,data:pZ9PasIgmFQSupQ1niX4,iv:MwaQPA7ay7LcQUNFI9viImWWAQtchkdB0v,tag:xx,type:str]",
        "-----BEGIN CERTIFICATE-----\nMIICwDCCAaigAwIBAgIPMTKPfMe9BxJar4UQWy2lMA0\n-----END CERTIFICATE-----",
    ])
    func `takes no stand-in, reference or public value for a secret`(_ text: String) {
        #expect(types(text).isEmpty)
    }

    // MARK: Blocks and encodings

    @Test func `finds private keys as a whole, also cut off and escaped`() {
        let key = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIIIRjjqfgyBlz3iPM\n-----END EC PRIVATE KEY-----"
        #expect(found("key: |\n\(key)\n").map(\.text) == [key])
        #expect(types("key: |\n\(key)\n") == ["pem-ec-private-key"])
        #expect(types(String(key.dropLast(20))) == ["pem-ec-private-key"])
        let escaped = key.split(separator: "\n").joined(separator: "\\n")
        #expect(texts("{\"key\": \"\(escaped)\"}") == [escaped])
    }

    @Test func `looks into base64, also twice encoded and wrapped`() {
        let plain = "# settings\nDB_PASSWORD=Tr4verse-91k\nPORT=8080\n"
        let once = Base64.encode(Array(plain.utf8))
        let twice = Base64.encode(Array(once.utf8))
        #expect(texts("app.env: \(once)\nx: y") == [once])
        #expect(texts("app.env: \(twice)\nx: y") == [twice])
        let wrapped = stride(from: 0, to: once.count, by: 40).map { from in
            String(once.dropFirst(from).prefix(40))
        }
        #expect(
            texts("app.env: |\n  " + wrapped.joined(separator: "\n  ") + "\n") == [wrapped.joined(separator: "\n  ")])
        #expect(types("motd: " + Base64.encode(Array("nothing to see here, only words".utf8))).isEmpty)
    }

    // MARK: Kubernetes Secrets

    @Test(arguments: [
        "kind: Secret\nmetadata:\n  name: a\ndata:\n  key: b3BlbiBzZXNhbWU=\n",
        "data:\n  key: b3BlbiBzZXNhbWU=\nmetadata: {name: a}\nkind: Secret\n",
        "data: {key: b3BlbiBzZXNhbWU=}\nkind: Secret\n", "kind: Secret\nstringData: {key: \"b3BlbiBzZXNhbWU=\"}\n",
        "{\"data\": {\"key\": \"b3BlbiBzZXNhbWU=\"}, \"kind\": \"Secret\", \"apiVersion\": \"v1\"}",
        "kind: List\nitems:\n- kind: ConfigMap\n  data:\n    mode: production\n- kind: Secret\n  data:\n    key: b3BlbiBzZXNhbWU=\n",
        "kind: Secret\r\ndata:\r\n  key: 'b3BlbiBzZXNhbWU='\r\n",
    ])
    func `finds what a Secret holds, in any order and form`(_ text: String) {
        #expect(texts(text) == ["b3BlbiBzZXNhbWU="])
        #expect(types(text) == ["kubernetes-secret"])
    }

    @Test(arguments: [
        "kind: ConfigMap\ndata:\n  key: b3BlbiBzZXNhbWU=\n", "kind: Secret\ndata: null\n",
        "kind: Secret\ndata:\n  a: \"\"\n",
        "kind: SecretStore\ndata:\n  key: b3BlbiBzZXNhbWU=\n", "kind: Secret\ndata:\n  a: {{ .Values.a | b64enc }}\n",
        "kind: Secret\nstringData:\n  username: reporting\n",
    ])
    func `takes nothing else for a Secret's value`(_ text: String) {
        #expect(types(text).isEmpty)
    }

    // MARK: Personal data

    @Test(arguments: [
        ("email: ada.lovelace@analytical.org", "email"), ("call me on +44 20 7946 0698 today", "phone"),
        ("phone: 030/23125-748", "phone"), ("(303) 555-0146", "phone"), ("card 4111 1111 1111 1111 ok", "payment-card"),
        ("iban: DE89 3704 0044 0532 0130 00", "iban"), ("from 81.2.69.142 at", "ipv4"),
        ("addr 2a00:1450:4001:81b::200e!", "ipv6"), ("mac 3c:22:fb:5d:11:0e", "mac-address"),
        ("SSN 219-09-9999", "us-ssn"), ("nino: AB 12 34 56 C", "uk-nino"),
        ("Steuer-ID: 86 095 742 719", "de-steuer-id"),
        ("dni: 12345678Z", "es-dni"), ("nie: X1234567L", "es-nie"), ("cpf: 529.982.247-25", "br-cpf"),
        ("aadhaar: 2345 6789 0124", "in-aadhaar"), ("date_of_birth: 1985-04-12", "date-of-birth"),
        ("born on 4 October 1954 in", "date-of-birth"), ("first_name: Søren", "first-name"),
        ("surname: van der Velde", "last-name"), ("name: Greta Sharma", "person-name"),
        ("shipping_address: Hauptstraße 183, 10115 Berlin", "postal-address"),
    ])
    func `finds personal data by form, check digits and fields`(_ text: String, _ type: String) {
        #expect(types(text) == [type])
    }

    @Test(arguments: [
        "image: registry.io/app@sha256:0f1e", "uses: actions/checkout@v4", "mail: team@example.com",
        "order: 4111111111111112",
        "host: 10.0.0.1", "version: 81.2.69.142", "time: 12:34:56", "std::vector::push_back", "zero: 00:00:00:00:00:00",
        "created_at: 1985-04-12", "name: Checkout Service", "title: My Application", "server_address: https://a.b/c9 d",
        "sku: 666-18-9223", "container: DE704999598", "isbn: 978-3-16-148410-0", "range: 2059-10-13",
    ])
    func `takes no look-alike for personal data`(_ text: String) {
        #expect(types(text).isEmpty)
    }

    // MARK: Hostile texts

    @Test(arguments: [
        ("kind: Secret\n", 3000), ("{kind: Secret", 3000), ("password=", 5000), ("-----BEGIN ", 5000), ("A", 100_000),
        ("\\\"", 20_000), ("a:b@", 20_000), ("1 ", 20_000), ("INSERT INTO a (", 3000), ("COPY a FROM stdin;\n", 2000),
    ])
    func `comes to an end on hostile texts`(_ part: String, _ count: Int) {
        _ = found(String(repeating: part, count: count))
    }

    /// Texts whose last field of a password is empty, and values that are cut before they end.
    @Test(arguments: [
        "user,password\nann,", "user\tpassword\nann\t", "user,password\nann,\"",
        "COPY t (user, password) FROM stdin;\nann\t", "INSERT INTO t (user, password) VALUES ('ann','",
        "INSERT INTO t (user, token) VALUES ('ann',", "password:", "password=", "--password",
        "user;date_of_birth\nann;",
        "openssl -k pass:", "openssl -passin pass",
    ])
    func `stands fields that hold nothing`(text: String) {
        for count in 0...text.utf8.count { #expect(texts(String(text.prefix(count))).allSatisfy { !$0.isEmpty }) }
    }

    @Test func `stands a value that is cut within its mark`() {
        for count in 16_370...16_385 {
            #expect(types("curl -u \(String(repeating: "u", count: count)):pass:word").allSatisfy { !$0.isEmpty })
        }
    }

    @Test func `stands any bytes, and any cut of a text`() {
        var detector = Detector()
        let text = Array(
            "kind: Secret\ndata: {a: 'b', c: \"d\\\"\"}\n--key \"x\",\n- https://a:b@c -----BEGIN RSA PRIVATE KEY".utf8)
        for count in 0...text.count { _ = detector.findings(in: Array(text.prefix(count))) }
        var state: UInt64 = 7
        for _ in 0..<200 {
            let bytes = (0..<300).map { _ -> UInt8 in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return UInt8(truncatingIfNeeded: state >> 33)
            }
            _ = detector.findings(in: bytes)
        }
    }
}
