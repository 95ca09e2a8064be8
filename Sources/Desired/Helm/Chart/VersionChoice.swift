package import Document

/// Which of a chart's versions somebody means.
package enum VersionChoice {
    /// The newest version that a range allows; without one, the newest that is no pre-release.
    ///
    /// - Throws: `Problem` for what is neither a version nor a range.
    package static func newest(of versions: [String], in range: String?) throws(Problem) -> String? {
        if let range, versions.contains(range) { return range }
        let constraint: VersionConstraint
        do {
            constraint = try VersionConstraint(range ?? "*")
        } catch {
            throw Problem("“\(range ?? "")” is no range of versions", hint: "write one such as ^17.3, or >=1.2 <2")
        }
        let known = versions.compactMap { text in SemanticVersion(text).map { (text: text, version: $0) } }
        return known.filter { constraint.allows($0.version) }.max { $0.version < $1.version }?.text
    }
}
