/// What to do about a plan: the rules of an environment as a pure function, so that each is a line of a table.
package enum Decision: Sendable, Hashable {
    /// Live is as git says.
    case nothing
    /// Carry the plan out.
    case sync
    /// Leave it, and say why: what a person must do.
    case hold(String)
    /// Try again after a while: the same drift came back at once, so somebody else writes these fields too, or what
    /// charts look up changes with each sync.
    case backOff

    /// What is known when a plan has been made.
    package struct Facts: Sendable, Hashable {
        package var isEmpty: Bool
        /// Whether the plan comes from live state that moved away from a rendering that was applied before.
        package var isDrift: Bool
        /// Whether the rendering is another than the one that was applied of the same commit, because of what its charts
        /// look up.
        package var isFeedback = false
        package var automatic: Bool
        package var selfHeal: Bool
        /// A person asked for this sync.
        package var isRequested: Bool
        /// How often drift was mended, or a commit rendered anew, within the last minute.
        package var recentHeals: Int

        package init(
            isEmpty: Bool, isDrift: Bool, automatic: Bool, selfHeal: Bool, isRequested: Bool, recentHeals: Int
        ) {
            self.isEmpty = isEmpty
            self.isDrift = isDrift
            self.automatic = automatic
            self.selfHeal = selfHeal
            self.isRequested = isRequested
            self.recentHeals = recentHeals
        }
    }

    /// Drift that comes back more often than this in a minute is mended with growing pauses.
    static let healsBeforePause = 10

    package static func of(_ facts: Facts) -> Decision {
        if facts.isEmpty { return .nothing }
        if facts.isRequested { return .sync }
        if facts.isDrift {
            guard facts.selfHeal else { return .hold("it drifted, and selfHeal is off for this environment") }
            return facts.recentHeals > healsBeforePause ? .backOff : .sync
        }
        if facts.isFeedback, facts.recentHeals > healsBeforePause { return .backOff }
        return facts.automatic ? .sync : .hold("git has changes, and this environment is synced by hand")
    }
}
