import Reconciler
import Testing

@Suite struct DecisionTests {
    private static let start = Decision.Facts(
        isEmpty: false, isDrift: false, automatic: true, selfHeal: true, isRequested: false, recentHeals: 0)

    private static func facts(_ change: (inout Decision.Facts) -> Void) -> Decision.Facts {
        var facts = start
        change(&facts)
        return facts
    }

    @Test(arguments: [
        (facts { $0.isEmpty = true }, Decision.nothing),
        (facts { _ in }, .sync),
        (facts { $0.automatic = false }, .hold("git has changes, and this environment is synced by hand")),
        (
            facts {
                $0.automatic = false; $0.isRequested = true
            }, .sync
        ),
        (facts { $0.isDrift = true }, .sync),
        (
            facts {
                $0.isDrift = true; $0.automatic = false
            }, .sync
        ),
        (
            facts {
                $0.isDrift = true; $0.selfHeal = false
            }, .hold("it drifted, and selfHeal is off for this environment")
        ),
        (
            facts {
                $0.isDrift = true; $0.recentHeals = 50
            }, .backOff
        ),
        (
            facts {
                $0.isDrift = true; $0.recentHeals = 50; $0.isRequested = true
            }, .sync
        ),
    ])
    func `each rule of an environment holds`(facts: Decision.Facts, decision: Decision) {
        #expect(Decision.of(facts) == decision)
    }
}

@Suite struct ApplicationIDTests {
    @Test func `the label is the way to it`() {
        #expect(ApplicationID(project: "shop", environment: "dev", application: "web").label == "shop.dev.web")
    }

    @Test func `a name too long for a label ends in its digest, and found by that label has that label`() {
        let long = ApplicationID(
            project: "shop", environment: "dev", application: String(repeating: "a", count: 80))
        #expect(long.label.utf8.count == 63)
        let found = ApplicationID(
            project: "shop", environment: "dev", application: String(long.label.dropFirst("shop.dev.".count)))
        #expect(found.label == long.label)
    }
}
