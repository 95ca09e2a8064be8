/// Finds secrets and personal data in texts of any format: manifests, dumps, logs, code, prose.
///
/// It looks at each byte once, stops at the few that can start or end something, and only there asks the detectors,
/// each of which says where its rule comes from. What is encoded is decoded and searched as well.
package struct Detector {
    /// Text in base64 in base64 in base64: deeper is nothing that anybody writes.
    private static let deepest = 3
    private var names = FieldNames()

    package init() {}

    /// The findings in `text`, in its order; none overlaps another.
    package mutating func findings(in text: [UInt8]) -> [Finding] {
        findings(in: text, resumingAt: nil).findings
    }

    /// Where a search may go on in a text: at a line, or a row of a table, with the words that name its columns.
    struct Resumption {
        var place: Int
        var header: [UInt8] = []
    }

    /// The findings, and where another search may go on.
    ///
    /// - Parameter resume: the last place that it may go on at; nil where it need not.
    mutating func findings(in text: [UInt8], resumingAt resume: Int?) -> (findings: [Finding], next: Resumption?) {
        var next = resume.map { Resumption(place: $0) }
        return (findings(in: text, depth: 0, &next).resolved(), next)
    }

    private mutating func findings(in text: [UInt8], depth: Int, _ next: inout Resumption?) -> [Finding] {
        var scan = Scan(text: text)
        // Lent, not copied.
        swap(&scan.names, &names)
        scan.resumption = next
        scan.run()
        next = scan.resumption
        swap(&scan.names, &names)
        var findings = scan.findings
        guard depth < Self.deepest else { return findings }
        for encoded in scan.encoded {
            var none: Resumption?
            let inner = self.findings(in: encoded.plain, depth: depth + 1, &none)
            guard let first = inner.first(where: { $0.family == .secret }) ?? inner.first else { continue }
            findings.append(Finding(type: first.type, family: first.family, range: encoded.range))
        }
        return findings
    }
}
