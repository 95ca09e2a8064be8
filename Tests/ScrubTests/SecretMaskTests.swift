import Document
import Manifest
import Scrub
import Testing

@Suite struct SecretMaskTests {
    let pod = Manifest(apiVersion: "v1", kind: "Pod", name: "web")
    let container = FieldPath([
        .field("spec"), .field("containers"), .key([.init(name: "name", value: .init("web"))]),
    ])

    func variable(_ name: String) -> FieldPath {
        container + .field("env") + .key([.init(name: "name", value: .init(name))]) + .field("value")
    }

    @Test func `hides what a name or a form tells to be secret, and shows the rest`() {
        let mask = SecretMask()
        #expect(mask.shown("Kx9-vTq2Lm84", at: variable("DB_PASSWORD"), of: pod) == nil)
        #expect(mask.shown("sk_live_bzgP7uuFe95kfGqXIxB1", at: variable("WHAT"), of: pod) == nil)
        #expect(mask.shown("debug", at: variable("LEVEL"), of: pod) == "debug")
        #expect(mask.shown("web:2", at: container + .field("image"), of: pod) == "web:2")
        let secret = Manifest(apiVersion: "v1", kind: "Secret", name: "s")
        #expect(mask.shown("YQ==", at: FieldPath([.field("data"), .field("a")]), of: secret) == nil)
    }

    @Test func `hides parts of what is shown`() {
        let value: Value = [
            "image": "web:1",
            "env": [["name": "TOKEN", "value": "aB3dE6gH9kL2mN5p"], ["name": "MODE", "value": "full"]],
        ]
        let text = SecretMask().shown(value, at: container, of: pod).map { JSON.text($0) } ?? ""
        #expect(!text.contains("aB3dE6gH9kL2mN5p"))
        #expect(text.contains("(secret)") && text.contains("web:1") && text.contains("full"))
    }

    @Test func `a single item or field is judged by what stands beside it`() {
        let token = "6a4f2c7ab09e51d37c8826e41f7a3b6d905c2e4f"
        let job = Manifest(
            [
                "apiVersion": "example.org/v1", "kind": "Work", "metadata": ["name": "w"],
                "spec": [
                    "args": ["--mode=full", "--token", .string(token)],
                    "settings": [["key": "password", "value": .string(token)], ["key": "size", "value": "12"]],
                ],
            ])
        let (mask, spec) = (SecretMask(), FieldPath([.field("spec")]))
        let settings = spec + .field("settings")
        #expect(mask.shown(.string(token), at: spec + .field("args") + .index(2), of: job) == nil)
        #expect(mask.shown("--token", at: spec + .field("args") + .index(1), of: job) == "--token")
        #expect(mask.shown(.string(token), at: settings + .index(0) + .field("value"), of: job) == nil)
        #expect(mask.shown("12", at: settings + .index(1) + .field("value"), of: job) == "12")
    }

    @Test func `follows the policy`() throws {
        let text = """
            apiVersion: belay/v1
            kind: ScrubPolicy
            spec:
              rules:
                - {kinds: [Pod], fields: ["spec.**.env[name=PARTNER].value"], class: internal}
                - {kinds: [Pod], fields: ["spec.**.env[name=OPEN_TOKEN].value"], action: keep}
            """
        let mask = SecretMask(
            try ScrubPolicy(try YAML.parseOne(Array(text.utf8), file: SourceFile("scrub.yaml"))))
        #expect(mask.shown("Northern Lights", at: variable("PARTNER"), of: pod) == nil)
        #expect(mask.shown("aB3dE6gH9kL2mN5p", at: variable("OPEN_TOKEN"), of: pod) == "aB3dE6gH9kL2mN5p")
    }
}
