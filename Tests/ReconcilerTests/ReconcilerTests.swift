import Cluster
import Document
import LocalCluster
import Manifest
import Plan
import Reconciler
import Sync
import System
import Testing

@Suite struct ReconcilerTests {
    typealias Fixture = ReconcilerFixture

    @Test func `a commit is applied, and what left git is pruned`() async throws {
        try await Fixture.with { fixture in
            await fixture.push([
                "apps/a/a.yaml": Fixture.map("one", "1"), "apps/a/b.yaml": Fixture.map("two", "1"),
                "apps/a/c.yaml": Fixture.map("three", "1"),
            ])
            try await fixture.eventually("one is applied") { await fixture.value("one") == "1" }
            await fixture.push(
                ["apps/a/a.yaml": Fixture.map("one", "2"), "apps/a/c.yaml": Fixture.map("three", "1")], number: 2)
            try await fixture.eventually("one is changed") { await fixture.value("one") == "2" }
            try await fixture.eventually("two is pruned") { await fixture.value("two") == nil }
            try await fixture.eventually("the sync's end is recorded") {
                fixture.journal.records.contains {
                    $0.kind == .syncFinished && $0.result == .succeeded && $0.commit.hasSuffix("2")
                }
            }
            let started = fixture.journal.records.filter { $0.kind == .syncStarted }
            #expect(started.map(\.author) == ["Ada <ada@example.org>", "Ada <ada@example.org>"])
            #expect(started.last?.changes.contains { $0.field == "data.key" && $0.before != $0.after } == true)
        }
    }

    @Test func `a hand edit is taken back, and the journal says whose it was`() async throws {
        try await Fixture.with { fixture in
            await fixture.push(["apps/a/a.yaml": Fixture.map("one", "1")])
            try await fixture.eventually("one is applied") { await fixture.isSynced("a") }
            var edited = try await fixture.cluster.get(ObjectKey(kind: "ConfigMap", namespace: "shop", name: "one"))
            edited.value[path: "data", "key"] = "by hand"
            _ = try await fixture.cluster.update(edited, WriteOptions(fieldManager: "hand"))
            try await fixture.eventually("one is as git says") { await fixture.value("one") == "1" }
            try await fixture.eventually("it is recorded") {
                fixture.journal.records.contains { $0.kind == .driftHealed && $0.result == .succeeded }
            }
            let healed = try #require(fixture.journal.records.first { $0.kind == .driftHealed })
            #expect(healed.message.contains("data.key") && healed.message.contains("hand"))
            try await fixture.eventually("an event on the object says so") {
                let events = try? await fixture.cluster.list(ObjectQuery(kind: "Event", namespace: "shop")).items
                return (events ?? []).contains { event in
                    event.value["reason"]?.string == "DriftHealed"
                        && event.value[path: "involvedObject", "name"]?.string == "one"
                        && event.value["message"]?.string?.contains("data.key (also written by hand)") == true
                }
            }
        }
    }

    @Test func `a deleted object comes back`() async throws {
        try await Fixture.with { fixture in
            await fixture.push(["apps/a/a.yaml": Fixture.map("one", "1")])
            try await fixture.eventually("one is applied") { await fixture.isSynced("a") }
            try await fixture.cluster.delete(
                ObjectKey(kind: "ConfigMap", namespace: "shop", name: "one"), DeleteOptions())
            try await fixture.eventually("one is back") { await fixture.value("one") == "1" }
        }
    }

    @Test func `a broken project leaves what runs running, and says where it is broken`() async throws {
        try await Fixture.with { fixture in
            await fixture.push(["apps/a/a.yaml": Fixture.map("one", "1")])
            try await fixture.eventually("one is applied") { await fixture.isSynced("a") }
            await fixture.push([:], project: Fixture.project + "  colour: red\n", number: 2)
            let problem = await fixture.reconciler.headProblem
            #expect(problem?.origin.description.hasPrefix("belay.yaml:11:") == true)
            #expect(await fixture.value("one") == "1")
            await fixture.push(["apps/a/a.yaml": Fixture.map("one", "3")], number: 3)
            try await fixture.eventually("the next good commit counts") { await fixture.value("one") == "3" }
            #expect(await fixture.reconciler.headProblem == nil)
        }
    }

    @Test func `manifests that do not parse stop their application alone`() async throws {
        try await Fixture.with { fixture in
            await fixture.push(["apps/a/a.yaml": Fixture.map("one", "1"), "apps/b/b.yaml": Fixture.map("two", "1")])
            try await fixture.eventually("both are applied") {
                let (a, b) = (await fixture.isSynced("a"), await fixture.isSynced("b"))
                return a && b
            }
            await fixture.push(["apps/a/a.yaml": "a: [", "apps/b/b.yaml": Fixture.map("two", "2")], number: 2)
            try await fixture.eventually("b follows") { await fixture.value("two") == "2" }
            try await fixture.eventually("a says where it is broken") {
                await fixture.reconciler.status().first { $0.id.application == "a" }?.problems.first?.origin.file.path
                    == "apps/a/a.yaml"
            }
            #expect(await fixture.value("one") == "1")
        }
    }

