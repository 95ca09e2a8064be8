import BenchSupport
import Crypto
import Document
import Manifest
import Scrub

// How long it takes to learn what production keeps secret, and to prove of scrubbed renderings that nothing of it is in
// them, with more and more applications on both sides: `make bench-gate`. An application is a Secret with a key pair and a
// password, two ConfigMaps, one of them with files, a Deployment with sixteen variables and a Service: 8 kB in all.

/// Texts that are the same on each run.
struct Draws {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next(_ count: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ (mixed >> 31)) % UInt64(count))
    }

    mutating func text(_ count: Int) -> String {
        let signs = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
        return String(decoding: (0..<count).map { _ in signs[next(signs.count)] }, as: UTF8.self)
    }

    private static let words = "rope knot anchor sail harbour west wind tide mast deck bow stern crew chart".split {
        $0 == " "
    }

    mutating func words(_ count: Int) -> String {
        (0..<count).map { _ in Self.words[next(Self.words.count)] }.joined(separator: " ")
    }
}

/// One application's manifests; those with another seed hold other values.
struct Application {
    private var draws: Draws
    private let name: String

    init(_ number: Int, seed: UInt64) {
        draws = Draws(seed &* 1_000_003 &+ UInt64(number))
        name = "shop-\(number)"
    }

    mutating func manifests() -> [Manifest] {
        [secret(), settings(), files(), deployment(), service()].map(Manifest.init)
    }

    private func head(_ version: String, _ kind: String) -> Value {
        [
            "apiVersion": .string(version), "kind": .string(kind),
            "metadata": ["name": .string(name), "labels": ["app.kubernetes.io/name": .string(name)]],
        ]
    }

    private mutating func secret() -> Value {
        // As long as a key of RSA with 2048 bits, and with the same beginning as all of them.
        let body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ" + draws.text(1582)
        let lines = stride(from: 0, to: body.count, by: 64).map { String(body.dropFirst($0).prefix(64)) }
        let key =
            "-----BEGIN PRIVATE KEY-----\n" + lines.joined(separator: "\n") + "\n-----END PRIVATE KEY-----\n"
        let password = draws.text(24)
        let parts = [
            "tls.key": key, "password": password, "token": draws.text(40),
            "url": "postgres://shop:\(password)@db.prod:5432/shop", "user": "shop",
        ]
        var value = head("v1", "Secret")
        value["data"] = .strings(parts.mapValues { Base64.encode(Array($0.utf8)) })
        return value
    }

    private mutating func settings() -> Value {
        var parts = ["LOG_LEVEL": "info", "FEATURES": "search,cart", "OWNER": "\(draws.text(8))@company.com"]
        for number in 0..<12 { parts["SETTING_\(number)"] = draws.words(3) }
        var value = head("v1", "ConfigMap")
        value["data"] = .strings(parts)
        return value
    }

    private mutating func files() -> Value {
        var yaml = "server:\n  port: 8080\nlimits:\n"
        for number in 0..<20 { yaml += "  limit\(number): \(draws.next(9000))\n" }
        var json: [String] = []
        for number in 0..<20 { json.append("\"name\(number)\": \"\(draws.words(2))\"") }
        var value = head("v1", "ConfigMap")
        value["data"] = .strings([
            "app.yaml": yaml, "app.json": "{\(json.joined(separator: ", "))}",
            "nginx.conf": String(
                repeating: "location /\(draws.text(8)) { proxy_pass http://\(name):8080; }\n", count: 12),
        ])
        return value
    }

    private mutating func deployment() -> Value {
        var variables: [Value] = []
        for number in 0..<16 {
            variables.append(["name": .string("VARIABLE_\(number)"), "value": .string(draws.words(2))])
        }
        var value = head("apps/v1", "Deployment")
        value["spec"] = [
            "replicas": 2, "selector": ["matchLabels": ["app": .string(name)]],
            "template": [
                "metadata": ["labels": ["app": .string(name)]],
                "spec": [
                    "containers": [
                        [
                            "name": "web", "image": .string("registry.company.com/shop/\(name):1.4.2"),
                            "args": ["--listen=:8080", "--mode", "full"], "env": .sequence(variables),
                        ]
                    ]
                ],
            ],
        ]
        return value
    }

    private func service() -> Value {
        var value = head("v1", "Service")
        value["spec"] = ["selector": ["app": .string(name)], "ports": [["port": 80, "targetPort": 8080]]]
        return value
    }
}

func size(_ manifests: [Manifest]) -> Int { manifests.reduce(0) { $0 + YAML.emit([$1.value], .indented).count } }

for count in [100, 300, 1000, 3000] {
    let production = (0..<count).map { number in
        var application = Application(number, seed: 1)
        return application.manifests()
    }
    let scrubbed = (0..<count).map { number in
        var application = Application(number, seed: 2)
        return application.manifests()
    }
    var known = Fingerprints(key: [1])
    let learning = try Measure.work {
        for (number, manifests) in production.enumerated() {
            let secrets = ProductionSecrets(
                of: "prod/shop-\(number)", policy: .standard, key: [1], taint: Taint { _ in true })
            for manifest in manifests { try secrets.add(manifest) }
            known.formUnion(secrets.fingerprints)
        }
    }
    var leaks = 0
    let gate = try Measure.work {
        for manifests in scrubbed {
            var gate = LeakGate(known)
            for manifest in manifests { leaks += try gate.leaks(in: manifest).count }
        }
    }
    let bytes = scrubbed.reduce(0) { $0 + size($1) }
    print(
        "\(count) applications of \(bytes / count / 1000) kB: learning \((learning / Double(count)).rounded(3)) ms each,"
            + " gate \((gate / Double(count)).rounded(3)) ms each (\((Double(bytes) / 1e3 / gate).rounded(0)) MB/s), \(leaks) leaks"
    )
}
