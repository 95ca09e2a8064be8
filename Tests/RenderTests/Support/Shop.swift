import Crypto
import Document
import FileTree
import Manifest
import Render
import Testing

/// A shop with one application, whose secret is partly production's and partly dev's own.
enum Shop {
    static let files = [
        "belay.yaml": TestProject.text(
            "{name: dev, namespace: shop-dev, apps: [{path: \"apps/*/overlays/dev\"}]}",
            "{name: prod, data: production, namespace: shop, apps: [{path: \"apps/*/overlays/prod\"}]}"),
        "apps/web/base/kustomization.yaml": """
        resources: [all.yaml]
        secretGenerator:
        - name: keys
          literals: [password=correct-horse, "url=postgres://shop:correct-horse@database:5432/shop?sslmode=disable"]
        """,
        "apps/web/base/all.yaml": """
        apiVersion: v1
        kind: Pod
        metadata: {name: web}
        spec:
          containers:
          - name: web
            image: web:1
            envFrom: [{secretRef: {name: keys}}]
        ---
        apiVersion: v1
        kind: Namespace
        metadata: {name: extra}
        ---
        apiVersion: v1
        kind: Secret
        metadata: {name: plain}
        stringData: {token: Abc123, note: ""}
        data: {mail: am9obkBjb21wYW55LmNvbQ==}
        """,
        "apps/web/overlays/dev/kustomization.yaml": """
        resources: [../../base]
        secretGenerator:
        - {name: keys, behavior: merge, literals: [extra=only-dev]}
        """,
        "apps/web/overlays/prod/kustomization.yaml": "resources: [../../base]\nnamePrefix: p-",
        "docs/guide.md": "text",
    ]

    static func render(
        _ environment: String, _ files: [String: String] = files,
        with renderer: Renderer = Renderer(rootKey: [1, 2, 3])
    ) throws -> Rendering {
        try #require(try TestProject.render(environment, files, with: renderer).first)
    }

    static func secret(_ rendering: Rendering, _ prefix: String) throws -> Manifest {
        try #require(rendering.manifests.first { $0.kind == "Secret" && $0.name.hasPrefix(prefix) })
    }

    static func plain(_ secret: Manifest, _ key: String) throws -> String {
        if let text = secret.value[path: "stringData", key]?.string { return text }
        let encoded = try #require(secret.value[path: "data", key]?.string)
        let bytes = try #require(Base64.decode(encoded))
        return String(decoding: bytes, as: UTF8.self)
    }
}
