import Document
import Manifest

/// How a plan reads: a line an object, then a line a field with the line of git that says so.
package struct PlanText: Sendable {
    /// What a piece of the text is, for whoever colours it.
    package enum Part: String, Sendable {
        case heading, added, removed, changed, note
    }

    package let plan: Plan

    package init(_ plan: Plan) {
        self.plan = plan
    }

    /// The plan's lines, without newlines.
    package var lines: [(part: Part, text: String)] {
        plan.hooks.filter { $0.phase == .preSync }.map(line) + plan.changes.flatMap(lines)
            + plan.hooks.filter { $0.phase != .preSync }.map(line)
    }

    /// `2 to create, 1 to update, 0 to delete, 7 unchanged`.
    package var summary: String {
        func count(_ actions: Change.Action...) -> Int { plan.changes.filter { actions.contains($0.action) }.count }
        var parts = ["\(count(.create)) to create", "\(count(.update)) to update"]
        if count(.recreate) > 0 { parts.append("\(count(.recreate)) to recreate") }
        parts.append("\(count(.delete)) to delete")
        if !plan.hooks.isEmpty { parts.append("\(plan.hooks.count) to run") }
        return (parts + ["\(plan.unchanged.count) unchanged"]).joined(separator: ", ")
    }

    private func lines(_ change: Change) -> [(part: Part, text: String)] {
        switch change.action {
        case .create: [(.added, "+ \(change.key)  \(place(of: change))")]
        case .delete: [(.removed, "- \(change.key)  (no longer in git)")]
        case .update: [(.changed, "~ \(change.key)")] + change.fields.flatMap(lines)
        case .recreate:
            [(.changed, "± \(change.key)  (deleted and made again: a field cannot be changed in place)")]
                + change.fields.flatMap(lines)
        }
    }

    private func line(_ run: HookRun) -> (part: Part, text: String) {
        let when =
            switch run.phase {
            case .preSync: "before the sync"
            case .sync: "with wave \(run.hook.weight)"
            case .postSync: "after the sync"
            case .syncFail: "if the sync fails"
            }
        let origin = run.manifest.value.origin
        let place = origin.isKnown ? "  (\(origin))" : ""
        return (.note, "! \(run.key): runs \(when)\(run.isDone ? ", and has succeeded" : "")\(place)")
    }

    private func place(of change: Change) -> String {
        guard let origin = change.desired?.value.origin, origin.isKnown else { return "" }
        return "(\(origin))"
    }

    private func lines(_ field: FieldChange) -> [(part: Part, text: String)] {
        let place = field.origin.isKnown ? "  (\(field.origin))" : ""
        if field.isSecret { return [(part(of: field), "    \(field.path): secret \(field.kind.rawValue)\(place)")] }
        switch field.kind {
        case .added: return [(.added, "    + \(field.path): \(text(field.new))\(place)")]
        case .removed: return [(.removed, "    - \(field.path): \(text(field.old))")]
        case .changed: return [(.changed, "    ~ \(field.path): \(text(field.old)) → \(text(field.new))\(place)")]
        }
    }

    private func part(of field: FieldChange) -> Part {
        switch field.kind {
        case .added: .added
        case .removed: .removed
        case .changed: .changed
        }
    }

    /// A value on one line, shortened: a diff is for reading.
    private func text(_ value: Value?) -> String {
        guard let value else { return "nothing" }
        let text = JSON.text(value)
        return text.count > 120 ? text.prefix(117) + "…" : text
    }
}
