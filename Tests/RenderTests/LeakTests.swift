import Crypto
import Document
import FileTree
import Manifest
import Render
import Scrub
import TestSupport
import Testing

/// A project whose production and QA share a base, with one value of production's in one place.
struct PlantedTree {
    /// Where the value stands in its object.
    enum Place: String, CaseIterable {
        case secret, encodedSecret, configMap, variable, argument, annotation, chartValues, generator, ingressHost
    }

    /// Which files have the object.
    enum Way: String, CaseIterable {
        /// Both environments use it.
        case shared
        /// Production has it, and QA something of its own in the same place.
        case separate
        /// QA has a copy of what production has.
        case copied
        /// QA sets another value over the shared one.
        case overridden
        /// Only production has it.
        case productionOnly
    }

    var place: Place
    var way: Way
    var value: String
    var other: String

    func object(_ value: String) -> String {
        let text = JSON.text(.string(value))
        switch place {
        case .secret: return "apiVersion: v1\nkind: Secret\nmetadata: {name: it}\nstringData: {token: \(text)}\n"
        case .encodedSecret:
            return
                "apiVersion: v1\nkind: Secret\nmetadata: {name: it}\ndata: {token: \(Base64.encode(Array(value.utf8)))}\n"
        case .configMap: return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: it}\ndata: {token: \(text)}\n"
        case .variable: return Self.pod("env: [{name: TOKEN, value: \(text)}]")
        case .argument: return Self.pod("args: [--level=2, --api-token, \(text)]")
        case .annotation:
            return
                "apiVersion: v1\nkind: Service\nmetadata:\n  name: it\n  annotations: {example.org/api-token: \(text)}\n"
                + "spec: {ports: [{port: 80}]}\n"
        case .chartValues:
            return "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: it}\n"
                + "spec: {values: {auth: {token: \(text)}}}\n"
        case .generator: return "unused"
        case .ingressHost:
            return "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: it}\n"
                + "spec: {rules: [{host: shop.example.org, http: {paths: [{path: \(text), pathType: Exact, "
                + "backend: {service: {name: web, port: {number: 80}}}}]}}]}\n"
        }
    }

    private static func pod(_ field: String) -> String {
        "apiVersion: v1\nkind: Pod\nmetadata: {name: it}\nspec: {containers: [{name: web, image: web:1, \(field)}]}\n"
    }

    private func generator(_ value: String, _ behavior: String = "") -> String {
        "secretGenerator: [{name: it, \(behavior)literals: [\(JSON.text(.string("token=\(value)")))]}]\n"
    }

    var files: [String: String] {
        var files = [
            "belay.yaml": """
            apiVersion: belay/v1
            kind: Project
            metadata: {name: shop}
            spec:
              environments:
                - {name: qa, namespace: qa, apps: [{path: "overlays/qa"}]}
                - {name: prod, data: production, namespace: prod, apps: [{path: "overlays/prod"}]}
            """,
            "base/web.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}]}\n",
        ]
        var parts = (base: "resources: [web.yaml", prod: "resources: [../../base", qa: "resources: [../../base")
        var ends = (base: "", prod: "", qa: "")
        let (it, own) = (object(value), object(other))
        if place == .generator {
            switch way {
            case .shared: ends.base = generator(value)
            case .separate: ends = ("", generator(value), generator(other))
            case .copied: ends = ("", generator(value), generator(value))
            case .overridden: ends = (generator(value), "", generator(other, "behavior: merge, "))
            case .productionOnly: ends.prod = generator(value)
            }
        } else {
            switch way {
            case .shared, .overridden:
                files["base/it.yaml"] = it
                parts.base += ", it.yaml"
                if way == .overridden {
                    files["overlays/qa/patch.yaml"] = own
                    ends.qa = "patches: [{path: patch.yaml}]\n"
                }
            case .separate, .copied:
                files["overlays/prod/it.yaml"] = it
                files["overlays/qa/it.yaml"] = way == .copied ? it : own
                parts.prod += ", it.yaml"
                parts.qa += ", it.yaml"
            case .productionOnly:
                files["overlays/prod/it.yaml"] = it
                parts.prod += ", it.yaml"
            }
        }
        files["base/kustomization.yaml"] = parts.base + "]\n" + ends.base
        files["overlays/prod/kustomization.yaml"] = parts.prod + "]\n" + ends.prod
        files["overlays/qa/kustomization.yaml"] = parts.qa + "]\n" + ends.qa
        return files
    }
}

@Suite struct LeakTests {
    static func password(_ random: inout SplitMix) -> String {
        let signs = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
        return String((0..<24).map { _ in signs.randomElement(using: &random) ?? "a" }) + "7Qd"
    }

    static let forms: [@Sendable (String) -> String] = [
        { $0 }, { Base64.encode(Array($0.utf8)) }, { Hex.encode(Array($0.utf8)) },
        { JSON.text(["token": .string($0), "ttl": 300]) }, { "https://in.example.org/hook?token=\($0)&v=2" },
        { "postgres://app:\($0)@db:5432/shop?sslmode=require" }, { "mode=full\ntoken=\($0)\n" },
        { "auth:\n  mode: full\n  token: \($0)\n" },
    ]

