import Crypto
import Document
import Manifest
import TestSupport
import Testing

@testable import Scrub

/// Ways to write a value into a text.
enum Writing: String, CaseIterable, CustomTestStringConvertible {
    case plain, folded, wrapped, base64, base64URL, wrappedBase64, twiceBase64, hex, upperHex, percent, allPercent
    case json, escapedJSON, jsonInJSON, connection, dsn, yaml, blockYAML, properties, escapedBreaks, base64OfJSON
    case hexOfBase64, inProse, xml, behindOtherSigns

    var testDescription: String { rawValue }

    func text(of value: String) -> String {
        let bytes = Array(value.utf8)
        let middle = value.index(value.startIndex, offsetBy: value.count / 2)
        switch self {
        case .plain: return value
        case .folded: return "\(value[..<middle])\n      \(value[middle...])"
        case .wrapped: return "\(value[..<middle])\\\n\(value[middle...])"
        case .base64: return Base64.encode(bytes)
        case .base64URL: return Base64.encode(bytes, .url)
        case .wrappedBase64:
            let text = Base64.encode(Array("here: \(value), and more of it".utf8))
            return "\(text.prefix(20))\n\(text.dropFirst(20))\n"
        case .twiceBase64: return Base64.encode(Array(Base64.encode(bytes).utf8))
        case .hex: return Hex.encode(bytes)
        case .upperHex: return "0x" + Hex.encode(bytes).uppercased()
        case .percent: return "https://in.example.org/a?key=" + Self.percent(bytes) { !$0.isLetter && !$0.isNumber }
        case .allPercent: return Self.percent(bytes) { _ in true }
        case .json: return JSON.text(["a": ["key": .string(value)]])
        case .escapedJSON:
            return "{\"key\":\"" + value.unicodeScalars.map { "\\u00" + Hex.encode([UInt8($0.value)]) }.joined() + "\"}"
        case .jsonInJSON: return JSON.text(["inner": .string(JSON.text(["key": .string(value)]))])
        case .connection:
            return "postgres://app:\(Self.percent(bytes) { "/?#@:%".contains($0) })@db.internal:5432/shop"
        case .dsn: return "host=db port=5432 password='\(value)' sslmode=require"
        case .yaml: return "a: 1\nauth:\n  key: '\(value)'\n"
        case .blockYAML: return "a: 1\nkey: >-\n  \(value[..<middle])\n  \(value[middle...])\n"
        case .properties: return "# of the shop\nmode=full\napp.key=\(value)\n"
        case .escapedBreaks: return "\(value[..<middle])\\n\(value[middle...])\\n"
        case .base64OfJSON: return Base64.encode(JSON.emit(["key": .string(value)]))
        case .hexOfBase64: return Hex.encode(Array(Base64.encode(bytes).utf8))
        case .inProse: return "The key is \(value), as everybody knows."
        case .xml: return "<a key=\"\(value.replacing("&", with: "&amp;"))\"/>"
        case .behindOtherSigns: return "/v1/x" + Base64.encode(bytes)
        }
    }

    private static func percent(_ bytes: [UInt8], _ isCoded: (Character) -> Bool) -> String {
        bytes.map { byte in
            let sign = Character(Unicode.Scalar(byte))
            return isCoded(sign) ? "%" + Hex.encode([byte]).uppercased() : String(sign)
        }.joined()
    }
}

extension SplitMix {
    /// A password that a program made.
    mutating func password() -> String {
        let signs = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/&=_!")
        return String((0..<24).map { _ in signs.randomElement(using: &self) ?? "a" }) + "a1"
    }
}

@Suite struct LeakGateTests {
    static let place = Origin(SourceFile("prod/secret.yaml"), line: 7, column: 13)
    static let own = Origin(SourceFile("qa/config.yaml"), line: 5, column: 8)

    static func object(_ kind: String, _ field: String, _ key: String, _ text: String, _ origin: Origin) -> Manifest {
        var value: Value = ["apiVersion": "v1", "kind": .string(kind), "metadata": ["name": "thing"]]
        value[path: field, key] = Value(.scalar(Scalar(text)), origin: origin)
        return Manifest(value)
    }

