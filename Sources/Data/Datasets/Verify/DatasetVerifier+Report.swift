import Scrub
import Synchronization
package import System

extension DatasetVerifier {
    /// Judges what both runs have gathered.
    ///
    /// - Parameters:
    ///   - report: with the digests and names that only the caller knows.
    ///   - counts: what the scrubbing says that it wrote.
    /// - Throws: `SystemError` when fingerprints cannot be read again.
    package func report(
        _ report: VerificationReport, counts: DatasetCounts? = nil
    ) throws(SystemError) -> VerificationReport {
        try gatherers.flush()
        var report = report
        let state = state.withLock { $0 }
        report.dataset = rules.name
        for (table, rows) in state.rows { report.rows[table] = rows.value.load(ordering: .relaxed) }
        judge(counts?.tables ?? [], &report)
        report.checked = looked.value.load(ordering: .relaxed)
        report.filesKept = state.filesKept
        if report.checked == 0 { report.failures.append(Self.unverified(filesKept: state.filesKept)) }
        for column in state.columns { try judge(column, &report) }
        for condition in state.conditions { try judge(condition, among: state.conditions, &report) }
        report.originals = try originals.search(in: [others] + state.columns.map(\.values))
        if report.originals > 0 {
            report.failures.append("\(report.originals) cells of the output are originals of classified columns")
        }
        report.canaries = canaries.found.load(ordering: .relaxed)
        if report.canaries > 0 { report.failures.append("canaries were found \(report.canaries) times") }
        report.findings = findings.all
        return report
    }

    /// As many rows came out as were written, or as a subset kept.
    private func judge(_ tables: [DatasetCounts.Table], _ report: inout VerificationReport) {
        for (table, rows) in report.rows.sorted(by: { $0.key < $1.key }) {
            let written = tables.filter { $0.name == "\(table)" }
            let sum = written.reduce(0) { $0 + $1.rowsOut }
            if !written.isEmpty, sum != rows {
                report.failures.append("\(table) has \(rows) rows in the output, and \(sum) were written")
            }
        }
    }

    private static func unverified(filesKept: Int) -> String {
        let advice =
            filesKept == 0
            ? "give the dataset data, or scrub it without a report"
            : "the policy keeps \(filesKept) files as they are: name their formats under \"files\""
        return "not verified: the output holds no value that was looked at; \(advice)"
    }

    private func judge(_ column: Column, _ report: inout VerificationReport) throws(SystemError) {
        let profile = try column.values.profile()
        let entry = VerificationReport.Column(
            table: column.table, name: column.name, rule: column.rule.name.rawValue,
            cellsIn: column.before.cells.load(ordering: .relaxed),
            cellsOut: column.after.cells.load(ordering: .relaxed),
            nullsOut: column.after.nulls.load(ordering: .relaxed),
            kept: column.before.kept.load(ordering: .relaxed), distinct: profile.distinct,
            topShare: profile.count == 0 ? 0 : profile.most * 1000 / profile.count)
        report.columns.append(entry)
        let place = "\(column.table).\(column.name)"
        if entry.kept > 0, !OriginalSearch.mayKeep.contains(column.rule.name) {
            report.failures.append("\(entry.kept) cells of \(place) came out as they went in")
        }
        let made = entry.cellsIn - column.before.nulls.load(ordering: .relaxed)
        let mayAdd: Set<DatasetRule.Name> = [.fixed, .copy, .when]
        let mayLose = rules.subset != nil
        if made != entry.cellsOut, !(mayAdd.contains(column.rule.name) && entry.cellsOut > made),
            !(mayLose && entry.cellsOut < made)
        {
            report.failures.append("\(place) has \(entry.cellsOut) values in the output, and \(made) were written")
        }
    }

    private func judge(
        _ condition: Condition, among all: [Condition], _ report: inout VerificationReport
    ) throws(SystemError) {
        let columns = condition.columns.joined(separator: ", ")
        switch condition.kind {
        case .unique:
            let profile = try condition.store.profile()
            if profile.distinct != profile.count {
                report.failures.append(
                    "\(condition.table).(\(columns)) is unique, and \(profile.count - profile.distinct) values occur again"
                )
            }
        case .group(let least):
            let profile = try condition.store.profile(rareBelow: least)
            report.groups.append(
                .init(name: "\(condition.table).(\(columns))", asked: least, least: profile.least, small: profile.rare))
            if profile.rare > 0 {
                report.failures.append(
                    "\(profile.rare) values of \(condition.table).(\(columns)) are shared by fewer than \(least) rows")
            }
        case .reference(let name):
            guard let target = all.first(where: { $0.kind == .target(name) }) else { return }
            let missing = try condition.store.compare(with: target.store).missing
            if missing > 0 { report.failures.append("\(missing) rows refer to nothing: \(name)") }
        case .target: break
        }
    }
}