    @Test(arguments: PlantedTree.Place.allCases, PlantedTree.Way.allCases)
    func `lets nothing of production's into QA, and refuses nothing else`(
        place: PlantedTree.Place, way: PlantedTree.Way
    ) throws {
        var random = SplitMix(state: 21)
        for (number, form) in Self.forms.enumerated() where place != .ingressHost || number == 0 {
            let (value, other) = (Self.password(&random), Self.password(&random))
            let prefix = place == .ingressHost ? "/hooks/" : ""
            let tree = PlantedTree(
                place: place, way: way, value: prefix + form(value), other: prefix + form(other))
            let refusal: Problem?
            var shown = ""
            do {
                let rendering = try Shop.render("qa", tree.files)
                shown = rendering.manifests.map { JSON.text($0.value) }.joined() + "\(rendering)"
                refusal = nil
            } catch {
                refusal = error as? Problem
                shown = "\(error)"
            }
            #expect(!shown.contains(value) && !shown.contains(form(value)), "form \(number)")
            #expect((refusal != nil) == (way == .copied), "form \(number): \(refusal?.description ?? "")")
            if way == .copied {
                #expect(refusal?.message.contains("overlays/qa/") == true)
                #expect(refusal?.message.contains("overlays/prod/") == true)
            }
            if way == .separate || way == .overridden, place != .encodedSecret, place != .generator, number == 0 {
                #expect(shown.contains(other), "form \(number)")
            }
        }
    }

    @Test func `runs the gate again when production has a new secret, and renders only what it stops`() throws {
        let renderer = Renderer(rootKey: [4])
        var files = PlantedTree(
            place: .configMap, way: .separate, value: "aB3dE6gH9kL2mN5pQ8", other: "zY8xW7vU6tS5rQ4p3"
        )
        .files
        let first = try Shop.render("qa", files, with: renderer)
        files["overlays/prod/more.yaml"] =
            "apiVersion: v1\nkind: Secret\nmetadata: {name: more}\nstringData: {token: q9W8e7R6t5Y4u3I2o1}\n"
        files["overlays/prod/kustomization.yaml"] = "resources: [../../base, it.yaml, more.yaml]\n"
        #expect(try Shop.render("qa", files, with: renderer).digest == first.digest)
        files["overlays/prod/more.yaml"] =
            "apiVersion: v1\nkind: Secret\nmetadata: {name: more}\nstringData: {token: zY8xW7vU6tS5rQ4p3}\n"
        let problem = #expect(throws: Problem.self) { try Shop.render("qa", files, with: renderer) }
        #expect(problem?.message.contains("overlays/prod/more.yaml:4:") == true)
        #expect(problem?.message.contains("zY8xW7vU6tS5rQ4p3") == false)
    }

    @Test func `renders nothing scrubbed while production cannot be judged`() throws {
        var files = PlantedTree(place: .secret, way: .separate, value: "aB3dE6gH9kL2mN5pQ8", other: "zY8xW7vU6tS5rQ4p3")
            .files
        files["overlays/prod/it.yaml"] = "apiVersion: v1\nkind: Secret\nmetadata: {name: it}\ndata: {token: '!'}\n"
        let problem = #expect(throws: Problem.self) { try Shop.render("qa", files) }
        #expect(problem?.hint.contains("what production keeps secret is unknown") == true)
        files["overlays/prod/it.yaml"] = "apiVersion: v1\nkind: Secret\nmetadata: [\n"
        #expect(throws: Problem.self) { try Shop.render("qa", files) }
    }

    @Test func `gives one value one stand-in, wherever it stands`() throws {
        var files = Shop.files
        files["apps/web/base/kustomization.yaml"] = """
            resources: [all.yaml, more.yaml]
            secretGenerator:
            - {name: keys, literals: [password=tr0ub4dor-And-3]}
            """
        files["apps/web/base/more.yaml"] = """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: more}
            data:
              url: postgres://shop:tr0ub4dor-And-3@database:5432/shop?sslmode=disable
              note: the password of today is tr0ub4dor-And-3.
              app.properties: |
                mode=full
                db.password=tr0ub4dor-And-3
              encoded: \(Base64.encode(Array("tr0ub4dor-And-3".utf8)))
            """
        files["apps/web/overlays/dev/kustomization.yaml"] = "resources: [../../base]\n"
        let rendering = try Shop.render("dev", files)
        let password = try Shop.plain(try Shop.secret(rendering, "keys-"), "password")
        let data = try #require(rendering.manifests.first { $0.name == "more" }?.value["data"]?.dictionary)
        #expect(data["url"] == "postgres://shop:\(password)@database:5432/shop?sslmode=disable")
        #expect(data["note"] == "the password of today is \(password).")
        #expect(data["app.properties"] == "mode=full\ndb.password=\(password)\n")
        #expect(data["encoded"] == Base64.encode(Array(password.utf8)))
    }

    @Test func `gives new stand-ins when the environment's rotation is counted up`() throws {
        var files = Shop.files
        let first = try Shop.plain(try Shop.secret(try Shop.render("dev", files), "keys-"), "password")
        files["belay.yaml"]?.replace("namespace: shop-dev,", with: "namespace: shop-dev, rotation: 1,")
        let second = try Shop.plain(try Shop.secret(try Shop.render("dev", files), "keys-"), "password")
        #expect(first != second)
    }
}