    static func fingerprints(_ objects: [Manifest], _ policy: ScrubPolicy = .standard) throws -> Fingerprints {
        let secrets = ProductionSecrets(of: "prod/shop", policy: policy, key: [3], taint: Taint { _ in true })
        for object in objects { try secrets.add(object) }
        return secrets.fingerprints
    }

    static func leaks(_ objects: [Manifest], _ production: Fingerprints) throws -> [LeakGate.Leak] {
        var gate = LeakGate(production)
        return try objects.flatMap { (object) throws in try gate.leaks(in: object) }
    }

    @Test(arguments: Writing.allCases)
    func `finds a value however it is written, and no other`(writing: Writing) throws {
        var draws = SplitMix(state: 11)
        for _ in 0..<20 {
            let (secret, other) = (draws.password(), draws.password())
            let production = try Self.fingerprints([
                Self.object("Secret", "stringData", "password", secret, Self.place)
            ])
            let leaking = Self.object("ConfigMap", "data", "note", writing.text(of: secret), Self.own)
            let leak = try #require(try Self.leaks([leaking], production).first)
            #expect(leak.origin == Self.own)
            #expect(leak.production.origin == Self.place)
            #expect(leak.production.path == "stringData.password")
            let clean = Self.object("ConfigMap", "data", "note", writing.text(of: other), Self.own)
            #expect(try Self.leaks([clean], production).isEmpty)
        }
    }

    @Test(arguments: Writing.allCases)
    func `knows a value that production itself writes so`(writing: Writing) throws {
        var draws = SplitMix(state: 5)
        let (secret, other) = (draws.password(), draws.password())
        let encoded = Base64.encode(Array(writing.text(of: secret).utf8))
        let production = try Self.fingerprints([Self.object("Secret", "data", "token", encoded, Self.place)])
        for copy in [writing, .plain, .base64, .json] where Self.isKnownInParts(writing) || copy == writing {
            let leaking = Self.object("ConfigMap", "data", "note", copy.text(of: secret), Self.own)
            #expect(try !Self.leaks([leaking], production).isEmpty, "\(copy)")
            let clean = Self.object("ConfigMap", "data", "note", copy.text(of: other), Self.own)
            #expect(try Self.leaks([clean], production).isEmpty, "\(copy)")
        }
    }

    /// In prose, XML and a path nobody says which part of the text is the secret: there the text is, as a whole.
    static func isKnownInParts(_ writing: Writing) -> Bool {
        ![.allPercent, .xml, .behindOtherSigns, .upperHex, .properties, .percent, .dsn].contains(writing)
    }

    @Test(arguments: [
        ("data", "true"), ("data", "5432"), ("data", "admin"), ("password", "postgres"), ("password", "changeme"),
        ("mode", "standard"), ("user", "shop"), ("host", "db.prod.svc.cluster.local"), ("level", "information"),
        ("url", "https://api.company.com/v1/orders"), ("region", "eu-central-1"), ("pin", "12345"),
        ("path", "/var/lib/postgresql/data"), ("image", "registry.company.com/shop/web:1.4.2"),
    ])
    func `takes no common value for a leak`(key: String, value: String) throws {
        let production = try Self.fingerprints([Self.object("Secret", "stringData", key, value, Self.place)])
        let config = Self.object("ConfigMap", "data", key, value, Self.own)
        let text = Self.object("ConfigMap", "data", "text", "before \(value) after", Self.own)
        #expect(try Self.leaks([config, text], production).isEmpty)
    }

    @Test func `finds a short password where passwords stand, and nowhere else`() throws {
        let production = try Self.fingerprints([
            Self.object("Secret", "stringData", "password", "gr8-Owl", Self.place)
        ])
        let url = Self.object("ConfigMap", "data", "url", "redis://:gr8-Owl@cache:6379/0", Self.own)
        let copy = Self.object("Secret", "data", "pass", Base64.encode(Array("gr8-Owl".utf8)), Self.own)
        let word = Self.object("ConfigMap", "data", "bird", "gr8-Owl", Self.own)
        #expect(try Self.leaks([url], production).count == 1)
        #expect(try Self.leaks([copy], production).count == 1)
        #expect(try Self.leaks([word], production).isEmpty)
    }

