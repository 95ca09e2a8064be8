import Document
import Health
import Manifest
import Plan
import Reconciler
import Sync
import System

/// What the console's answers look like as JSON; the command line reads the same shapes.
enum ConsoleMessages {
    static func status(_ status: ApplicationStatus) -> Value {
        var value: Value = [
            "project": .string(status.id.project), "environment": .string(status.id.environment),
            "application": .string(status.id.application), "phase": .string(status.phase.rawValue),
            "health": .string(status.health.state.rawValue), "message": .string(status.health.message),
            "revision": .string(status.revision), "objects": .int(status.objects), "plan": .string(status.planHash),
            "problems": .sequence(status.problems.map(problem)),
        ]
        if let syncedAt = status.syncedAt { value["syncedAt"] = .string(syncedAt.description) }
        return value
    }

    static func problem(_ problem: Problem) -> Value {
        var value: Value = ["message": .string(problem.message)]
        if problem.origin.isKnown { value["origin"] = .string(problem.origin.description) }
        if !problem.hint.isEmpty { value["hint"] = .string(problem.hint) }
        return value
    }

    static func plan(_ plan: Plan) -> Value {
        [
            "project": .string(plan.project), "environment": .string(plan.environment),
            "application": .string(plan.application), "revision": .string(plan.revision), "hash": .string(plan.hash),
            "summary": .string(PlanText(plan).summary), "changes": .sequence(plan.changes.map(change)),
            "unchanged": .sequence(plan.unchanged.map { .string($0.description) }),
            "text": .sequence(
                PlanText(plan).lines.map { ["part": .string($0.part.rawValue), "text": .string($0.text)] }),
        ]
    }

    private static func change(_ change: Change) -> Value {
        [
            "object": .string(change.key.description), "action": .string(change.action.rawValue),
            "wave": .int(change.wave), "fields": .sequence(change.fields.map(field)),
        ]
    }

    private static func field(_ field: FieldChange) -> Value {
        var value: Value = ["path": .string(field.path), "kind": .string(field.kind.rawValue)]
        if field.isSecret { value["secret"] = true }
        if let old = field.old { value["old"] = old }
        if let new = field.new { value["new"] = new }
        if field.origin.isKnown { value["origin"] = .string(field.origin.description) }
        return value
    }

    static func report(_ plan: Plan, _ report: SyncReport) -> Value {
        [
            "environment": .string(plan.environment), "application": .string(plan.application),
            "plan": .string(plan.hash), "summary": .string(PlanText(plan).summary),
            "result": .string(report.result.rawValue),
            "applied": .sequence(report.applied.map { .string($0.description) }),
            "deleted": .sequence(report.deleted.map { .string($0.description) }),
            "problems": .sequence(report.problems.map(problem)),
        ]
    }
}
