import Cluster
package import Document
import Health
import Manifest
package import Plan
import System

/// How a hook ended.
package enum HookOutcome: Sendable {
    case succeeded
    case failed(Problem)
}

/// Who is told how hooks end, before anything that follows them is done.
package protocol HookRecorder: Sendable {
    func ended(_ run: HookRun, _ outcome: HookOutcome, after time: Duration) async throws
}

/// Runs hooks one after the other, as Helm does: each is applied, and a Job or a Pod waited for.
///
/// What a killed attempt left is gone on with: a hook of the same plan that still works, or has done its work, is not
/// made again.
struct HookRunner: Sendable {
    /// Says of which rendering an object is the hook, so that the next attempt knows its own.
    static let runAnnotation = "belay/hook-run"

    let cluster: any Cluster
    let health: any HealthSource
    let clock: WallClock
    let recorder: (any HookRecorder)?
    /// The rendering.
    let rendering: String
    /// How long a hook may take.
    let timeout: Duration

    /// Why hooks ended early.
    enum Stop: Error {
        case cancelled
        case failed(Problem)
    }

    /// Runs hooks in order and deletes what their policies say, whatever the end.
    func run(_ hooks: [HookRun], _ report: inout SyncReport) async throws(Stop) {
        var ended: [HookRun] = []
        var stop: Stop?
        for run in hooks where stop == nil {
            do throws(Stop) {
                if !run.isDone {
                    try await self.run(run)
                    report.hooks.append(run.key)
                }
                ended.append(run)
            } catch {
                stop = error
                if case .failed = error { await clear(run, if: .hookFailed) }
            }
        }
        if case .cancelled = stop { throw .cancelled }
        for run in ended.reversed() { await clear(run, if: .hookSucceeded) }
        if let stop { throw stop }
    }

    private func run(_ run: HookRun) async throws(Stop) {
        let began = clock.now()
        do {
            try await start(run)
            try await waitUntilDone(run)
            try await recorder?.ended(run, .succeeded, after: clock.now() - began)
        } catch {
            if Task.isCancelled || error is CancellationError { throw .cancelled }
            let problem = Self.problem(run, error)
            do {
                try await recorder?.ended(run, .failed(problem), after: clock.now() - began)
            } catch {
                throw .failed(Self.problem(run, error))
            }
            throw .failed(problem)
        }
    }

    // MARK: Starting

    private func start(_ run: HookRun) async throws {
        var manifest = run.manifest
        manifest.value[path: "metadata", "annotations", Self.runAnnotation] = .string(name(of: run))
        if let live = try await live(run.key) {
            let isOurs = live.annotations[Self.runAnnotation] == name(of: run) && live.deletionTimestamp == nil
            if isOurs, !Self.hasFailed(live) { return }
            if deletes(run, on: .beforeHookCreation) {
                try await delete(live)
                try await waitUntilGone(live)
            } else if isOurs {
                throw Problem(
                    "it failed before, and its delete policy keeps it",
                    hint: "delete it, or add before-hook-creation to its delete policy")
            }
        }
        _ = try await cluster.apply(manifest, WriteOptions(fieldManager: Syncer.fieldManager, force: true))
    }

    private func name(of run: HookRun) -> String { "\(run.phase.rawValue)-\(rendering.prefix(32))" }

    private func live(_ key: ObjectKey) async throws -> Manifest? {
        do {
            return try await cluster.get(key)
        } catch let error as ClusterError where error.reason == .notFound {
            return nil
        }
    }

    private func delete(_ live: Manifest) async throws {
        do {
            try await cluster.delete(live.key, DeleteOptions(propagation: .foreground, uid: live.uid))
        } catch let error as ClusterError where error.reason == .notFound {
            return
        }
    }

    private func waitUntilGone(_ object: Manifest) async throws {
        try await wait("was not deleted") { try await live(object.key)?.uid != object.uid }
    }

    // MARK: Waiting

    /// Jobs and Pods end; everything else is done once it is there.
    private func waitUntilDone(_ run: HookRun) async throws {
        let kind = run.manifest.groupVersionKind
        guard (kind.group, kind.kind) == ("batch", "Job") || (kind.group, kind.kind) == ("", "Pod") else { return }
        try await wait("did not end") {
            guard let live = try await live(run.key) else {
                throw Problem("it was deleted while it ran")
            }
            if Self.hasFailed(live) { throw Problem(await cause(of: live)) }
            return Self.hasSucceeded(live)
        }
    }

    /// Why an object failed, with what its pods say.
    private func cause(of object: Manifest) async -> String {
        let judged = try? await health.health(of: [object.key])[object.key]
        if let judged, judged.state == .degraded, !judged.message.isEmpty { return judged.message }
        let own = Health.of(object).message
        return own.isEmpty ? "it failed" : own
    }

    static func hasSucceeded(_ object: Manifest) -> Bool {
        object.kind == "Pod" ? object.status?["phase"]?.string == "Succeeded" : hasCondition("Complete", object)
    }

    static func hasFailed(_ object: Manifest) -> Bool {
        object.kind == "Pod" ? object.status?["phase"]?.string == "Failed" : hasCondition("Failed", object)
    }

    private static func hasCondition(_ type: String, _ object: Manifest) -> Bool {
        object.status?["conditions"]?.items?.contains {
            $0["type"]?.string == type && $0["status"]?.string == "True"
        } ?? false
    }

    /// Asks after each change of the cluster, and each second, until something holds.
    private func wait(_ failure: String, until holds: @escaping @Sendable () async throws -> Bool) async throws {
        let changes = await SyncClock(health: health, clock: clock).changesAndTicks()
        let deadline = clock.now() + timeout
        for await _ in changes {
            try Task.checkCancellation()
            if try await holds() { return }
            if clock.now() > deadline { throw Problem("it \(failure) within \(timeout.components.seconds) s") }
        }
        throw CancellationError()
    }

    // MARK: Clearing

    /// Deletes a hook's object where its policy says so. What cannot be deleted is in nobody's way: the next run deletes it.
    private func clear(_ run: HookRun, if policy: DeletePolicy) async {
        guard deletes(run, on: policy) else { return }
        guard let live = try? await live(run.key), live.annotations[Self.runAnnotation] == name(of: run) else { return }
        try? await cluster.delete(run.key, DeleteOptions(uid: live.uid))
    }

    /// A definition of custom resources is never deleted as a hook: all of its resources would go with it.
    private func deletes(_ run: HookRun, on policy: DeletePolicy) -> Bool {
        run.hook.deletePolicies.contains(policy) && run.manifest.kind != "CustomResourceDefinition"
    }

    private static func problem(_ run: HookRun, _ error: any Error) -> Problem {
        let cause = error as? Problem
        return Problem(
            "the hook \(run.key) of the phase \(run.phase.rawValue) failed: \(cause?.message ?? "\(error)")",
            at: run.manifest.value.origin, hint: cause?.hint ?? "")
    }
}

/// When to look again at something that a sync waits for.
struct SyncClock: Sendable {
    let health: any HealthSource
    let clock: WallClock

    /// An element at once, one for each change, and one a second, so that patience ends without a change too.
    func changesAndTicks() async -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let changes = await health.changes()
        continuation.yield()
        let clock = clock
        // Both tasks belong to the stream: they are cancelled when its reader is gone.
        let feeds = [
            Task { for await _ in changes { continuation.yield() } },
            Task {
                while !Task.isCancelled {
                    try await clock.sleep(.seconds(1))
                    continuation.yield()
                }
            },
        ]
        continuation.onTermination = { _ in feeds.forEach { $0.cancel() } }
        return stream
    }
}
