import Foundation
import System
import TestSupport
import Testing

/// What a service says to anybody, searched for values that are production's alone.
@Suite struct SecrecyTests {
    /// Values that production keeps secret, each in a place of its own.
    private static let planted = [
        "secret": "Vq7-Lm2xPz91kTw", "variable": "Hd83jQpL0zXs6Yn2", "config": "Rk5tGw8eBn3mVc7q",
        "person": "ingrid.solbakken@fjordmail.no",
    ]
    private static let newer = "Zt6yUi2oPa9sDf4g"

    private static func files(secret: String) -> [String: String] {
        let web = Fleet.web().replacing(
            #"env: [{name: GREETING, value: "hello"}]"#,
            with: #"env: [{name: GREETING, value: "hello"}, {name: API_TOKEN, value: "\#(planted["variable"] ?? "")"}]"#
        )
        return [
            "belay.yaml": Fleet.project([("dev", "overlays/dev"), ("live", "overlays/live")])
                .replacing("- name: dev\n      data: production", with: "- name: dev"),
            "base/kustomization.yaml": "resources: [web.yaml, service.yaml, keys.yaml, config.yaml]\n",
            "base/web.yaml": web, "base/service.yaml": Fleet.service,
            "base/keys.yaml":
                "apiVersion: v1\nkind: Secret\nmetadata: {name: keys}\nstringData: {password: \(secret)}\n",
            "base/config.yaml": """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: config, annotations: {example.org/owner: \(planted["person"] ?? "")}}
            data:
              app.properties: |
                mode=full
                db.password=\(planted["config"] ?? "")
              url: redis://:\(secret)@cache:6379/0

            """,
            "overlays/dev/kustomization.yaml": "resources: [../../base]\n",
            "overlays/live/kustomization.yaml": "resources: [../../base]\n",
        ]
    }

    @Test func `no page, answer, event, record or line of the log holds a secret of production's`() async throws {
        try await Machine.run(Self.files(secret: Self.planted["secret"] ?? "")) { machine in
            try await machine.readyPods()
            try await machine.readyPods(in: "shop-live")
            try machine.push("Renew the password", Self.files(secret: Self.newer))
            try await eventually("production has the new password") {
                let words = ["get", "cm", "config", "-n", "shop-live", "-o", "yaml"]
                return try await machine.belay(words: words).output.contains(Self.newer)
            }
            // Held back: what production has is in a file of dev's own, and then something that cannot be rendered.
            try machine.push(
                "Copy it",
                [
                    "overlays/dev/copy.yaml":
                        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: copy}\ndata: {note: \"use \(Self.newer)\"}\n",
                    "overlays/dev/kustomization.yaml": "resources: [../../base, copy.yaml]\n",
                ])
            try await machine.says("keeps secret", "status")

            var said: [String: String] = [:]
            let questions = [
                ["status", "-o", "json"], ["status"], ["diff", "dev"], ["diff", "dev", "-o", "json"], ["diff", "live"],
                ["diff", "live", "-o", "json"], ["history", "dev", "-o", "json"], ["history", "live", "-o", "json"],
                ["blame", "secret/keys", "--env", "live"], ["blame", "cm/config", "--env", "live", "-o", "json"],
                ["blame", "deploy/web", "--env", "live"], ["blame", "cm/config", "--env", "dev"],
                ["events", "-n", "shop-dev"], ["events", "-n", "shop-live"], ["audit", "verify"],
                ["get", "cm", "config", "-n", "shop-dev", "-o", "yaml"],
                ["get", "secret", "keys", "-n", "shop-dev", "-o", "yaml"],
                ["get", "deploy", "web", "-n", "shop-dev", "-o", "yaml"],
            ]
            for words in questions {
                let outcome = try await machine.belay(words: words)
                said[words.joined(separator: " ")] = outcome.output + outcome.errors
            }
            said["the log"] = try Files.text(machine.log, limit: 64 << 20)
            for name in try FileManager.default.subpathsOfDirectory(atPath: "\(machine.folder.path)/state")
            where name.contains("journal") || name.hasSuffix(".log") {
                let bytes = try Files.read("\(machine.folder.path)/state/\(name)", limit: 256 << 20)
                said[name] = String(decoding: bytes, as: UTF8.self)
            }
            #expect(said["status -o json"]?.contains("overlays/dev/copy.yaml") == true)
            #expect(said["blame secret/keys --env live"]?.contains("(secret)") == true)
            #expect(said.keys.contains { $0.hasSuffix("journal.db") })
            let values = Self.planted.values + [Self.newer]
            for (source, text) in said {
                for value in values + values.map({ Data($0.utf8).base64EncodedString() }) {
                    #expect(!text.contains(value), "\(source) holds a planted value")
                }
            }
        }
    }
}
