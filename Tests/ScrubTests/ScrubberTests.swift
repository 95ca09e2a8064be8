import Document
import Scrub
import Testing

@Suite struct ScrubberTests {
    static let shared = Origin(SourceFile("base/secret.yaml"), line: 3, column: 5)
    static let own = Origin(SourceFile("dev/secret.yaml"), line: 3, column: 5)

    func policy(_ rules: String) throws -> ScrubPolicy {
        let text = "apiVersion: belay/v1\nkind: ScrubPolicy\nspec:\n  rules:\n" + rules
        return try ScrubPolicy(try YAML.parseOne(Array(text.utf8), file: SourceFile("scrub.yaml")))
    }

    func scrub(_ manifest: Value, _ policy: ScrubPolicy = .standard) throws -> (Value, ScrubReport) {
        var scrubber = Scrubber(policy: policy, key: [7], taint: Taint { $0 == Self.shared.file })
        var value = manifest
        try scrubber.scrub(&value)
        return (value, scrubber.report)
    }

    func secret(_ field: String, _ key: String, _ text: String, _ origin: Origin) -> Value {
        var value: Value = ["apiVersion": "v1", "kind": "Secret", "metadata": ["name": "keys"]]
        value[path: field, key] = Value(.scalar(Scalar(text)), origin: origin)
        return value
    }

    @Test func `replaces what production reads, keeps what it does not, and counts the unknown as production's`() throws
    {
        #expect(try scrub(secret("stringData", "k", "geheim", Self.shared)).0[path: "stringData", "k"] != "geheim")
        #expect(try scrub(secret("stringData", "k", "geheim", Self.own)).0[path: "stringData", "k"] == "geheim")
        #expect(try scrub(secret("stringData", "k", "geheim", .none)).0[path: "stringData", "k"] != "geheim")
    }

    @Test func `refuses data that cannot be judged`() throws {
        let problem = #expect(throws: Problem.self) { try scrub(secret("data", "k", "no base64!", Self.shared)) }
        #expect(problem?.origin == Self.shared)
        #expect(problem?.description.contains("no base64!") == false)
        var number = secret("stringData", "k", "x", Self.shared)
        number[path: "stringData", "k"] = Value(.scalar(Scalar("12", .int)), origin: Self.shared)
        #expect(throws: Problem.self) { try scrub(number) }
    }

    @Test func `drops kubectl's copy of the whole object`() throws {
        var value = secret("stringData", "k", "geheim", Self.own)
        value[path: "metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"] =
            "{\"k\":\"geheim\"}"
        #expect(try scrub(value).0[path: "metadata", "annotations"]?.fields?.isEmpty == true)
    }

    @Test func `lets rules decide first, for any kind`() throws {
        let policy = try policy(
            """
              - {kinds: [Secret], names: ["k*s"], fields: [stringData.k], action: keep}
              - {kinds: [Pod], fields: ["spec.containers[*].env[0].value"], action: fixed, value: none of yours}
              - {fields: ["data.*"], action: replace}
            """)
        #expect(
            try scrub(secret("stringData", "k", "geheim", Self.shared), policy).0[path: "stringData", "k"] == "geheim")
        let pod: Value = [
            "apiVersion": "v1", "kind": "Pod", "metadata": ["name": "p"],
            "spec": ["containers": [["env": [["value": "a"], ["value": "b"]]]]],
        ]
        let (scrubbed, report) = try scrub(pod, policy)
        let environment = scrubbed[path: "spec", "containers"]?.items?[0]["env"]
        #expect(environment?.items?[0]["value"] == "none of yours")
        #expect(environment?.items?[1]["value"] == "b")
        #expect(report.fields.map(\.path) == ["spec.containers[0].env[0].value"])
        #expect(report.fields.first?.rule == "rule at scrub.yaml:6:5")
        let map: Value = ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "m"], "data": ["a": "text"]]
        #expect(try scrub(map, policy).0[path: "data", "a"] != "text")
    }

    @Test(arguments: [
        ("  - {fields: [data.x], action: replce}", "scrub.yaml:5:32"),
        ("  - {fields: [data.x], action: keep, wht: 1}", "scrub.yaml:5:38"),
        ("  - {fields: [data.x]}", "scrub.yaml:5:5"),
        ("  - {fields: [], action: keep}", "scrub.yaml:5:5"),
        ("  - {fields: [data.x], action: fixed}", "scrub.yaml:5:32"),
        ("  - {fields: [data.x], action: keep, value: x}", "scrub.yaml:5:45"),
        ("  - {fields: [\"data..x\"], action: keep}", "scrub.yaml:5:15"),
        ("  - {fields: [\"data[x]\"], action: keep}", "scrub.yaml:5:15"),
    ])
    func `refuses a broken rule at its place`(rule: String, place: String) {
        let problem = #expect(throws: Problem.self) { try policy(rule) }
        #expect(problem?.origin.description == place, "\(problem?.description ?? "")")
    }
}
