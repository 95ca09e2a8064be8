/// Finds secrets and personal data in texts of any format: manifests, dumps, logs, code, prose.
///
/// It looks at each byte once, stops at the few that can start or end something, and only there asks the detectors,
/// each of which says where its rule comes from. What is encoded is decoded and searched as well.
package struct Detector {
    /// Text in base64 in base64 in base64: deeper is nothing that anybody writes.
    private static let deepest = 3
    /// A cell that is longer takes its memory with it, in bytes.
    private static let longestKept = 1 << 16
    private var names = FieldNames()
    /// The cell at hand, in memory that is used again.
    private var cell: [UInt8] = []
    private var found: [Finding] = []

    package init() {}

    /// The findings in `text`, in its order; none overlaps another.
    package mutating func findings(in text: [UInt8]) -> [Finding] {
        findings(in: text, resumingAt: nil).findings
    }

    /// Hands over the types of the findings in a short text, in its order, without taking memory for each text.
    package mutating func types(in bytes: UnsafeBufferPointer<UInt8>, _ body: (String) -> Void) {
        cell.removeAll(keepingCapacity: true)
        cell.append(contentsOf: bytes)
        var findings: [Finding] = []
        swap(&findings, &found)
        findings.removeAll(keepingCapacity: true)
        var none: Resumption?
        search(cell, depth: 0, &none, into: &findings)
        if findings.count == 1 {
            body(findings[0].type)
        } else if !findings.isEmpty {
            for finding in findings.resolved() { body(finding.type) }
        }
        swap(&findings, &found)
        if cell.count > Self.longestKept { cell = [] }
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
        guard depth < Self.deepest else { return }
        for encoded in scan.encoded {
            var none: Resumption?
            var inner: [Finding] = []
            search(encoded.plain, depth: depth + 1, &none, into: &inner)
            guard let first = inner.first(where: { $0.family == .secret }) ?? inner.first else { continue }
            findings.append(Finding(type: first.type, family: first.family, range: encoded.range))
        }
    }
}
