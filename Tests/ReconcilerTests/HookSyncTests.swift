import Cluster
import Document
import LocalCluster
import Manifest
import Plan
import Reconciler
import Sync
import Synchronization
import System
import Testing

/// Hooks as an application's syncs run them. The test ends the jobs itself, in place of a controller and a node.
@Suite struct HookSyncTests {
    typealias Fixture = ReconcilerFixture

    private func job(_ name: String, _ annotations: String, version: Int = 1) -> String {
        """
        apiVersion: batch/v1
        kind: Job
        metadata:
          name: \(name)
          annotations: {\(annotations)}
        spec:
          template:
            spec:
              restartPolicy: Never
              containers: [{name: main, image: "tool:\(version)"}]

        """
    }

    /// Ends every job as it comes, and remembers in which order, and what was there then.
    private final class Worker: Sendable {
        private let state = Mutex<(ended: [String], settings: [String: String])>(([], [:]))
        private let cluster: LocalCluster
        /// Names of jobs that fail.
        let failing = Mutex<Set<String>>([])
        /// Names of jobs that are left at work.
        let waiting = Mutex<Set<String>>([])

        init(_ cluster: LocalCluster) { self.cluster = cluster }

        var ended: [String] { state.withLock { $0.ended } }
        /// The value of the ConfigMap `settings` when a job was seen first.
        func settings(at job: String) -> String { state.withLock { $0.settings[job] ?? "nothing" } }

