import Crypto
import Document
import Manifest
import Scrub
import Testing

@Suite struct PolicyTests {
    static func policy(_ specification: String) throws -> ScrubPolicy {
        let text = "apiVersion: belay/v1\nkind: ScrubPolicy\nspec:\n" + specification
        return try ScrubPolicy(try YAML.parseOne(Array(text.utf8), file: SourceFile("scrub.yaml")))
    }

    /// A ConfigMap of a web shop, with labels and an annotation.
    static func config(_ data: [String: String], name: String = "shop", namespace: String? = nil) -> Value {
        var value: Value = [
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": [
                "name": .string(name), "labels": ["app": "web"], "annotations": ["example.org/owner.mail": "x"],
            ],
            "data": .strings(data),
        ]
        if let namespace { value[path: "metadata", "namespace"] = .string(namespace) }
        return value
    }

    static func scrub(_ value: Value, _ specification: String, in namespace: String? = nil) throws -> (
        Value, ScrubReport
    ) {
        var scrubber = Scrubber(
            policy: try policy(specification), key: [2], namespace: namespace, taint: Taint { _ in true })
        var value = value
        try scrubber.scrub(&value)
        return (value, scrubber.report)
    }

    @Test func `maps values, and refuses those that the table has not`() throws {
        let rule = "  rules:\n  - {fields: [data.db], action: map, to: {db-prod: db-qa}}"
        let (value, report) = try Self.scrub(Self.config(["db": "db-prod"]), rule)
        #expect(value[path: "data", "db"] == "db-qa")
        #expect(report.fields.map(\.action) == [.mapped])
        let problem = #expect(throws: Problem.self) { try Self.scrub(Self.config(["db": "db-other"]), rule) }
        #expect(problem?.description.contains("db-other") == false)
        #expect(problem?.hint.contains("scrub.yaml:5:5") == true)
    }

    @Test func `drops fields with their keys, and refuses renderings`() throws {
        let (value, report) = try Self.scrub(
            Self.config(["a": "1", "b": "2"]), "  rules:\n  - {fields: [data.a], action: drop}")
        #expect(value["data"]?.dictionary == ["b": "2"])
        #expect(report.fields.map(\.action) == [.dropped])
        let problem = #expect(throws: Problem.self) {
            try Self.scrub(Self.config(["a": "1"]), "  rules:\n  - {fields: [data.a], action: refuse}")
        }
        #expect(problem?.message.contains("data.a") == true)
    }

    @Test(arguments: [
        ("password", #"[A-Za-z2-9]{16}"#), ("bcrypt", #"\$2a\$10\$.{53}"#),
        ("key-pair", #"-----BEGIN EC PRIVATE KEY-----[\s\S]*-----END EC PRIVATE KEY-----\n"#),
        ("ssh-key", #"-----BEGIN OPENSSH PRIVATE KEY-----[\s\S]*-----END OPENSSH PRIVATE KEY-----\n"#),
        ("connection-string", "mode"), ("token", "[a-z]{4}"),
    ])
    func `makes a secret of the type that a rule asks for`(type: String, shape: String) throws {
        let (value, report) = try Self.scrub(
            Self.config(["a": type == "connection-string" ? "host=db password=x1y2z3" : "mode"]),
            "  rules:\n  - {fields: [data.a], action: regenerate, type: \(type)}")
        let text = try #require(value[path: "data", "a"]?.string)
        if type == "connection-string" {
            #expect(
                text.wholeMatch(of: /host=db password=[a-z]\d[a-z]\d[a-z]\d/) != nil
                    && text != "host=db password=x1y2z3")
        } else {
            #expect(text.wholeMatch(of: try Regex(shape)) != nil, "\(text)")
        }
        #expect(report.fields.map(\.action) == [.regenerated])
    }

    @Test func `puts names of the environment in the place of production's, where they stand alone`() throws {
        let specification = """
              substitutions:
              - environments: [qa]
                names: {shop.company.com: shop.qa.company.com, company.com: example.com, shop-data: shop-data-qa}
            """
        let policy = try Self.policy(specification)
        let data = [
            "host": "shop.company.com", "url": "https://shop.company.com/a?b=shop.company.com",
            "mail": "team@company.com", "other": "myshop.company.com", "bucket": "s3://shop-data/x", "no": "shop-data2",
        ]
        for (environment, isChanged) in [("qa", true), ("dev", false)] {
            var scrubber = Scrubber(
                policy: policy.restricted(to: environment), key: [2], taint: Taint { _ in false })
            var value = Self.config(data)
            try scrubber.scrub(&value)
            let new = value["data"]?.dictionary
            #expect(new?["host"] == (isChanged ? "shop.qa.company.com" : data["host"]))
            #expect(new?["url"] == (isChanged ? "https://shop.qa.company.com/a?b=shop.qa.company.com" : data["url"]))
            #expect(new?["bucket"] == (isChanged ? "s3://shop-data-qa/x" : data["bucket"]))
            #expect(new?["other"] == data["other"] && new?["no"] == data["no"])
        }
    }

    @Test func `chooses objects by namespace and labels, and fields by quoted keys, names and any depth`() throws {
        let rules = """
              rules:
              - {namespaces: [shop-*], labels: {app: w*}, fields: ['metadata.annotations["example.org/owner.mail"]'], action: fixed, value: y}
              - {kinds: [Pod], fields: ["spec.containers[name=web].env[name=A].value"], action: fixed, value: z}
              - {kinds: [Chart], fields: ["spec.**.secretly"], action: drop}
            """
        func owner(_ value: Value) -> String? {
            value[path: "metadata", "annotations", "example.org/owner.mail"]?.string
        }
        #expect(owner(try Self.scrub(Self.config([:], namespace: "shop-qa"), rules).0) == "y")
        #expect(owner(try Self.scrub(Self.config([:]), rules, in: "shop-qa").0) == "y")
        #expect(owner(try Self.scrub(Self.config([:], namespace: "bank"), rules).0) == "x")
        let pod: Value = [
            "apiVersion": "v1", "kind": "Pod", "metadata": ["name": "p"],
            "spec": [
                "containers": [
                    ["name": "side", "env": [["name": "A", "value": "1"]]],
                    ["name": "web", "env": [["name": "B", "value": "2"], ["name": "A", "value": "3"]]],
                ]
            ],
        ]
        let text = JSON.text(try Self.scrub(pod, rules).0)
        #expect(text.contains(#"{"name":"A","value":"z"}"#) && text.contains(#"{"name":"A","value":"1"}"#))
        let chart: Value = [
            "apiVersion": "v1", "kind": "Chart", "metadata": ["name": "p"],
            "spec": ["values": ["a": ["secretly": "q", "b": 1]]],
        ]
        #expect(try Self.scrub(chart, rules).0["spec"] == ["values": ["a": ["b": 1]]])
    }

    @Test func `leaves what a detector is told to leave`() throws {
        let data = ["contact": "ann@company.com", "key": "sk_live_bzgP7uuFe95kfGqXIxB1"]
        func scrubbed(_ specification: String) throws -> [String: String]? {
            try Self.scrub(Self.config(data), specification).0["data"]?.dictionary
        }
        let all = try scrubbed("  rules: []")
        #expect(all?["contact"] != data["contact"] && all?["key"] != data["key"])
        #expect(try scrubbed("  detectors: {off: [email]}")?["contact"] == data["contact"])
        #expect(try scrubbed("  detectors: {allow: [{fields: [data.key]}]}")?["key"] == data["key"])
        #expect(try scrubbed("  detectors: {allow: [{types: [email], fields: [data.key]}]}")?["key"] != data["key"])
        let digest = Digest.sha256(Array("ann@company.com".utf8))
        #expect(try scrubbed("  detectors: {allow: [{values: ['\(digest)']}]}")?["contact"] == data["contact"])
    }

    @Test(arguments: [
        ("  detectors: {of: [email]}", "scrub.yaml:4:15", "off"),
        ("  detectors: {off: [emai]}", "scrub.yaml:4:21", "email"),
        ("  detectors: {allow: [{types: [email]}]}", "scrub.yaml:4:23", ""),
        ("  detectors: {allow: [{values: [ann@company.com]}]}", "scrub.yaml:4:33", "sha256"),
        ("  substitutions: [{names: {}}]", "scrub.yaml:4:19", ""),
        ("  rules: [{fields: [a], action: regenerate, type: pasword}]", "scrub.yaml:4:51", "password"),
        ("  rules: [{fields: [a], class: secrt}]", "scrub.yaml:4:32", "secret"),
        ("  rules: [{fields: [a], action: keep, to: {a: b}}]", "scrub.yaml:4:43", ""),
        ("  rules: [{fields: ['a[\"b'], action: keep}]", "scrub.yaml:4:21", ""),
        ("  rule: []", "scrub.yaml:4:3", "rules"),
        (
            "  rules:\n  - {kinds: [Pod], fields: [a.b], action: keep}\n  - {kinds: [Pod], fields: [c, a.b], action: drop}",
            "scrub.yaml:6:32", ""
        ),
    ])
    func `refuses a broken policy at its place`(specification: String, place: String, hint: String) {
        let problem = #expect(throws: Problem.self) { try Self.policy(specification) }
        #expect(problem?.origin.description == place, "\(problem?.description ?? "")")
        #expect(problem?.hint.contains(hint) == true, "\(problem?.description ?? "")")
    }

    @Test func `finds secrets and personal data wherever a manifest may hold them`() throws {
        let secret = "Kx9-vTq2Lm84-Zr7w"
        var pod: Value = [
            "apiVersion": "v1", "kind": "Pod",
            "metadata": ["name": "p", "annotations": ["notes/contact": "ann@company.com"]],
            "spec": [
                "containers": [
                    [
                        "name": "web", "image": "web:1", "args": ["--password", .string(secret), "--level=2"],
                        "command": ["sh", "-c", .string("run --api-key=\(secret) --now")],
                        "env": [
                            ["name": "DB_PASSWORD", "value": .string(secret)],
                            ["name": "CARD", "value": "4111 1111 1111 1111"],
                        ],
                    ]
                ]
            ],
        ]
        let before = JSON.text(pod)
        #expect(before.contains(secret))
        var scrubber = Scrubber(policy: .standard, key: [2], taint: Taint { _ in true })
        try scrubber.scrub(&pod)
        let text = JSON.text(pod)
        for value in [secret, "ann@company.com", "4111 1111 1111 1111"] { #expect(!text.contains(value), "\(text)") }
        #expect(text.contains(#""image":"web:1""#) && text.contains("--level=2") && text.contains("run --api-key="))
        let paths = scrubber.report.fields.map(\.path)
        #expect(paths.contains("spec.containers[0].args[1]") && paths.contains("spec.containers[0].env[0].value"))
        #expect(scrubber.report.fields.allSatisfy { !$0.rule.contains(secret) })
    }

    @Test func `proposes rules from what it finds, and keeps nothing`() throws {
        var suggestion = PolicySuggestion()
        for value in [
            Self.config(["mail": "ann@company.com", "mode": "full", "motd": "Welcome, dear friends of the house!"]),
            ["apiVersion": "v1", "kind": "Secret", "metadata": ["name": "s"], "stringData": ["a": "b12345678"]],
        ] as [Value] {
            try suggestion.add(Manifest(value))
        }
        #expect(suggestion.proposals.contains { $0.field == "data.mail" && $0.dataClass == .personal })
        #expect(suggestion.proposals.contains { $0.kind == "Secret" && $0.field == "stringData.*" })
        #expect(suggestion.undecided.map(\.path) == ["data.motd"])
        let text = YAML.text(suggestion.document, .indented)
        #expect(!text.contains("keep") && !text.contains("ann@"))
        _ = try ScrubPolicy(try YAML.parseOne(Array(text.utf8), file: SourceFile("new.yaml")))
    }
}
