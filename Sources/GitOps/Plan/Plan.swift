import Crypto
package import Document
package import Manifest

/// The changes that would make live state match a rendering: a value with a hash, which diff, approval, journal and
/// sync all name.
package struct Plan: Sendable {
    package var project: String
    package var environment: String
    package var application: String
    /// The commit whose rendering this is.
    package var revision: String
    /// In the order in which a sync carries them out.
    package var changes: [Change]
    /// What runs before, with and after them, in order; those included that an earlier attempt has done.
    package var hooks: [HookRun]
    /// How far the rendering's hooks are; nil when none are due.
    package var hookRecord: HookRecord?
    /// Objects that are as git has them.
    package var unchanged: [ObjectKey]
    /// Keyed digest over all that the plan would do, in hex; empty plans of one application have one hash.
    package var hash: String

    package init(
        project: String, environment: String, application: String, revision: String, changes: [Change],
        hooks: [HookRun] = [], hookRecord: HookRecord? = nil, unchanged: [ObjectKey], hash: String
    ) {
        self.project = project
        self.environment = environment
        self.application = application
        self.revision = revision
        self.changes = changes
        self.hooks = hooks
        self.hookRecord = hookRecord
        self.unchanged = unchanged
        self.hash = hash
    }

    package var isEmpty: Bool { changes.isEmpty && hooks.isEmpty }
}

/// What becomes of one object.
package struct Change: Sendable {
    /// What is done to it.
    package enum Action: String, Sendable {
        case create
        case update
        /// A field differs that cannot be changed on a live object: it is deleted and made again.
        case recreate
        case delete
    }

    package var key: ObjectKey
    package var action: Action
    /// As it is to be; nil for one that is deleted.
    package var desired: Manifest?
    /// As it is; nil for one that is created.
    package var live: Manifest?
    /// What differs, by path; for a created object every field, for a deleted one none.
    package var fields: [FieldChange]
    /// Lower waves are carried out, and well, before higher ones start (`belay/sync-wave`).
    package var wave: Int

    package init(
        key: ObjectKey, action: Action, desired: Manifest?, live: Manifest?, fields: [FieldChange], wave: Int
    ) {
        self.key = key
        self.action = action
        self.desired = desired
        self.live = live
        self.fields = fields
        self.wave = wave
    }
}

/// One field that a change sets or removes.
package struct FieldChange: Sendable {
    /// `spec.template.spec.containers[name=web].image`.
    package var path: String
    /// nil when the field is new, or secret.
    package var old: Value?
    /// nil when the field goes, or is secret.
    package var new: Value?
    /// Where git says so; unknown for a field that goes.
    package var origin: Origin
    /// Whether the field holds a secret: then its values are nowhere here, and only that it changes is known.
    package var isSecret: Bool
    /// What happens to it.
    package var kind: Kind
    /// Keyed digests of the whole values, secret parts included; empty where there is none.
    package var oldDigest = ""
    package var newDigest = ""

    /// Whether a field comes, goes or changes.
    package enum Kind: String, Sendable {
        case added, removed, changed
    }

    /// The keyed digest of a value, for records; empty for none.
    static func digest(_ value: Value?, key: [UInt8]) -> String {
        guard let value else { return "" }
        return String(Hex.encode(HMAC.sha256(JSON.emit(value, .go), key: key)).prefix(16))
    }

    package init(path: String, old: Value?, new: Value?, origin: Origin, isSecret: Bool, kind: Kind) {
        self.path = path
        self.old = old
        self.new = new
        self.origin = origin
        self.isSecret = isSecret
        self.kind = kind
    }
}
