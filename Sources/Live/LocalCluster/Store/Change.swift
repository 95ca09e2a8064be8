import Manifest

/// One object's step from one state to the next.
struct Change: Sendable {
    var key: ObjectKey
    /// The cluster's revision that the step made.
    var revision: Int64
    /// nil when the object was created.
    var old: Manifest?
    /// nil when the object was removed.
    var new: Manifest?
    /// The last state of a removed object, with the revision of its removal.
    var last: Manifest?
}
