package import Manifest

/// A hook in the phase in which a plan runs it.
package struct HookRun: Sendable {
    package var phase: Phase
    package var hook: Hook
    /// As it is applied.
    package var manifest: Manifest
    /// Whether an earlier attempt at this rendering saw it succeed: it is not run again, only cleared away.
    package var isDone: Bool

    package init(phase: Phase, hook: Hook, manifest: Manifest, isDone: Bool = false) {
        self.phase = phase
        self.hook = hook
        self.manifest = manifest
        self.isDone = isDone
    }

    package var key: ObjectKey { manifest.key }

    /// What it is known by among the hooks of its application: one object may run in two phases.
    package var name: String { "\(phase.rawValue) \(key)" }
}

/// What is kept of an application's hooks: which rendering they ran for, and how far they came.
package struct HookRecord: Sendable, Hashable {
    /// The rendering, by its digest.
    package var digest: String
    package var occasion: Occasion
    /// Names of the runs that succeeded.
    package var succeeded: Set<String>
    /// Whether all that the rendering asked for was done.
    package var isFinished: Bool

    package init(digest: String, occasion: Occasion, succeeded: Set<String> = [], isFinished: Bool = false) {
        self.digest = digest
        self.occasion = occasion
        self.succeeded = succeeded
        self.isFinished = isFinished
    }
}

/// What decides whether an application's hooks are to run.
package struct HookFacts: Sendable, Hashable {
    /// The rendering that is planned, by its digest.
    package var digest: String
    package var record: HookRecord?
    /// The rendering that was applied last; nil when none is known.
    package var applied: String?

    package init(digest: String, record: HookRecord? = nil, applied: String? = nil) {
        self.digest = digest
        self.record = record
        self.applied = applied
    }

    /// The record under which hooks run now; nil when none are due.
    ///
    /// Hooks belong to a rendering: they run when it is new, go on where they were stopped, and do not run again for
    /// drift of what they went before.
    ///
    /// - Parameters:
    ///   - hasChanges: whether the plan changes more than Belay's own label.
    ///   - isThere: whether any of the application's objects lives already.
    package func due(hasChanges: Bool, isThere: Bool) -> HookRecord? {
        if let record {
            if record.digest == digest { return record.isFinished ? nil : record }
            let isNew = record.occasion == .install && !record.isFinished
            return HookRecord(digest: digest, occasion: isNew ? .install : .upgrade)
        }
        if let applied {
            return applied == digest ? nil : HookRecord(digest: digest, occasion: .upgrade)
        }
        guard hasChanges else { return nil }
        return HookRecord(digest: digest, occasion: isThere ? .upgrade : .install)
    }
}
