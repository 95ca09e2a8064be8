package import Cluster
import Manifest
import Plan
import Sync
package import System

/// Tells people on the object itself that it was taken back to git: whoever edits by hand looks there, not in a journal.
package struct DriftEvents: Sendable {
    private let recorder: EventRecorder

    package init(_ cluster: any Cluster, clock: WallClock, log: Log) {
        recorder = EventRecorder(cluster, component: "belay", clock: clock, log: log)
    }

    /// Writes the events until the task is cancelled.
    func run() async {
        await recorder.run()
    }

    /// Notes what a plan that healed drift did to each object.
    func record(_ plan: Plan) {
        for change in plan.changes {
            guard let object = change.desired ?? change.live else { continue }
            recorder.record(.normal, on: live(object, change), reason: "DriftHealed", Self.words(change, plan))
        }
    }

    /// The live object has the identity that an event refers to.
    private func live(_ object: Manifest, _ change: Change) -> Manifest {
        change.action == .update ? change.live ?? object : object
    }

    private static func words(_ change: Change, _ plan: Plan) -> String {
        let commit = plan.revision.prefix(10)
        switch change.action {
        case .create: return "Deleted by hand, and made again as commit \(commit) has it"
        case .delete: return "Not in git at commit \(commit), and deleted"
        case .update, .recreate:
            // Paths only: a value may be a secret.
            let fields = change.fields.prefix(5).map(\.path).joined(separator: ", ")
            let more = change.fields.count > 5 ? " and \(change.fields.count - 5) more" : ""
            return "Taken back to commit \(commit): \(fields)\(more)\(writers(change))"
        }
    }

    /// Who else writes the object's fields.
    static func writers(_ change: Change) -> String {
        guard let live = change.live else { return "" }
        let managers = Set(ManagedFields(of: live).entries.map(\.manager)).subtracting([Syncer.fieldManager])
        return managers.isEmpty ? "" : " (also written by \(managers.sorted().joined(separator: ", ")))"
    }
}
