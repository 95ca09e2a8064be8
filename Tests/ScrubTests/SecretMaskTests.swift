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
