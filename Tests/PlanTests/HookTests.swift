import Document
import Manifest
import Plan
import Testing

@Suite struct HookTests {
    private func manifest(_ annotations: [String: String]) -> Manifest {
        var manifest = Manifest(apiVersion: "batch/v1", kind: "Job", name: "migrate")
        manifest.namespace = "shop"
        for (name, text) in annotations { manifest.value[path: "metadata", "annotations", name] = .string(text) }
        return manifest
    }

    private func hook(_ annotations: [String: String]) throws -> Hook {
        guard case .hook(let hook) = try Role.of(manifest(annotations)) else {
            throw Problem("\(annotations) make no hook")
        }
        return hook
    }

    private static let events: [(String, [Phase], [Phase])] = [
        ("pre-install", [.preSync], []), ("pre-upgrade", [], [.preSync]),
        ("post-install,post-upgrade", [.postSync], [.postSync]), ("pre-install, post-upgrade", [.preSync], [.postSync]),
        ("test,post-install", [.postSync], []),
    ]

    @Test(arguments: events)
    func `Helm's events are phases of an install or an upgrade`(
        events: String, onInstall: [Phase], onUpgrade: [Phase]
    ) throws {
        let hook = try hook(["helm.sh/hook": events])
        #expect(hook.phases(on: .install) == onInstall)
        #expect(hook.phases(on: .upgrade) == onUpgrade)
        #expect(hook.deletePolicies == [.beforeHookCreation])
        #expect(!hook.waitsForHealth)
    }

    @Test(arguments: ["argocd.argoproj.io/hook", "belay/hook"])
    func `phases may be named as such`(annotation: String) throws {
        let hook = try hook([
            annotation: "PreSync,PostSync", annotation + "-delete-policy": "HookFailed,hook-succeeded",
        ])
        #expect(hook.phases(on: .install) == [.preSync, .postSync])
        #expect(hook.phases(on: .upgrade) == [.preSync, .postSync])
        #expect(hook.deletePolicies == [.hookFailed, .hookSucceeded])
        #expect(hook.waitsForHealth)
    }

    @Test(arguments: [
        ["helm.sh/hook": "test"], ["helm.sh/hook": "test-success"], ["helm.sh/hook": "pre-delete,post-rollback"],
        ["belay/hook": "Skip"], ["argocd.argoproj.io/hook": "Skip"],
    ])
    func `tests, deletions and what is to be skipped are left out`(annotations: [String: String]) throws {
        #expect(try Role.of(manifest(annotations)) == .leftOut)
    }

    @Test func `the first of Belay's, Argo CD's and Helm's words counts`() throws {
        let all = ["belay/hook": "Sync", "argocd.argoproj.io/hook": "PostSync", "helm.sh/hook": "pre-install"]
        #expect(try hook(all).phases(on: .install) == [.sync])
        #expect(try Role.of(manifest([:])) == .steady)
    }

    @Test(arguments: [
        (["helm.sh/hook-weight": "-5"], -5), (["helm.sh/hook-weight": "3", "belay/sync-wave": "1"], 1),
        (["argocd.argoproj.io/sync-wave": "2"], 2), ([:], 0),
    ])
    func `weights and waves are one`(annotations: [String: String], weight: Int) throws {
        #expect(try hook(annotations.merging(["helm.sh/hook": "pre-install"]) { $1 }).weight == weight)
    }

    @Test(arguments: [
        (["belay/hook": "BeforeSync"], "no phase of a sync"), (["belay/hook": ""], "names no phase"),
        (["helm.sh/hook": "pre-install", "helm.sh/hook-delete-policy": "at-once"], "no policy"),
        (["helm.sh/hook": "pre-install", "helm.sh/hook-weight": "heavy"], "no whole number"),
    ])
    func `what is none is refused`(annotations: [String: String], message: String) {
        let problem = #expect(throws: Problem.self) { try Role.of(manifest(annotations)) }
        #expect(problem?.message.contains(message) == true)
    }

    // MARK: When they run

    private struct Case: Sendable, CustomTestStringConvertible {
        var what: String
        var facts: HookFacts
        var hasChanges = true
        var isThere = true
        var due: HookRecord?

        var testDescription: String { what }
    }

