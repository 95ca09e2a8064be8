import System

/// Rows of several tables, numbered through, what refers to what among them, and those that a subset keeps.
///
/// Rows that were *chosen* take along all that refer to them; those that are only *needed*, since a row refers to them,
/// take along what they refer to themselves. So each row is looked at twice at most, whatever circles there are.
final class RowClosure {
    private let folder: String
    private let bases: [TableName: Int]
    private let total: Int
    /// Pairs of a row and the one that it refers to.
    private let links: MappedNumbers
    private var chosen = RowMarks()
    private var needed = RowMarks()
    /// Rows to be looked at, twice the number, and 1 more for those that are chosen.
    private let open: MappedNumbers

    /// - Parameter rows: how many rows each table has.
    init(_ rows: [TableName: Int], in folder: String) throws(SystemError) {
        self.folder = folder
        var bases: [TableName: Int] = [:]
        var total = 0
        for (table, count) in rows.sorted(by: { $0.key < $1.key }) {
            bases[table] = total
            total += count
        }
        self.bases = bases
        self.total = total
        links = try MappedNumbers(in: folder)
        open = try MappedNumbers(in: folder)
    }

    /// Notes which rows of one table refer to which of another.
    func link(_ from: KeyRows, of table: TableName, to target: KeyRows, of other: TableName) throws(SystemError) {
        guard let base = bases[table], let otherBase = bases[other] else { return }
        try from.join(target) { own, found throws(SystemError) in
            try links.append(UInt64(base + own))
            try links.append(UInt64(otherBase + found))
        }
    }

    func choose(_ row: Int, of table: TableName) throws(SystemError) {
        if let base = bases[table] { try push(base + row, isChosen: true) }
    }

    func need(_ row: Int, of table: TableName) throws(SystemError) {
        if let base = bases[table] { try push(base + row, isChosen: false) }
    }

    private func push(_ row: Int, isChosen: Bool) throws(SystemError) {
        if isChosen {
            guard chosen.insert(row) else { return }
        } else {
            guard !chosen.contains(row), needed.insert(row) else { return }
        }
        try open.append(UInt64(row) << 1 | (isChosen ? 1 : 0))
    }

    /// Follows references until nothing more comes.
    func close() throws(SystemError) {
        let parents = try Adjacency(links, rows: total, isReversed: false, in: folder)
        let children = try Adjacency(links, rows: total, isReversed: true, in: folder)
        while open.count > 0 {
            let next = open.removeLast()
            let row = Int(next >> 1)
            for place in parents.places(of: row) { try push(parents.row(at: place), isChosen: false) }
            guard next & 1 == 1 else { continue }
            for place in children.places(of: row) { try push(children.row(at: place), isChosen: true) }
        }
    }

    /// The rows of a table that stay, by their numbers in it.
    func kept(of table: TableName, count: Int) -> RowMarks {
        var marks = RowMarks()
        guard let base = bases[table] else { return marks }
        for row in 0..<count where chosen.contains(base + row) || needed.contains(base + row) { marks.insert(row) }
        return marks
    }
}

/// For each row those that it is joined with, one after the other.
private struct Adjacency {
    private let starts: MappedNumbers
    private let targets: MappedNumbers

    /// - Parameter isReversed: whether rows lead to those that refer to them.
    init(_ links: MappedNumbers, rows: Int, isReversed: Bool, in folder: String) throws(SystemError) {
        starts = try MappedNumbers(in: folder, count: rows + 1)
        targets = try MappedNumbers(in: folder, count: links.count / 2)
        let (from, to) = isReversed ? (1, 0) : (0, 1)
        for place in stride(from: 0, to: links.count, by: 2) { starts[Int(links[place + from])] += 1 }
        var end: UInt64 = 0
        for row in 0...rows {
            end += starts[row]
            starts[row] = end
        }
        // Each row's places are filled from their end, which leaves its start.
        for place in stride(from: 0, to: links.count, by: 2) {
            let row = Int(links[place + from])
            starts[row] -= 1
            targets[Int(starts[row])] = links[place + to]
        }
    }

    func places(of row: Int) -> Range<Int> { Int(starts[row])..<Int(starts[row + 1]) }

    func row(at place: Int) -> Int { Int(targets[place]) }
}
