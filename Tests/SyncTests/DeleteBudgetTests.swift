import Manifest
import Plan
import Sync
import Testing

@Suite struct DeleteBudgetTests {
    private func plan(deleting: [String], of kind: String = "ConfigMap", keeping: Int) -> Plan {
        let changes = deleting.map { name in
            Change(
                key: ObjectKey(kind: kind, namespace: "n", name: name), action: .delete, desired: nil,
                live: Manifest(apiVersion: "v1", kind: kind, name: name), fields: [], wave: 0)
        }
        let kept = (0..<keeping).map { ObjectKey(kind: "ConfigMap", namespace: "n", name: "kept-\($0)") }
        return Plan(
            project: "p", environment: "e", application: "a", revision: "r", changes: changes, unchanged: kept, hash: ""
        )
    }

    @Test func `a few deletions need nobody`() {
        #expect(DeleteBudget().objection(to: plan(deleting: ["a"], keeping: 3)) == nil)
        #expect(DeleteBudget().objection(to: plan(deleting: ["a", "b", "c", "d", "e"], keeping: 1)) == nil)
        #expect(DeleteBudget().objection(to: plan(deleting: [], keeping: 0)) == nil)
    }

    @Test func `many that are a large part need a person`() {
        let names = (0..<6).map(String.init)
        #expect(
            DeleteBudget().objection(to: plan(deleting: names, keeping: 6))
                == "it would delete 6 of the application's 12 objects")
        #expect(DeleteBudget().objection(to: plan(deleting: names, keeping: 60)) == nil)
    }

    @Test func `all of several need a person`() {
        #expect(DeleteBudget().objection(to: plan(deleting: ["a", "b"], keeping: 0)) != nil)
    }

    @Test(arguments: ["Namespace", "PersistentVolumeClaim", "CustomResourceDefinition"])
    func `what takes data with it needs a person`(kind: String) {
        #expect(DeleteBudget().objection(to: plan(deleting: ["a"], of: kind, keeping: 50)) != nil)
    }
}