        func run() async {
            var seen: Set<String> = []
            while !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(5))
                let jobs = try? await cluster.list(ObjectQuery(group: "batch", kind: "Job")).items
                for job in jobs ?? [] where job.deletionTimestamp == nil {
                    if waiting.withLock({ $0.contains(job.name) }) { continue }
                    guard seen.insert(job.uid).inserted else { continue }
                    await end(job)
                }
            }
        }

        private func end(_ job: Manifest) async {
            let key = ObjectKey(kind: "ConfigMap", namespace: "shop", name: "settings")
            let value = try? await cluster.get(key).value[path: "data", "key"]?.string
            let fails = failing.withLock { $0.contains(job.name) }
            let condition: Value = [
                "type": fails ? "Failed" : "Complete", "status": "True", "message": "by the test's word",
            ]
            for _ in 0..<10 {
                guard var live = try? await cluster.get(job.key) else { return }
                live.value["status"] = ["conditions": [condition]]
                let options = WriteOptions(fieldManager: "test", subresource: "status")
                if (try? await cluster.update(live, options)) != nil { break }
            }
            state.withLock { state in
                state.ended.append(job.name)
                if let value { state.settings[job.name] = value }
            }
        }
    }

    private func with(_ body: @Sendable (Fixture, Worker) async throws -> Void) async throws {
        try await Fixture.with { fixture in
            let worker = Worker(fixture.cluster)
            let task = Task { await worker.run() }
            defer { task.cancel() }
            try await body(fixture, worker)
        }
    }

    private func jobs(_ fixture: Fixture) async -> [String] {
        let items = try? await fixture.cluster.list(ObjectQuery(group: "batch", kind: "Job")).items
        return (items ?? []).filter { $0.deletionTimestamp == nil }.map(\.name).sorted()
    }

    /// Waits until a commit's sync has ended well.
    private func finished(_ fixture: Fixture, _ number: Int) async throws {
        try await fixture.eventually("commit \(number) is synced") {
            fixture.journal.records.contains {
                $0.kind == .syncFinished && $0.result == .succeeded && $0.commit.hasSuffix("\(number)")
            }
        }
    }

    private static let always = #"helm.sh/hook: "pre-install,pre-upgrade""#

    @Test func `hooks run by weight around the objects, once for each rendering`() async throws {
        try await with { fixture, worker in
            func files(_ value: String) -> [String: String] {
                [
                    "apps/a/a.yaml": Fixture.map("settings", value),
                    "apps/a/b.yaml": job("second", Self.always + #", helm.sh/hook-weight: "5""#),
                    "apps/a/c.yaml": job(
                        "first",
                        Self.always + #", helm.sh/hook-weight: "-5", helm.sh/hook-delete-policy: hook-succeeded"#
                    ), "apps/a/d.yaml": job("after", "helm.sh/hook: post-install"),
                    "apps/a/e.yaml": job("check", "helm.sh/hook: test"),
                    "apps/a/f.yaml": job("ready", "argocd.argoproj.io/hook: PostSync"),
                ]
            }
            await fixture.push(files("1"))
            try await finished(fixture, 1)
            #expect(worker.ended == ["first", "second", "after", "ready"])
            #expect(worker.settings(at: "second") == "nothing")
            #expect(worker.settings(at: "after") == "1")
            #expect(await jobs(fixture) == ["after", "ready", "second"], "hook-succeeded deletes, others stay")
            let hooks = fixture.journal.records.filter { $0.kind == .hook }
            #expect(hooks.map(\.result) == [.succeeded, .succeeded, .succeeded, .succeeded])
            // A hand's edit is mended without them, and what they left is neither drift nor pruned.
            try await fixture.cluster.delete(
                ObjectKey(kind: "ConfigMap", namespace: "shop", name: "settings"), DeleteOptions())
            try await fixture.eventually("the drift is mended") { await fixture.value("settings") == "1" }
            #expect(worker.ended.count == 4)
            await fixture.push(files("2"), number: 2)
            try await finished(fixture, 2)
            #expect(worker.ended == ["first", "second", "after", "ready", "first", "second", "ready"])
            #expect(worker.settings(at: "second") == "1")
            #expect(await jobs(fixture) == ["after", "ready", "second"])
        }
    }

    @Test func `a hook that fails stops the sync, and says why`() async throws {
        try await with { fixture, worker in
            worker.failing.withLock { $0 = ["migrate"] }
            func files(_ version: Int) -> [String: String] {
                [
                    "apps/a/a.yaml": Fixture.map("settings", "1"),
                    "apps/a/b.yaml": job("prepare", Self.always + #", helm.sh/hook-weight: "-1""#),
                    "apps/a/c.yaml": job("migrate", Self.always, version: version),
                    "apps/a/d.yaml": job("alarm", "belay/hook: SyncFail"),
                ]
            }
            await fixture.push(files(1))
            try await fixture.eventually("the failure is told") {
                await fixture.reconciler.status().contains { status in
                    status.phase == .failed
                        && status.problems.contains {
                            $0.message.contains("shop/migrate") && $0.message.contains("by the test's word")
                                && $0.origin.description.hasPrefix("apps/a/c.yaml")
                        }
                }
            }
            #expect(await fixture.value("settings") == nil)
            try await fixture.eventually("it is tried again, without what succeeded") {
                worker.ended.count { $0 == "migrate" } > 1
            }
            #expect(worker.ended.count { $0 == "prepare" } == 1)
            #expect(worker.ended.contains("alarm"))
            worker.failing.withLock { $0 = [] }
            await fixture.push(files(2), number: 2)
            try await fixture.eventually("the correction is applied") { await fixture.value("settings") == "1" }
        }
    }

    @Test func `a definition of resources is never deleted as a hook, and one without policies is made anew`()
        async throws
    {
        try await with { fixture, worker in
            func files(_ version: Int) -> [String: String] {
                [
                    "apps/a/a.yaml": Fixture.map("settings", "\(version)"),
                    "apps/a/b.yaml": job("plain", Self.always),
                    "apps/a/c.yaml": """
                    apiVersion: apiextensions.k8s.io/v1
                    kind: CustomResourceDefinition
                    metadata:
                      name: things.example.org
                      annotations:
                        \(Self.always)
                        helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
                    spec:
                      group: example.org
                      scope: Namespaced
                      names: {kind: Thing, plural: things}
                      versions:
                        - {name: v\(version), served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}

                    """,
                ]
            }
            let definition = ObjectKey(
                group: "apiextensions.k8s.io", kind: "CustomResourceDefinition", name: "things.example.org")
            let plain = ObjectKey(group: "batch", kind: "Job", namespace: "shop", name: "plain")
            await fixture.push(files(1))
            try await finished(fixture, 1)
            let first = try await fixture.cluster.get(definition)
            let before = try await fixture.cluster.get(plain)
            await fixture.push(files(2), number: 2)
            try await finished(fixture, 2)
            let second = try await fixture.cluster.get(definition)
            #expect(second.uid == first.uid)
            #expect(second.value[path: "spec", "versions"]?.items?.first?["name"]?.string == "v2")
            #expect(try await fixture.cluster.get(plain).uid != before.uid)
        }
    }

    @Test func `what a killed sync left is gone on with`() async throws {
        try await with { fixture, worker in
            worker.waiting.withLock { $0 = ["migrate"] }
            let files = [
                "apps/a/a.yaml": Fixture.map("settings", "1"),
                "apps/a/b.yaml": job("prepare", Self.always + #", helm.sh/hook-weight: "-1""#),
                "apps/a/c.yaml": job("migrate", Self.always),
            ]
            await fixture.push(files)
            try await fixture.eventually("the second hook is at work") { await jobs(fixture).contains("migrate") }
            let key = ObjectKey(group: "batch", kind: "Job", namespace: "shop", name: "migrate")
            let uid = try await fixture.cluster.get(key).uid
            try await fixture.restart()
            worker.waiting.withLock { $0 = [] }
            await fixture.push(files)
            try await fixture.eventually("the sync ends") { await fixture.value("settings") == "1" }
            #expect(try await fixture.cluster.get(key).uid == uid, "the job at work was not started anew")
            #expect(worker.ended == ["prepare", "migrate"])
        }
    }
}
