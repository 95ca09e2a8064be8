import Foundation
import System
import TestSupport
import Testing

/// How the service is started, told about several repositories, and taken away.
@Suite struct ServingTests {
    @Test func `a service follows the repositories of its config, and verbs say which project they mean`() async throws
    {
        try await Machine.run(Fleet.shop(), starting: false) { machine in
            let other = try GitFixture()
            try other.commit(
                "Begin",
                [
                    "belay.yaml": Fleet.project([("live", "app")]).replacing("name: shop}", with: "name: books}"),
                    "app/web.yaml": Fleet.web(greeting: "books"), "app/service.yaml": Fleet.service,
                ])
            // Both end in fleet.git: their names are told apart.
            let second = try other.makeOrigin("fleet.git")
            let config = "\(machine.folder.path)/server.yaml"
            try Files.replace(
                config,
                with: """
                    apiVersion: belay/v1
                    kind: Server
                    metadata: {name: test}
                    spec:
                      projects:
                        - url: \(machine.origin)
                        - url: \(second)

                    """.utf8)
            try await machine.start("serve", "--config", config)
            try await machine.readyPods()
            try await machine.readyPods(in: "shop-live")
            try await machine.serves("books", in: "shop-live")
            let question = try await machine.belay("status")
            #expect(question.code == 1)
            let names = question.errors.matches(of: /fleet-[0-9a-f]{8}/).map { String($0.output) }
            #expect(Set(names).count == 2, "\(question)")
            let answers = try await [
                machine.belay("status", "--project", names[0]).output,
                machine.belay("status", "--project", names[1]).output,
            ]
            #expect(answers.contains { $0.contains("dev ") } && answers.contains { $0.contains("live ") })
        }
    }

    @Test func `down stops the service, and keeps images and history unless told otherwise`() async throws {
        try await Machine.run(Fleet.shop()) { machine in
            try await machine.readyPods()
            try await machine.says("succeeded", "history", "dev")
            try await machine.run("down")
            try await eventually("the service has ended") { !machine.isServing }
            #expect(machine.shims.isEmpty)
            #expect(try await machine.run("image", "list").contains("localhost/box:1"))
            try await machine.run("down")

            try await machine.start()
            try await machine.readyPods()
            try await machine.serves("hello")
            let history = try await machine.run("history", "dev")
            #expect(history.matches(of: /succeeded/).count >= 1)
            #expect(try await machine.run("audit", "verify").contains("as they were written"))
        }
    }

    @Test func `generated config rolls its pods, names resolve in them, and only production sees its secrets`()
        async throws
    {
        func overlay(_ greeting: String) -> String {
            """
            resources: [../../base]
            configMapGenerator:
              - name: greeting
                literals: [GREETING=\(greeting)]

            """
        }
        let web = Fleet.web().replacing(
            #"env: [{name: GREETING, value: "hello"}]"#,
            with: "envFrom: [{configMapRef: {name: greeting}}, {secretRef: {name: keys}}]")
        let project = Fleet.project([("dev", "apps/*/overlays/dev"), ("live", "apps/*/overlays/live")])
            .replacing("- name: dev\n      data: production", with: "- name: dev")
        let files = [
            "belay.yaml": project,
            "apps/web/base/kustomization.yaml": "resources: [web.yaml, service.yaml, keys.yaml]\n",
            "apps/web/base/web.yaml": web, "apps/web/base/service.yaml": Fleet.service,
            "apps/web/base/keys.yaml":
                "apiVersion: v1\nkind: Secret\nmetadata: {name: keys}\nstringData: {PAYMENTS: live-4242-4242}\n",
            "apps/web/overlays/dev/kustomization.yaml": overlay("dev"),
            "apps/web/overlays/live/kustomization.yaml": overlay("live"),
        ]
        try await Machine.run(files) { machine in
            let first = try #require(try await machine.readyPods().first)
            try await machine.readyPods(in: "shop-live")
            try await machine.serves("dev")
            let name = "http://web.shop-dev.svc.cluster.local/"
            #expect(
                try await machine.run("exec", "deploy/web", "-n", "shop-live", after: ["wget", "-qO-", name]) == "dev\n"
            )

            let print = ["sh", "-c", "echo $PAYMENTS"]
            #expect(
                try await machine.run("exec", "deploy/web", "-n", "shop-live", after: print) == "live-4242-4242\n")
            let scrubbed = try await machine.run("exec", "deploy/web", "-n", "shop-dev", after: print)
            #expect(!scrubbed.contains("4242") && scrubbed.count == "live-4242-4242\n".count, "\(scrubbed)")

            try machine.push("Greet anew", ["apps/web/overlays/dev/kustomization.yaml": overlay("anew")])
            try await machine.serves("anew")
            #expect(try await machine.readyPods().first?.uid != first.uid)
        }
    }
}
