import Document
import Git
import Manifest
import Plan
import Sync
import System

/// Keeps how the hooks of one sync end: in the state folder, so that none runs twice for one rendering, and in the
/// journal.
struct HookLedger: HookRecorder {
    let id: ApplicationID
    let plan: Plan
    let parts: Reconciler.Parts
    let commit: Commit?

    func ended(_ run: HookRun, _ outcome: HookOutcome, after time: Duration) async throws {
        var result = JournalRecord.Result.succeeded
        var message = "\(run.key.short) (\(run.phase.rawValue)) succeeded after \(time.wholeMilliseconds) ms"
        switch outcome {
        case .succeeded:
            if var record = parts.applied.hooks(id) ?? plan.hookRecord {
                record.succeeded.insert(run.name)
                try parts.applied.setHooks(id, record)
            }
        case .failed(let problem):
            result = .failed
            message = problem.message
        }
        guard let commit else { return }
        let entries = JournalEntries(id: id, commit: commit, key: parts.rootKey)
        try await parts.journal.append(entries.hook(run, at: parts.clock.now(), plan: plan, result, message))
    }
}
