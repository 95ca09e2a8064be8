/// Finds secrets and personal data in texts of any format: manifests, dumps, logs, code, prose.
///
/// It looks at each byte once, stops at the few that can start or end something, and only there asks the detectors,
/// each of which says where its rule comes from. What is encoded is decoded and searched as well.
package struct Detector {
    /// Text in base64 in base64 in base64: deeper is nothing that anybody writes.
    private static let deepest = 3
    private var names = FieldNames()
    /// The search of the cell at hand, whose memory is used again.
    private var cell = Scan(text: [])

    package init() {}

    /// The findings in `text`, in its order; none overlaps another.
    package mutating func findings(in text: [UInt8]) -> [Finding] {
        findings(in: text, resumingAt: nil).findings
    }

    /// Hands over the types of the findings in a short text, in its order, without taking memory for each text.
    package mutating func types(in bytes: UnsafeBufferPointer<UInt8>, _ body: (String) -> Void) {
        cell.begin(bytes)
        swap(&cell.names, &names)
        cell.run()
        swap(&cell.names, &names)
        if !cell.encoded.isEmpty {
            var findings = cell.findings
            addEncoded(of: cell.encoded, depth: 0, to: &findings)
            cell.findings = findings
        }
        if cell.findings.count == 1 {
            body(cell.findings[0].type)
        } else if !cell.findings.isEmpty {
            for finding in cell.findings.resolved() { body(finding.type) }
        }
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
        var findings: [Finding] = []
        search(text, depth: 0, &next, into: &findings)
        return (findings.resolved(), next)
    }

    /// - Parameter findings: gets those that are found.
    private mutating func search(
        _ text: [UInt8], depth: Int, _ next: inout Resumption?, into findings: inout [Finding]
    ) {
        var scan = Scan(text: text)
        // Lent, not copied.
        swap(&scan.names, &names)
        swap(&scan.findings, &findings)
        scan.resumption = next
        scan.run()
        next = scan.resumption
        swap(&scan.names, &names)
        swap(&scan.findings, &findings)
        addEncoded(of: scan.encoded, depth: depth, to: &findings)
    }

    /// Adds what is found in texts in base64: the whole text is the finding.
    private mutating func addEncoded(
        of encoded: [(range: Range<Int>, plain: [UInt8])], depth: Int, to findings: inout [Finding]
    ) {
        guard depth < Self.deepest else { return }
        for encoded in encoded {
            var none: Resumption?
            var inner: [Finding] = []
            search(encoded.plain, depth: depth + 1, &none, into: &inner)
            guard let first = inner.first(where: { $0.family == .secret }) ?? inner.first else { continue }
            findings.append(Finding(type: first.type, family: first.family, range: encoded.range))
        }
    }
}