    @Test func `names both places and never the value`() throws {
        let secret = "kq83Jd-Vb29sLx-Pq71"
        let production = try Self.fingerprints([
            Self.object("Secret", "stringData", "password", secret, Self.place)
        ])
        let leaks = try Self.leaks(
            [Self.object("ConfigMap", "data", "note", Base64.encode(Array(secret.utf8)), Self.own)], production)
        let text = try #require(LeakGate.problem(leaks, in: "qa/shop")).description
        for part in ["qa/config.yaml:5:8", "prod/secret.yaml:7:13", "data.note", "stringData.password", "base64"] {
            #expect(text.contains(part), "\(part)")
        }
        #expect(!text.contains(secret) && !text.contains(Base64.encode(Array(secret.utf8))))
        #expect(!"\(leaks) \(production)".contains(secret))
    }

    @Test func `looks into names and keys, too`() throws {
        let secret = "kq83jdvb29slxpq71zz"
        let production = try Self.fingerprints([
            Self.object("Secret", "stringData", "password", secret, Self.place)
        ])
        for value in [
            ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": .string(secret)], "data": [:]],
            ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "a"], "data": [secret: .string(secret)]],
        ] as [Value] {
            let leaks = try Self.leaks([Manifest(value)], production)
            #expect(!leaks.isEmpty)
            #expect(LeakGate.problem(leaks, in: "qa/shop")?.description.contains(secret) == false)
        }
    }

    @Test(arguments: [
        ["kq83Jd-Vb2", "9sLx-Pq71aZ"], ["a3E4M0pkLVZi", "MjlzTHgtUHE3MWFa"],
        ["--key", "kq83Jd-", "Vb29sLx", "-Pq71aZ", "on"],
        ["a3E4M0pkLVZiMjl", "zTHgtUHE3MWFa", "rest"],
    ])
    func `finds a value that is split over the items of a list`(items: [String]) throws {
        let production = try Self.fingerprints([
            Self.object("Secret", "stringData", "password", "kq83Jd-Vb29sLx-Pq71aZ", Self.place)
        ])
        let list = Value(.sequence(items.map { .string($0) }), origin: Self.own)
        let leaks = try Self.leaks(
            [Manifest(["kind": "Job", "metadata": ["name": "a"], "spec": ["args": list]])], production)
        #expect(leaks.map(\.path) == ["spec.args"] && leaks[0].origin == Self.own)
    }

    @Test func `finds what is packed behind other signs of base64, and within a text that is no ASCII`() throws {
        let secret = "kq83Jd-Vb29sLx-Pq71aZ"
        let production = try Self.fingerprints([
            Self.object("Secret", "stringData", "password", secret, Self.place)
        ])
        // {"key": "kq83Jd-Vb29sLx-Pq71aZ"}, packed by gzip.
        let packed = "H4sIAAAAAAACA6tWyk6tVLJSUMoutDD2StENSzKyLPap0A0oNDdMjFKqBQBIhAgnIAAAAA=="
        let text = "名前: 港の灯台の鍵\n鍵: " + Base64.encode(Array(secret.utf8)) + "\n"
        for writing in ["/srv/files/\(packed)", Base64.encode(Array(text.utf8)), "x" + Base64.encode(Array(text.utf8))]
        {
            let leaking = Self.object("ConfigMap", "data", "note", writing, Self.own)
            #expect(try Self.leaks([leaking], production).count == 1, "\(writing)")
        }
    }

    @Test func `finds what is packed in any file of an archive, and in parts that follow each other`() throws {
        let secret = "kq83Jd-Vb29sLx-Pq71aZ"
        let production = try Self.fingerprints([
            Self.object("Secret", "stringData", "password", secret, Self.place)
        ])
        func packed(_ text: String) throws -> [UInt8] { try #require(Gzip.pack(Array(text.utf8))) }
        let others = try (1...9).map { try packed("nothing in file \($0)") }
        let last = try packed("key: \(secret)")
        // Bytes between them part files; without any they are one text (RFC 1952, section 2.2).
        for archive in [others + [last], others.map { $0 + [0, 1, 2] } + [last], [last] + others] {
            let writing = Base64.encode(Array(archive.joined()))
            let leaking = Self.object("ConfigMap", "data", "files", writing, Self.own)
            #expect(try Self.leaks([leaking], production).count == 1)
        }
        #expect(Gzip.unpack(try packed("one ") + packed("text")) == Array("one text".utf8))
        let clean = Self.object("ConfigMap", "data", "files", Base64.encode(Array(others.joined())), Self.own)
        #expect(try Self.leaks([clean], production).isEmpty)
    }

    @Test func `finds secrets that are keys of a JSON text`() throws {
        let secret = "sk_live_bzgP7uuFe95kfGqXIxB1"
        let production = try Self.fingerprints([
            Self.object("Secret", "stringData", "keys.json", #"{"\#(secret)": {"user": "ann"}}"#, Self.place)
        ])
        #expect(
            try Self.leaks([Self.object("ConfigMap", "data", "a", "key \(secret)", Self.own)], production).count == 1)
    }

    @Test func `finds short passwords that are readable base64 or hexadecimal by chance`() throws {
        for (secret, isFound) in [("Ym9hdHMx", true), ("626f617473316131", true), ("cG9zdGdyZXM=", false)] {
            let production = try Self.fingerprints([
                Self.object("Secret", "stringData", "password", secret, Self.place)
            ])
            let copy = Self.object("ConfigMap", "data", "note", "it is \(secret), today", Self.own)
            #expect(try !Self.leaks([copy], production).isEmpty == isFound, "\(secret)")
        }
    }

    @Test func `bounds what packed texts may cost`() throws {
        let production = try Self.fingerprints([
            Self.object("Secret", "stringData", "password", "kq83Jd-Vb29sLx-Pq71aZ", Self.place)
        ])
        let bomb = try Program.run(["sh", "-c", "head -c 70000000 /dev/zero | gzip -9 | gzip -9 | base64 -w 0"])
        let problem = #expect(throws: Problem.self) {
            try Self.leaks([Self.object("ConfigMap", "data", "note", bomb, Self.own)], production)
        }
        #expect(problem?.origin == Self.own && problem?.message.contains("data.note") == true)
    }

    @Test func `finds keys by their text, and lets certificates pass`() throws {
        let key = try PrivateKey.ecdsa(.p256) { [UInt8](repeating: 7, count: $0) }.pem
        let body = key.split(separator: "\n").dropFirst().dropLast().joined()
        let production = try Self.fingerprints([Self.object("Secret", "stringData", "tls.key", key, Self.place)])
        for text in [key, body, Base64.encode(Array(key.utf8)), key.replacing("\n", with: "\\n")] {
            #expect(try !Self.leaks([Self.object("ConfigMap", "data", "k", text, Self.own)], production).isEmpty)
        }
    }

    @Test func `leaves out what the policy keeps, and takes in what it classifies`() throws {
        let policy = try ScrubPolicy(
            YAML.parseOne(
                Array(
                    """
                    apiVersion: belay/v1
                    kind: ScrubPolicy
                    spec:
                      rules:
                        - {fields: [data.open, stringData.open], action: keep}
                        - {kinds: [ConfigMap], fields: [data.partner], class: internal}
                    """.utf8), file: SourceFile("scrub.yaml")))
        let production = try Self.fingerprints(
            [
                Self.object("Secret", "stringData", "open", "pk-8Sd7aKq2LmX91ttQ", Self.place),
                Self.object("ConfigMap", "data", "partner", "Northern Lights Ltd", Self.place),
            ], policy)
        #expect(
            try Self.leaks([Self.object("ConfigMap", "data", "a", "pk-8Sd7aKq2LmX91ttQ", Self.own)], production).isEmpty
        )
        let text = "made for Northern Lights Ltd in spring"
        #expect(try Self.leaks([Self.object("ConfigMap", "data", "a", text, Self.own)], production).count == 1)
    }

    @Test func `has a digest that follows the values, not the places`() throws {
        func digest(_ text: String, _ origin: Origin) throws -> Digest {
            try Self.fingerprints([Self.object("Secret", "stringData", "password", text, origin)]).digest
        }
        #expect(try digest("kq83Jd-Vb29sLx", Self.place) == digest("kq83Jd-Vb29sLx", Self.own))
        #expect(try digest("kq83Jd-Vb29sLx", Self.place) != digest("kq83Jd-Vb29sLy", Self.place))
    }
}
