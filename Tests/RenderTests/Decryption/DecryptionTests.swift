import Crypto
import Document
import FileTree
import Manifest
import Render
import Scrub
import TestSupport
import Testing

/// Projects whose secrets are encrypted in git.
@Suite struct DecryptionTests {
    private static func identity(_ seed: UInt64) throws -> AgeIdentity {
        var generator = SplitMix(state: seed)
        return try .generate { (count) throws(CryptoError) in
            (0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
        }
    }

    private static func sealed(_ text: String, _ format: SopsFormat, for seed: UInt64) throws -> String {
        let rule = try SopsRule(
            recipients: [try identity(seed).recipient],
            fields: format == .yaml ? ["unencrypted_regex": "^(apiVersion|kind|metadata|open)$"] : .mapping(Mapping()))
        let bytes = try SopsWriter(now: "2026-11-21T10:00:00Z")
            .encrypted(Array(text.utf8), format, file: SourceFile("x"), by: rule)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let project = TestProject.text(
        """
        name: prod
        data: production
        apps: [{path: prod}, {path: chart, values: {}, valuesFiles: [values-prod.yaml]}]
        decryption: {provider: sops, secretRef: {name: prod-key}}
        """, "{name: qa, apps: [{path: qa}]}")

    private static func files() throws -> [String: String] {
        [
            "belay.yaml": project,
            "prod/kustomization.yaml": """
            resources: [secret.yaml]
            secretGenerator:
            - {name: made, envs: [made.env], files: [blob.bin, conf=conf.json]}
            configMapGenerator:
            - {name: text, files: [conf.ini]}
            """,
            "prod/secret.yaml": try sealed(
                """
                apiVersion: v1
                kind: Secret
                metadata: {name: keys}
                stringData:
                  # to the database
                  password: correct horse
                  key: |
                    first
                    second
                  open: not hidden
                  last: battery staple
                """, .yaml, for: 1),
            "prod/made.env": try sealed("TOKEN=abc\\ndef\nUSER=shop\n", .dotenv, for: 1),
            "prod/blob.bin": try sealed("all one text", .binary, for: 1),
            "prod/conf.json": try sealed("{\"a\": \"bee\"}\n", .json, for: 1),
            "prod/conf.ini": try sealed("[a]\nb = cee\n", .ini, for: 1),
            "chart/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
            "chart/values.yaml": "password: none\n",
            "chart/values-other.yaml": try sealed("password: of another environment\n", .yaml, for: 9),
            "chart/templates/secret.yaml": """
            apiVersion: v1
            kind: Secret
            metadata: {name: chart}
            stringData: {password: {{ .Values.password | quote }}}
            """,
            "values-prod.yaml": try sealed("password: from a chart\n", .yaml, for: 1),
            "qa/secret.yaml": try sealed(
                "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {a: b}\n", .yaml, for: 2),
        ]
    }

    private static func renderings(
        _ name: String, _ files: [String: String], _ keys: DecryptionKeys
    ) throws -> [Rendering] {
        try TestProject.render(name, files, with: Renderer(rootKey: [1], keys: keys))
    }

    private static func keys(_ seeds: UInt64...) throws -> DecryptionKeys { .all(try seeds.map(identity)) }

    private static func refusal(
        _ name: String, _ files: [String: String], _ keys: DecryptionKeys
    ) -> String? {
        do {
            _ = try renderings(name, files, keys)
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test func `reach every engine in plain text`() throws {
        let renderings = try Self.renderings("prod", Self.files(), Self.keys(1))
        let objects = renderings.flatMap(\.manifests).map(\.value)
        func object(_ prefix: String) throws -> Value {
            try #require(objects.first { $0[path: "metadata", "name"]?.string?.hasPrefix(prefix) == true })
        }
        func decoded(_ value: Value?) -> String {
            String(decoding: Base64.decode(value?.string ?? "") ?? [], as: UTF8.self)
        }
        let keys = try object("keys")
        #expect(keys[path: "stringData", "password"]?.string == "correct horse")
        #expect(keys[path: "stringData", "key"]?.string == "first\nsecond\n")
        #expect(keys["sops"] == nil)
        let made = try object("made")
        #expect(decoded(made[path: "data", "TOKEN"]) == "abc\\ndef" && decoded(made[path: "data", "USER"]) == "shop")
        #expect(decoded(made[path: "data", "blob.bin"]) == "all one text")
        #expect(decoded(made[path: "data", "conf"]).contains("\"bee\""))
        #expect(try object("text")[path: "data", "conf.ini"]?.string?.contains("b = cee") == true)
        #expect(try object("chart")[path: "stringData", "password"]?.string == "from a chart")
    }

    @Test func `keep the lines of git, and whose key opened them`() throws {
        let renderings = try Self.renderings("prod", Self.files(), Self.keys(3, 1))
        let origins = try #require(renderings.first { $0.application == "prod" }).decrypted
        let keys = try #require(renderings.flatMap(\.manifests).first { $0.name == "keys" }).value
        let recipient = "\(try Self.identity(1).recipient)"
        #expect(keys[path: "stringData", "password"]?.origin.description.hasPrefix("prod/secret.yaml:6:") == true)
        #expect(keys[path: "stringData", "last"]?.origin.line == 9)
        #expect(keys[path: "stringData", "last"].flatMap(origins.recipient) == recipient)
        #expect(keys[path: "stringData", "open"].flatMap(origins.recipient) == nil)
        #expect(origins.recipient(of: Origin(SourceFile("prod/blob.bin"), line: 1)) == recipient)
        let reads = try #require(renderings.first { $0.application == "prod" }).readSet
        let file = try #require(TreePath("prod/secret.yaml"))
        let text = try Self.files()["prod/secret.yaml"] ?? ""
        // What is remembered is the ciphertext's id, by which the next commit is compared.
        if case .content(let id)? = reads[file]?.seen {
            #expect(id != .blob([]) && id.hex.count == 40)
        } else {
            Issue.record(Comment(rawValue: text))
        }
    }

    @Test func `render nothing without the key, and name it`() throws {
        let files = try Self.files()
        let recipient = "\(try Self.identity(1).recipient)"
        for keys in [DecryptionKeys.none, try Self.keys(2)] {
            let refusal = try #require(Self.refusal("prod", files, keys))
            #expect(refusal.contains("is encrypted with SOPS") && refusal.contains(recipient))
            #expect(refusal.contains(".yaml:") && refusal.contains("hint: "))
        }
        let other = try #require(Self.refusal("qa", files, try Self.keys(2)))
        #expect(other.contains("until prod/"))
        #expect(try Self.renderings("qa", files, Self.keys(1, 2)).count == 1)
    }

    @Test(arguments: ["prod/made.env", "prod/blob.bin", "prod/conf.ini", "values-prod.yaml", "prod/secret.yaml"])
    func `find ciphertext wherever it would end up`(path: String) throws {
        var files = try Self.files()
        let format = SopsFormat(name: path)
        let text =
            format == .yaml
            ? "apiVersion: v1\nkind: Secret\nmetadata: {name: k}\npassword: x\n" : format == .binary ? "x" : "A=b\n"
        files[path] = try Self.sealed(format == .ini ? "[s]\na = b\n" : text, format, for: 7)
        let refusal = try #require(Self.refusal("prod", files, try Self.keys(1)))
        #expect(refusal.hasPrefix("\(path):"), "\(refusal)")
    }

    @Test func `render nothing of a file that was changed`() throws {
        var files = try Self.files()
        files["prod/secret.yaml"] = files["prod/secret.yaml"]?.replacing("not hidden", with: "changed")
        let refusal = try #require(Self.refusal("prod", files, try Self.keys(1)))
        #expect(refusal.hasPrefix("prod/secret.yaml:") && refusal.contains("its MAC is not that of its values"))
    }

    @Test func `are rendered anew when a key comes or goes`() throws {
        let tree = MemoryTree(try Self.files())
        let project = try Project.read(from: tree)
        let prod = try project.environment("prod")
        let source = try #require(try project.applications(of: prod, in: tree).last)
        let hand = Hand(try Self.identity(1))
        let renderer = Renderer(rootKey: [1], keys: DecryptionKeys { _ in hand.identities })
        _ = try renderer.render(source, in: prod, of: project, from: tree)
        hand.identities = []
        #expect(throws: Problem.self) { try renderer.render(source, in: prod, of: project, from: tree) }
        hand.identities = [try Self.identity(1)]
        _ = try renderer.render(source, in: prod, of: project, from: tree)
    }

    /// Keys that change while a renderer has them.
    private final class Hand: @unchecked Sendable {
        // One test uses it, on one thread.
        var identities: [AgeIdentity]
        init(_ identity: AgeIdentity) { identities = [identity] }
    }

    @Test(arguments: [
        ("provider: vault", "belay.yaml:9:30: the provider of \"decryption\" must be sops"),
        ("provider: sops, secretref", "did you mean \"secretRef\"?"),
        ("privider: sops", "needs the field \"provider\""),
    ])
    func `are asked for in words that are known`(text: String, message: String) throws {
        var files = try Self.files()
        let (old, new) = text.contains("secretref") ? ("provider: sops, secretRef", text) : ("provider: sops", text)
        files["belay.yaml"] = Self.project.replacing(old, with: new)
        #expect {
            try Project.read(from: MemoryTree(files))
        } throws: {
            "\($0)".contains(message)
        }
    }
}