    private static let cases: [Case] = [
        Case(
            what: "new, nothing lives", facts: HookFacts(digest: "a"), isThere: false,
            due: HookRecord(digest: "a", occasion: .install)),
        Case(
            what: "new to Belay, and installed by others", facts: HookFacts(digest: "a"),
            due: HookRecord(digest: "a", occasion: .upgrade)),
        Case(what: "found as git says", facts: HookFacts(digest: "a"), hasChanges: false, due: nil),
        Case(what: "drift", facts: HookFacts(digest: "a", applied: "a"), due: nil),
        Case(
            what: "a new rendering that changes hooks alone", facts: HookFacts(digest: "b", applied: "a"),
            hasChanges: false, due: HookRecord(digest: "b", occasion: .upgrade)),
        Case(
            what: "drift after hooks",
            facts: HookFacts(
                digest: "a", record: HookRecord(digest: "a", occasion: .install, isFinished: true), applied: "a"),
            due: nil),
        Case(
            what: "killed between two hooks",
            facts: HookFacts(
                digest: "a", record: HookRecord(digest: "a", occasion: .install, succeeded: ["one"]), applied: "a"),
            hasChanges: false, due: HookRecord(digest: "a", occasion: .install, succeeded: ["one"])),
        Case(
            what: "the next rendering",
            facts: HookFacts(
                digest: "b", record: HookRecord(digest: "a", occasion: .install, isFinished: true), applied: "a"),
            due: HookRecord(digest: "b", occasion: .upgrade)),
        Case(
            what: "a correction of an install that failed",
            facts: HookFacts(
                digest: "b", record: HookRecord(digest: "a", occasion: .install, succeeded: ["one"])), isThere: false,
            due: HookRecord(digest: "b", occasion: .install)),
    ]

    @Test(arguments: cases)
    private func `hooks run once for each rendering`(one: Case) {
        #expect(one.facts.due(hasChanges: one.hasChanges, isThere: one.isThere) == one.due)
    }

    // MARK: In plans

    private let target = Planner.Target(
        project: "shop", environment: "dev", application: "web", revision: "abc", label: "shop.dev.web")

    private func plan(
        _ desired: [Manifest], live: [Manifest] = [], members: [Manifest] = [], facts: HookFacts? = nil
    ) throws -> Plan {
        try Planner(fieldManager: "belay", key: [1], schemas: [:]).plan(
            target, desired: desired, live: { key in live.first { $0.key == key } }, members: members, hooks: facts)
    }

    private var settings: Manifest {
        var map = Manifest(apiVersion: "v1", kind: "ConfigMap", name: "settings")
        map.namespace = "shop"
        return map
    }

    @Test func `a hook is no part of what stays`() throws {
        let hook = manifest(["helm.sh/hook": "pre-install,pre-upgrade"])
        let plan = try plan([settings, hook], facts: HookFacts(digest: "a"))
        #expect(plan.changes.map(\.key.name) == ["settings"])
        #expect(plan.hooks.map(\.name) == ["PreSync \(hook.key)"])
        #expect(plan.hooks.first?.manifest.labels[Planner.hookLabel] == "shop.dev.web")
        #expect(plan.hooks.first?.manifest.labels[Planner.applicationLabel] == nil)
        #expect(PlanText(plan).lines.first?.text.contains("runs before the sync") == true)
    }

    @Test func `hooks come by phase, then by weight`() throws {
        func named(_ name: String, _ annotations: [String: String]) -> Manifest {
            var one = manifest(annotations)
            one.value[path: "metadata", "name"] = .string(name)
            return one
        }
        let hooks = [
            named("d", ["belay/hook": "PostSync", "belay/sync-wave": "-9"]),
            named("c", ["helm.sh/hook": "pre-install", "helm.sh/hook-weight": "10"]),
            named("b", ["helm.sh/hook": "pre-install", "helm.sh/hook-weight": "9"]),
            named("a", ["belay/hook": "PreSync", "belay/sync-wave": "-1"]),
        ]
        let idle = try plan(hooks, facts: HookFacts(digest: "a"))
        #expect(idle.isEmpty, "nothing changes, and nothing is known of a former rendering")
        let due = try plan([settings] + hooks, facts: HookFacts(digest: "a"))
        #expect(due.hooks.map(\.key.name) == ["a", "b", "c", "d"])
    }

    @Test func `a hook that became one is not pruned, and what it was stays untouched`() throws {
        var live = manifest([:])
        live.value[path: "metadata", "labels", Planner.applicationLabel] = .string(target.label)
        let plan = try plan([settings, manifest(["belay/hook": "PreSync"])], live: [live], members: [live])
        #expect(!plan.changes.contains { $0.action == .delete })
    }

    @Test(arguments: [
        ["helm.sh/resource-policy": "keep"], ["argocd.argoproj.io/sync-options": "Replace=true, Prune=false"],
        ["belay/prune": "disabled"],
    ])
    func `what is to be kept is not pruned`(annotations: [String: String]) throws {
        let leaving = manifest(annotations)
        #expect(try plan([settings], members: [leaving]).changes.map(\.action) == [.create])
        #expect(try plan([settings], members: [manifest([:])]).changes.contains { $0.action == .delete })
    }

    @Test func `a plan's hash names the hooks that it runs`() throws {
        let one = try plan([settings, manifest(["belay/hook": "PreSync"])], facts: HookFacts(digest: "a"))
        let other = try plan([settings, manifest(["belay/hook": "PostSync"])], facts: HookFacts(digest: "a"))
        #expect(one.hash != other.hash)
    }
}
