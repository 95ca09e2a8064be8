import Document
import Git
import Plan
import Promotion
import Synchronization
import System
import TestSupport
import Testing

@Suite struct PromotionTests {
    private static let overlay = "apps/web/overlays/qa/kustomization.yaml"

    @Test func `copies image versions and leaves every other byte alone`() async throws {
        let shop = try Shop()
        let head = try shop.git("rev-parse", "main")
        guard
            case .committed(let id, let message) = try await shop.promoter.promote(from: "dev", to: "qa", Shop.request)
        else {
            Issue.record("nothing was committed")
            return
        }
        #expect(try shop.git("rev-parse", "main") == id.description)
        #expect(try shop.file(Self.overlay) == Shop.qa.replacing("'1.0.0'", with: "'1.1.0'"))
        #expect(try shop.git("diff", "--numstat", head, "main") == "1\t1\t\(Self.overlay)")
        #expect(message == "Promote dev to qa: shop-web 1.1.0")
        #expect(
            try shop.git("log", "-1", "--format=%(trailers:only,unfold)").split(separator: "\n") == [
                "Belay-Promoted-From: dev", "Belay-Environment: qa", "Belay-Source-Revision: \(head)",
                "Belay-Plan: sha256:abc", "Belay-Requested-By: ada Belay-Environment: prod",
            ])
        let records = await shop.journal.records
        #expect(records.map(\.kind) == [.promotion, .promotion])
        #expect(records.map(\.result) == [nil, .succeeded])
        #expect(records[1].commit == id.description)
        #expect(records[1].changes.map(\.field) == [Self.overlay])
        #expect(records[1].changes[0].after == (try shop.git("rev-parse", "main:\(Self.overlay)")))
    }

    @Test func `promotes the shop of sample-repo, changing scalars only`() async throws {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let shop = try Shop()
        try runProgram(
            ["sh", "-c", "rm -rf apps belay.yaml && cp -r '/\(root)/sample-repo/.' ."], in: shop.fixture.work)
        let head = try shop.fixture.commit("the sample")
        try shop.fixture.git("push", "-q", "origin", "main")
        let outcome = try await shop.promoter.promote(from: "dev", to: "qa", Shop.request)
        guard case .committed = outcome else {
            Issue.record("\(outcome)")
            return
        }
        for line in try shop.git("diff", "--numstat", head, "main").split(separator: "\n") {
            let columns = line.split(separator: "\t")
            #expect(columns[0] == columns[1] && columns[2].hasPrefix("apps/") && columns[2].contains("/overlays/qa/"))
        }
        guard case .nothing = try await shop.promoter.promote(from: "dev", to: "qa", Shop.request) else {
            Issue.record("a second promotion found something")
            return
        }
    }

    @Test func `says that there is nothing to promote`() async throws {
        let shop = try Shop()
        _ = try await shop.promoter.promote(from: "dev", to: "qa", Shop.request)
        let head = try shop.git("rev-parse", "main")
        guard case .nothing(let reason) = try await shop.promoter.promote(from: "dev", to: "qa", Shop.request) else {
            Issue.record("something was committed")
            return
        }
        #expect(reason == "qa has the image versions of dev already")
        #expect(try shop.git("rev-parse", "main") == head)
        #expect(await shop.journal.records.count == 2)
    }

    @Test func `takes the versions of the commit that runs, not of the head`() async throws {
        let shop = try Shop()
        let running = try #require(ObjectID(try shop.git("rev-parse", "main")))
        try shop.push("newer", ["apps/web/overlays/dev/kustomization.yaml": Shop.dev.replacing("1.1.0", with: "2.0.0")])
        _ = try await shop.promoter.promote(from: "dev", to: "qa", running: running, Shop.request)
        #expect(try shop.file(Self.overlay).contains("'1.1.0'"))
    }

    @Test func `moves between tags and digests, and adds missing entries`() async throws {
        let digest = "sha256:" + String(repeating: "a", count: 64)
        let shop = try Shop([
            "apps/web/overlays/dev/kustomization.yaml":
                "images:\n- name: shop-web\n  digest: \(digest)\n- {name: extra, newTag: \"2\"}\n",
            "apps/plain/overlays/dev/deployment.yaml": "kind: X\n",
            "apps/plain/overlays/qa/deployment.yaml": "kind: X\n",
            "apps/only-dev/overlays/dev/kustomization.yaml": "images: [{name: a, newTag: b}]\n",
        ])
        _ = try await shop.promoter.promote(from: "dev", to: "qa", Shop.request)
        let after = try YAML.parse(Array(try shop.file(Self.overlay).utf8), file: SourceFile("qa"))[0]
        let web = try #require(after["images"]?.items?.first)
        #expect(web["digest"]?.string == digest)
        #expect(web["newTag"] == nil)
        #expect(web["newName"]?.string == "registry/shop-web")
        #expect(after["images"]?.items?.map { $0["name"]?.string } == ["shop-web", "sidecar", "extra"])
        #expect(after["images"]?.items?.last?["newTag"]?.string == "2")
        #expect(try shop.file(Self.overlay).contains("# qa's web"))
        guard case .nothing(let reason) = try await shop.promoter.promote(from: "dev", to: "qa", Shop.request) else {
            return
        }
        #expect(reason.contains("only-dev is left out: qa has no such application"))
        #expect(reason.contains("plain is left out: it is no kustomization"))
    }

    @Test func `makes the change again on top of whoever was faster`() async throws {
        let shop = try Shop()
        let count = Mutex(0)
        shop.writer.rival.withLock { rival in
            rival = { [unowned shop] in
                let number = count.withLock { count in
                    count += 1
                    return count
                }
                if number <= 3 { try shop.push("rival \(number)", ["rival": "\(number)\n"]) }
            }
        }
        guard case .committed = try await shop.promoter.promote(from: "dev", to: "qa", Shop.request) else {
            Issue.record("nothing was committed")
            return
        }
        #expect(try shop.git("rev-list", "--count", "main") == "5")
        #expect(try shop.file("rival") == "3\n")
        #expect(try shop.file(Self.overlay).contains("'1.1.0'"))
        let results = await shop.journal.records.map(\.result)
        #expect(results == [nil, .superseded, nil, .superseded, nil, .superseded, nil, .succeeded])
    }

    @Test func `gives up when others are always faster, and records it`() async throws {
        let shop = try Shop()
        let count = Mutex(0)
        shop.writer.rival.withLock { rival in
            rival = { [unowned shop] in
                let number = count.withLock { count in
                    count += 1
                    return count
                }
                try shop.push("rival \(number)", ["rival": "\(number)\n"])
            }
        }
        let failure = await #expect(throws: GitError.self) {
            try await shop.promoter.promote(from: "dev", to: "qa", Shop.request)
        }
        #expect(failure?.code == .leaseLost)
        #expect(await shop.journal.records.last?.result == .failed)
    }

    @Test(arguments: [
        ("dev", "prod", "", "nothing is promoted to prod"),
        ("qa", "qa", "", "qa is promoted from dev, not from qa"),
        ("dev", "qa", "promote: {from: dev, via: pullRequest}", "pull request"),
        ("dev", "qa", "promote: {from: dev, gates: [{approvals: 1}]}", "gates"),
    ])
    func `holds to the target's own rule`(from: String, to: String, rule: String, words: String) async throws {
        let project = rule.isEmpty ? Shop.project : Shop.project.replacing("promote: {from: dev}", with: rule)
        let shop = try Shop(["belay.yaml": project])
        let head = try shop.git("rev-parse", "main")
        let refused = await #expect(throws: Problem.self) {
            try await shop.promoter.promote(from: from, to: to, Shop.request)
        }
        #expect(refused?.message.contains(words) == true, "\(String(describing: refused))")
        #expect(refused?.origin.file.path == "belay.yaml")
        #expect(refused?.hint.isEmpty == false)
        #expect(try shop.git("rev-parse", "main") == head)
    }

    @Test(arguments: [
        ("nowhere", "qa", ""), ("dev", "nowhere", ""), ("dev", "qa", "images: {a: b}\n"),
        ("dev", "qa", "images: [x]\n"),
        ("dev", "qa", "a: b: c\n"), ("dev", "qa", "a: 1\n---\nb: 1\n"),
    ])
    func `refuses what it cannot read, and leaves git alone`(from: String, to: String, overlay: String) async throws {
        let shop = try Shop(overlay.isEmpty ? [:] : [Self.overlay: overlay])
        let head = try shop.git("rev-parse", "main")
        await #expect(throws: Problem.self) { try await shop.promoter.promote(from: from, to: to, Shop.request) }
        #expect(try shop.git("rev-parse", "main") == head)
    }
}
