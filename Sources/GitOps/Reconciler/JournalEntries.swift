import Crypto
import Document
import Git
import Manifest
import Plan
import Sync
import System

/// Journal records of what the reconciler does, from plans and reports. Values become keyed digests.
struct JournalEntries: Sendable {
    let id: ApplicationID
    let commit: Commit
    let key: [UInt8]

    func record(
        _ kind: JournalRecord.Kind, at time: Timestamp, plan: Plan, actor: String, result: JournalRecord.Result?,
        message: String, details: [String: String] = [:]
    ) -> JournalRecord {
        JournalRecord(
            kind, at: time, project: id.project, environment: id.environment, application: id.application,
            commit: commit.id.description, author: commit.author.description, actor: actor, planHash: plan.hash,
            changes: changes(plan), result: result, message: message, details: details)
    }

    /// A hook that ran. It stands for itself, without the changes of its sync.
    func hook(
        _ run: HookRun, at time: Timestamp, plan: Plan, _ result: JournalRecord.Result, _ message: String
    ) -> JournalRecord {
        JournalRecord(
            .hook, at: time, project: id.project, environment: id.environment, application: id.application,
            commit: commit.id.description, author: commit.author.description, planHash: plan.hash, result: result,
            message: message, details: ["object": run.key.description, "phase": run.phase.rawValue])
    }

    func failure(at time: Timestamp, _ message: String) -> JournalRecord {
        JournalRecord(
            .error, at: time, project: id.project, environment: id.environment, application: id.application,
            commit: commit.id.description, author: commit.author.description, result: .failed, message: message)
    }

    private func changes(_ plan: Plan) -> [JournalChange] {
        plan.changes.flatMap { change -> [JournalChange] in
            let action = Self.action(change.action)
            // Every field of a new object would say no more than the object and its commit do.
            guard change.action == .update || change.action == .recreate else {
                return [JournalChange(action, object: change.key)]
            }
            return change.fields.map { field in
                JournalChange(
                    action, object: change.key, field: field.path, before: field.oldDigest, after: field.newDigest)
            }
        }
    }

    private static func action(_ action: Change.Action) -> JournalChange.Action {
        switch action {
        case .create: .create
        case .update: .update
        case .recreate: .recreate
        case .delete: .delete
        }
    }
}
