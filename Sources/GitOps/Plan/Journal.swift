package import Manifest
package import System

/// Where Belay writes what it did, before anyone is told that it is done.
///
/// Sync, Promotion and the Reconciler are handed one; `Audit` keeps it, append-only and hash-chained.
package protocol JournalWriter: Sendable {
    /// Appends a record and returns its number once it survives the end of the process.
    @discardableResult
    func append(_ record: JournalRecord) async throws -> Int64
}

/// One thing that happened, for those who ask later who changed what, when and why.
///
/// It never holds the value of a field: values stand in it as digests, keyed ones where they are secret.
package struct JournalRecord: Sendable, Hashable {
    /// What happened.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case plan
        case syncStarted
        case syncFinished
        /// A hook of a sync has run.
        case hook
        case promotion
        case rollback
        case approval
        /// Live data was copied, scrubbed, into an environment.
        case refresh
        case driftHealed
        case error
    }

    /// How it ended.
    package enum Result: String, Sendable, Hashable, CaseIterable {
        case succeeded
        case failed
        /// A newer commit took its place.
        case superseded
        /// There was nothing to do.
        case unchanged
    }

    package var kind: Kind
    package var time: Timestamp
    package var project: String
    /// Empty when it concerns the project as a whole.
    package var environment: String
    /// Empty when it concerns the environment as a whole.
    package var application: String
    /// The commit that was rendered, or made: forty hexadecimal digits; empty when there is none.
    package var commit: String
    /// Who wrote that commit: `Name <email>`, as git has it, which proves nothing.
    package var author: String
    /// Who asked for it: an authenticated principal, or `belay` for what the loop did by itself.
    package var actor: String
    /// The plan that was shown, approved and carried out; empty where none was made.
    package var planHash: String
    package var changes: [JournalChange]
    /// nil while it is under way.
    package var result: Result?
    /// One sentence for a person: why it failed, what was promoted.
    package var message: String
    /// Facts of one kind of record, such as `from` and `to` of a promotion.
    package var details: [String: String]

    package init(
        _ kind: Kind, at time: Timestamp, project: String, environment: String = "", application: String = "",
        commit: String = "", author: String = "", actor: String = "belay", planHash: String = "",
        changes: [JournalChange] = [], result: Result? = nil, message: String = "", details: [String: String] = [:]
    ) {
        self.kind = kind
        self.time = time
        self.project = project
        self.environment = environment
        self.application = application
        self.commit = commit
        self.author = author
        self.actor = actor
        self.planHash = planHash
        self.changes = changes
        self.result = result
        self.message = message
        self.details = details
    }
}

/// What became of one field of an object, or of the object as a whole.
package struct JournalChange: Sendable, Hashable {
    /// What was done.
    package enum Action: String, Sendable, Hashable, CaseIterable {
        case create
        case update
        case recreate
        case delete
        /// A file of the repository, by a promotion or a rollback.
        case edit
    }

    package var action: Action
    /// nil for an edit of a file.
    package var object: ObjectKey?
    /// The path of the field in the object, or of the file in the repository; empty for the object as a whole.
    package var field: String
    /// Digests of the value before and after; empty where there was none. Never the value itself.
    package var before: String
    package var after: String
    /// What the cluster answered to this object, when it refused.
    package var error: String

    package init(
        _ action: Action, object: ObjectKey? = nil, field: String = "", before: String = "", after: String = "",
        error: String = ""
    ) {
        self.action = action
        self.object = object
        self.field = field
        self.before = before
        self.after = after
        self.error = error
    }
}
