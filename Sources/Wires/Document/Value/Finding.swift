/// Something that a check of files found. Other than a `Problem` it may be no more than worth a look.
package struct Finding: Sendable, Hashable {
    package var rule: LintRule
    package var problem: Problem

    package init(_ rule: LintRule, _ message: String, at origin: Origin, hint: String = "") {
        self.rule = rule
        problem = Problem(message, at: origin, hint: hint)
    }

    package init(_ rule: LintRule, _ problem: Problem) {
        self.rule = rule
        self.problem = problem
    }
}

/// What a check looks for.
package struct LintRule: Sendable, Hashable {
    /// How much it matters.
    package enum Severity: Int, Sendable, Hashable, Comparable, CaseIterable {
        case info
        case warning
        case error

        package static func < (left: Severity, right: Severity) -> Bool { left.rawValue < right.rawValue }
    }

    /// In lower case with dashes: `unused-patch`.
    package let name: String
    package let severity: Severity
    /// One sentence without a full stop.
    package let summary: String

    package init(_ name: String, _ severity: Severity, _ summary: String) {
        self.name = name
        self.severity = severity
        self.summary = summary
    }
}
