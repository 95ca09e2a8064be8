package import Document
package import Manifest

/// What became of the sensitive fields of a rendering. It says where and why, never what.
package struct ScrubReport: Sendable, Hashable {
    /// One field.
    package struct Field: Sendable, Hashable {
        /// What was done.
        package enum Action: String, Sendable, Hashable {
            case replaced
            case regenerated
            case mapped
            case fixed
            case kept
            case dropped
        }

        package var object: ObjectKey
        /// `data.password`, `spec.containers[0].env[1].value`
        package var path: String
        /// Why: `secret shared with production`, or the rule's place in the policy.
        package var rule: String
        package var action: Action
        /// Where the value is written in git.
        package var origin: Origin
    }

    package var fields: [Field] = []

    package init() {}
}