    @Test func `an application that renders to nothing is not emptied`() async throws {
        try await Fixture.with { fixture in
            await fixture.push(["apps/a/a.yaml": Fixture.map("one", "1")])
            try await fixture.eventually("one is applied") { await fixture.isSynced("a") }
            await fixture.push(["apps/a/a.yaml": "# nothing\n"], number: 2)
            try await fixture.eventually("it is refused") {
                await fixture.reconciler.status().first?.phase == .failed
            }
            #expect(await fixture.value("one") == "1")
        }
    }

    @Test func `deletions beyond the budget wait for a person`() async throws {
        try await Fixture.with { fixture in
            let many = Dictionary(
                uniqueKeysWithValues: (0..<10).map { ("apps/a/\($0).yaml", Fixture.map("map-\($0)", "1")) })
            await fixture.push(many)
            try await fixture.eventually("all are applied") { await fixture.isSynced("a") }
            await fixture.push(["apps/a/0.yaml": Fixture.map("map-0", "1")], number: 2)
            try await fixture.eventually("it is held") { await fixture.reconciler.status().first?.phase == .outOfSync }
            #expect(await fixture.value("map-9") == "1")
            let results = try await fixture.reconciler.sync(
                "prod", options: SyncOptions(allowsManyDeletions: true), actor: "ada")
            #expect(results.first?.report.deleted.count == 9)
            #expect(await fixture.value("map-9") == nil)
        }
    }

    @Test func `an environment that is synced by hand waits, and says how to look`() async throws {
        try await Fixture.with { fixture in
            let project = Fixture.project.replacing("automatic: true", with: "automatic: false")
            await fixture.push(["apps/a/a.yaml": Fixture.map("one", "1")], project: project)
            try await fixture.eventually("it is held") { await fixture.reconciler.status().first?.phase == .outOfSync }
            #expect(await fixture.value("one") == nil)
            let plans = try await fixture.reconciler.plans(of: "prod")
            #expect(plans.first?.changes.map(\.action) == [.create])
            let results = try await fixture.reconciler.sync("prod", options: SyncOptions(), actor: "ada")
            #expect(results.first?.plan.hash == plans.first?.hash)
            #expect(await fixture.value("one") == "1")
        }
    }

    @Test func `an object that moves to another application is moved, not deleted`() async throws {
        try await Fixture.with { fixture in
            let kept = ["apps/a/keep.yaml": Fixture.map("keep", "1"), "apps/b/keep.yaml": Fixture.map("other", "1")]
            await fixture.push(kept.merging(["apps/a/m.yaml": Fixture.map("moving", "1")]) { $1 })
            try await fixture.eventually("both are applied") {
                let (a, b) = (await fixture.isSynced("a"), await fixture.isSynced("b"))
                return a && b
            }
            let key = ObjectKey(kind: "ConfigMap", namespace: "shop", name: "moving")
            let uid = try await fixture.cluster.get(key).uid
            await fixture.push(kept.merging(["apps/b/m.yaml": Fixture.map("moving", "2")]) { $1 }, number: 2)
            try await fixture.eventually("b has it") {
                let live = try? await fixture.cluster.get(key)
                return live?.labels["belay/application"] == "shop.prod.b"
                    && live?.value[path: "data", "key"]?.string == "2"
            }
            #expect(try await fixture.cluster.get(key).uid == uid)
        }
    }

    @Test func `an object of two applications is refused, with both places`() async throws {
        try await Fixture.with { fixture in
            await fixture.push(["apps/a/a.yaml": Fixture.map("one", "1"), "apps/b/b.yaml": Fixture.map("one", "2")])
            try await fixture.eventually("both are refused") {
                await fixture.reconciler.status().filter { $0.phase == .failed }.count == 2
            }
            let problem = await fixture.reconciler.status().first?.problems.first
            #expect(problem?.origin.file.path == "apps/a/a.yaml")
            #expect(problem?.message.contains("apps/b/b.yaml") == true)
            #expect(await fixture.value("one") == nil)
        }
    }

    @Test func `a question about what is not there names what is`() async throws {
        try await Fixture.with { fixture in
            await fixture.push(["apps/a/a.yaml": Fixture.map("one", "1")])
            try await fixture.eventually("one is applied") { await fixture.isSynced("a") }
            let problem = await #expect(throws: Problem.self) {
                try await fixture.reconciler.plans(of: "prod", application: "b")
            }
            #expect(problem?.hint == "it has: a")
            await #expect(throws: Problem.self) { try await fixture.reconciler.plans(of: "qa") }
        }
    }
}
