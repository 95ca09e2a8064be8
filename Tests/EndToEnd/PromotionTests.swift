import Foundation
import TestSupport
import Testing

/// Versions move from one environment to the next as commits.
@Suite struct PromotionTests {
    private static func overlay(_ tag: String) -> String {
        """
        # The shop, where people look first.
        resources: [../../base]

        images:
          - name: localhost/box
            newTag: "\(tag)"  # moved on by promotion

        """
    }

    private static let files = [
        "belay.yaml": Fleet.project([("dev", "apps/*/overlays/dev"), ("qa", "apps/*/overlays/qa")], promote: true),
        "apps/web/base/kustomization.yaml": "resources: [web.yaml, service.yaml]\n",
        "apps/web/base/web.yaml": Fleet.web(image: "localhost/box:0"), "apps/web/base/service.yaml": Fleet.service,
        "apps/web/overlays/dev/kustomization.yaml": overlay("2"),
        "apps/web/overlays/qa/kustomization.yaml": overlay("1"),
    ]

    @Test func `promotion and rollback are commits that keep comments, and environments follow them`() async throws {
        try await Machine.run(Self.files, starting: false) { machine in
            try await machine.run("image", "tag", "localhost/box:1", "localhost/box:2")
            try await machine.start()
            try await machine.readyPods()
            let qa = try #require(try await machine.readyPods(in: "shop-qa").first)
            let first = try machine.git.git("rev-parse", "HEAD")
            try await eventually("dev and qa are well") { try await machine.belay("status").code == 0 }

            let answer = try await machine.run("promote", "dev", "qa")
            #expect(answer.contains("qa"), "\(answer)")
            try machine.git.git("pull", "-q", "origin", "main")
            let text = try machine.git.git("show", "HEAD:apps/web/overlays/qa/kustomization.yaml") + "\n"
            #expect(text == Self.overlay("2"))
            try await eventually("qa has another pod") {
                let pods = try await machine.pods(in: "shop-qa")
                return pods.count == 1 && pods[0].uid != qa.uid && pods[0].isReady
            }
            try await machine.says("promot", "history", "qa")

            try await machine.run("rollback", "qa", "--to", first)
            try machine.git.git("pull", "-q", "origin", "main")
            #expect(
                try machine.git.git("show", "HEAD:apps/web/overlays/qa/kustomization.yaml") + "\n" == Self.overlay("1"))
            try await eventually("qa runs the former version") {
                try await machine.run("get", "pods", "-n", "shop-qa", "-o", "yaml").contains("image: localhost/box:1\n")
            }
            try await machine.readyPods(in: "shop-qa")
            #expect(try await machine.run("audit", "verify").contains("as they were written"))
        }
    }
}
