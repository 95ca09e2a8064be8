import Document
import Glibc
import Scrub
import System

/// A scrub of which rows are left out along references, or whose values change rows.
///
/// No stream tells a row's fate before the last row of the last table, where references may be stated too. So the scrubbed
/// rows wait in a file without a name; a second run reads keys, references and values there, and a third lets go what
/// stays. Nothing of the input is ever on a disk unscrubbed, but for shuffled columns, which stay what they are anyway.
struct RearrangedScrub {
    let scrub: DatasetScrub
    let arrangement: RowArrangement
    let gate: OutputGate

    func run(_ input: DatasetInput, planner: any DatasetPlanning) throws -> DatasetCounts {
        guard scrub.format.hasRows else {
            throw Problem(
                "\(scrub.format.rawValue) has no rows that a subset or a shuffle could be of",
                at: arrangement.subset?.origin ?? .none, hint: "make a dataset of its own for it")
        }
        let spool = try Files.openUnnamed(in: gate.folder)
        let descriptor = spool.raw
        let marking = MarkingPlanner(planner, arrangement)
        let waiting = OutputGate(writingTo: descriptor, named: gate.folder, spoolIn: gate.folder)
        var options = scrub.options
        options.isUnspooled = true
        options.waiting = .written
        let first = DatasetScrub(scrub.format, options)
        options.waiting = .read
        let inner = DatasetScrub(scrub.format, options)
        var counts = try first.run(input, into: waiting, planner: marking)
        let choice = try choose(marking, files: planner) { gathering in
            let nowhere = OutputGate(spoolIn: gate.folder) { _ in }
            try nowhere.open()
            _ = try inner.run(try again(descriptor, input.name), into: nowhere, planner: gathering)
        }
        try gate.open()
        let written = try inner.run(try again(descriptor, input.name), into: gate, planner: choice)
        for (place, table) in counts.tables.enumerated() {
            counts.tables[place].rowsOut = written.tables.first { $0.name == table.name }?.rowsOut ?? 0
        }
        counts.bytesOut = gate.bytesOut
        return counts
    }

    /// What waits, from its beginning.
    private func again(_ descriptor: Int32, _ name: String) throws -> DatasetInput {
        try checked("lseek", on: name) { lseek(descriptor, 0, SEEK_SET) }
        if scrub.format == .sqlite { return DatasetInput(reading: descriptor, named: name) }
        // Not as a file: what a look ahead would tell is known.
        return DatasetInput(named: name) { buffer in
            try checked("read", on: name) { read(descriptor, buffer.baseAddress, buffer.count) }
        }
    }

    private func choose(
        _ marking: MarkingPlanner, files: any DatasetPlanning, gather: (GatheringPlanner) throws -> Void
    ) throws -> ChoosingPlanner {
        let isSubset = arrangement.subset != nil
        let edges = isSubset ? ReferenceEdge.all(marking.tables, arrangement.references) : []
        let scope = SubsetScope(roots: Set(marking.roots.keys), edges)
        let others = isSubset ? Set(marking.tables.map(\.name)).subtracting(scope.chosen) : []
        let staysWhole = arrangement.subset?.keepsOthers ?? true
        let gathering = GatheringPlanner(
            files, edges, shuffled: marking.shuffled, counted: scope.chosen, key: arrangement.key, folder: gate.folder)
        try gather(gathering)
        var columns: [TableName: [String: ShuffledColumn]] = [:]
        for (table, filter) in gathering.filters { columns[table] = try filter.columns() }
        var kept: [TableName: RowMarks] = [:]
        if isSubset {
            kept = try close(gathering, marking, edges, scope, whole: staysWhole ? others : [])
            for (table, marks) in kept {
                for column in columns[table]?.values ?? [:].values { try column.limit(to: marks) }
            }
        }
        let emptied = staysWhole ? [] : others
        try refuseSingles(columns.filter { !emptied.contains($0.key) })
        return ChoosingPlanner(files: files, kept: kept, emptied: emptied, shuffled: columns)
    }

    /// The rows that stay of each table that is not whole.
    private func close(
        _ gathering: GatheringPlanner, _ marking: MarkingPlanner, _ edges: [ReferenceEdge], _ scope: SubsetScope,
        whole: Set<TableName>
    ) throws -> [TableName: RowMarks] {
        let closure = try RowClosure(gathering.filters.mapValues(\.count), in: gate.folder)
        for edge in edges {
            for table in edge.from.tables {
                guard let from = gathering.filters[table]?.rows(by: edge.from, edge.condition) else { continue }
                for other in edge.to.tables {
                    guard let target = gathering.filters[other]?.rows(by: edge.to, nil) else { continue }
                    try closure.link(from, of: table, to: target, of: other)
                }
            }
        }
        for (table, filter) in marking.roots {
            let marks = filter.marks
            try marks.forEach { row throws(SystemError) in try closure.choose(row, of: table) }
        }
        for table in whole {
            for row in 0..<(gathering.filters[table]?.count ?? 0) { try closure.need(row, of: table) }
        }
        try closure.close()
        var kept: [TableName: RowMarks] = [:]
        for table in scope.chosen {
            kept[table] = closure.kept(of: table, count: gathering.filters[table]?.count ?? 0)
        }
        return kept
    }

    /// A single row could only keep its own value.
    private func refuseSingles(_ columns: [TableName: [String: ShuffledColumn]]) throws {
        for column in columns.values.flatMap(\.values) where column.count == 1 {
            throw Problem(
                "\(column.label) has a single row to be shuffled, which would keep its value",
                hint: "use another transform, or drop the column")
        }
    }
}
