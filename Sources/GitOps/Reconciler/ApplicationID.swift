import Crypto

/// One application in one environment of one project.
package struct ApplicationID: Sendable, Hashable, Comparable, CustomStringConvertible {
    package var project: String
    package var environment: String
    package var application: String

    package init(project: String, environment: String, application: String) {
        self.project = project
        self.environment = environment
        self.application = application
    }

    package var description: String { "\(project)/\(environment)/\(application)" }

    /// The value of `belay/application` on its objects: `shop.dev.web`; a name too long for a label ends in its digest.
    package var label: String {
        let plain = Self.prefix(project: project, environment: environment) + application
        guard plain.utf8.count > 63 else { return plain }
        return "\(plain.prefix(46))-\(Digest.sha256(Array(plain.utf8)).hex.prefix(16))"
    }

    /// What the labels of all applications of an environment begin with.
    package static func prefix(project: String, environment: String) -> String {
        "\(project).\(environment)."
    }

    package static func < (left: ApplicationID, right: ApplicationID) -> Bool {
        (left.project, left.environment, left.application) < (right.project, right.environment, right.application)
    }
}
