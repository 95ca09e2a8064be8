package import Document
import Manifest

/// What Kubernetes allows as names (RFC 1123, RFC 1035; "Object Names and IDs").
package enum NameRule: Sendable {
    /// Lower-case letters, digits and `-`, at most 63.
    case label
    /// Labels with dots between them, at most 253 in all.
    case subdomain
    /// Anything that can stand between two slashes, as names of roles do.
    case pathSegment

    /// The rule for the names of a kind's objects.
    package static func forKind(_ kind: String, group: String) -> NameRule {
        switch (group, kind) {
        case ("", "Namespace"), ("", "Service"): .label
        case ("rbac.authorization.k8s.io", _): .pathSegment
        default: .subdomain
        }
    }

    /// Whether a name keeps the rule.
    package func allows(_ name: String) -> Bool {
        switch self {
        case .label: LabelSyntax.isDNSLabel(name)
        case .subdomain: LabelSyntax.isDNSSubdomain(name)
        case .pathSegment:
            !name.isEmpty && name.utf8.count <= 253 && name != "." && name != ".."
                && !name.utf8.contains { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "%") || $0 < 0x20 }
        }
    }

    /// What is wrong with a name; nil when nothing is.
    package func problem(_ name: String, of what: String, at origin: Origin) -> Problem? {
        if allows(name) { return nil }
        let rule =
            switch self {
            case .label: "at most 63 lower-case letters, digits and \"-\", with a letter or digit at both ends"
            case .subdomain:
                "lower-case letters, digits, \"-\" and \".\", with a letter or digit at both ends, at most 253"
            case .pathSegment: "at most 253 characters without \"/\" and \"%\""
            }
        return Problem("the name \"\(name)\" of the \(what) is not DNS-safe", at: origin, hint: "use \(rule)")
    }
}
