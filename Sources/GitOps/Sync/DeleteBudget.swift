import Manifest
package import Plan

/// How much a sync may delete without being asked: the brake on a mistake that looks like an empty repository.
package struct DeleteBudget: Sendable {
    /// More deletions than this, and more than the share, need a person.
    package var most: Int
    /// Of an application's objects.
    package var share: Double
    /// Kinds whose loss takes data or other objects with it: always a person's decision.
    package var guarded: Set<String>

    package init(
        most: Int = 5, share: Double = 0.25,
        guarded: Set<String> = ["Namespace", "PersistentVolumeClaim", "CustomResourceDefinition"]
    ) {
        self.most = most
        self.share = share
        self.guarded = guarded
    }

    /// Why a plan's deletions need a person; nil when they do not.
    package func objection(to plan: Plan) -> String? {
        let deleted = plan.changes.filter { $0.action == .delete || $0.action == .recreate }
        guard !deleted.isEmpty else { return nil }
        if let precious = deleted.first(where: { guarded.contains($0.key.kind) }) {
            return "it would delete \(precious.key), which takes more with it than itself"
        }
        let pruned = deleted.filter { $0.action == .delete }.count
        let total = plan.unchanged.count + plan.changes.filter { $0.live != nil }.count
        if pruned == total, pruned > 1 { return "it would delete all \(total) objects of the application" }
        if pruned > most, Double(pruned) > share * Double(total) {
            return "it would delete \(pruned) of the application's \(total) objects"
        }
        return nil
    }
}
