/// The part of a sync in which something is done, in the order of the cases.
package enum Phase: String, Sendable, Hashable, CaseIterable {
    /// Before anything of the application is written.
    case preSync = "PreSync"
    /// With the application's own objects, wave by wave.
    case sync = "Sync"
    /// After all of them.
    case postSync = "PostSync"
    /// In place of what would have followed, when a sync fails.
    case syncFail = "SyncFail"
}

/// When a hook's object is deleted.
package enum DeletePolicy: String, Sendable, Hashable, CaseIterable {
    /// What an earlier run left, before this one makes it anew. The rule where a hook names none.
    case beforeHookCreation = "BeforeHookCreation"
    /// Once all hooks of its phase have run, if it succeeded.
    case hookSucceeded = "HookSucceeded"
    /// Likewise, if it failed.
    case hookFailed = "HookFailed"
}

/// What a sync is to an application: the first one that makes it, or a later one.
package enum Occasion: String, Sendable, Hashable {
    case install
    case upgrade
}

/// An object that is run by a sync and is not part of what stays: no drift, no pruning, made anew for each rendering.
package struct Hook: Sendable, Hashable {
    /// The phases in which it runs when the application is new, and when it is not.
    package var onInstall: Set<Phase>
    package var onUpgrade: Set<Phase>
    /// Lower ones run first.
    package var weight: Int
    package var deletePolicies: Set<DeletePolicy>
    /// Whether a hook after the sync waits until the application is well. Helm's do not: its objects may wait for them.
    package var waitsForHealth: Bool

    package init(
        onInstall: Set<Phase>, onUpgrade: Set<Phase>, weight: Int = 0,
        deletePolicies: Set<DeletePolicy> = [.beforeHookCreation], waitsForHealth: Bool = true
    ) {
        self.onInstall = onInstall
        self.onUpgrade = onUpgrade
        self.weight = weight
        self.deletePolicies = deletePolicies
        self.waitsForHealth = waitsForHealth
    }

    /// The phases in which it runs on an occasion, in order.
    package func phases(on occasion: Occasion) -> [Phase] {
        let wanted = occasion == .install ? onInstall : onUpgrade
        return Phase.allCases.filter(wanted.contains)
    }
}
