import Document
import Scrub

/// Names with `*` and `?`.
enum NameGlob {
    static func isPattern(_ text: String) -> Bool { text.contains("*") || text.contains("?") }

    /// Whether a name matches; time grows with the product of the two lengths.
    static func matches(_ name: String, _ pattern: String) -> Bool {
        if !isPattern(pattern) { return name == pattern }
        let name = Array(name.utf8)
        var reachable = [Bool](repeating: false, count: name.count + 1)
        reachable[0] = true
        for sign in pattern.utf8 {
            var next = [Bool](repeating: false, count: name.count + 1)
            for place in 0...name.count {
                switch sign {
                case UInt8(ascii: "*"): next[place] = reachable[place] || place > 0 && next[place - 1]
                case UInt8(ascii: "?"): next[place] = place > 0 && reachable[place - 1]
                default: next[place] = place > 0 && reachable[place - 1] && name[place - 1] == sign
                }
            }
            reachable = next
        }
        return reachable[name.count]
    }

    /// How much of a pattern is spelt out: more is more specific.
    static func weight(_ pattern: String) -> Int {
        isPattern(pattern) ? pattern.utf8.count { $0 != UInt8(ascii: "*") && $0 != UInt8(ascii: "?") } : 1_000
    }
}

/// Finds the rule for a table or a column: of those that match, the one that spells out most, the table's name first.
struct RuleLookup {
    let rules: DatasetRules
    /// Patterns that have matched something: tables by their place, columns by table and place.
    private(set) var used: Set<[Int]> = []

    init(_ rules: DatasetRules) { self.rules = rules }

    /// What a policy says of a table as a whole; nil when it is judged by its columns.
    mutating func content(of table: TableName) throws(Problem) -> DatasetRules.Table.Content? {
        let found = rules.tables.enumerated().filter { Self.matches(table, $0.element.pattern) }
        for (index, rule) in found {
            if case .columns = rule.content { continue }
            used.insert([index])
        }
        guard let best = found.max(by: { NameGlob.weight($0.element.pattern) < NameGlob.weight($1.element.pattern) })
        else { return nil }
        used.insert([best.offset])
        if case .columns = best.element.content { return nil }
        return best.element.content
    }

    /// Whether any rule names the table, but for patterns that fit every table.
    func names(_ table: TableName) -> Bool {
        rules.tables.contains { $0.pattern != "*" && Self.matches(table, $0.pattern) }
    }

    static func matches(_ table: TableName, _ pattern: String) -> Bool {
        NameGlob.matches(table.name, pattern)
            || table.schema.map { NameGlob.matches("\($0).\(table.name)", pattern) } ?? false
    }

    /// The rule for a column; nil where none names it, nor its type.
    ///
    /// - Throws: `Problem` when two rules fit it equally well.
    mutating func rule(for column: ColumnSchema, of table: TableName) throws(Problem) -> DatasetRules.Column? {
        var best: (place: [Int], rank: [Int], column: DatasetRules.Column)?
        var rival: DatasetRules.Column?
        for (index, entry) in rules.tables.enumerated() where Self.matches(table, entry.pattern) {
            guard case .columns(let columns) = entry.content else { continue }
            used.insert([index])
            for (place, candidate) in columns.enumerated() where NameGlob.matches(column.name, candidate.pattern) {
                used.insert([index, place])
                let rank = [
                    NameGlob.isPattern(entry.pattern) ? 0 : 1, NameGlob.isPattern(candidate.pattern) ? 0 : 1,
                    NameGlob.weight(entry.pattern), NameGlob.weight(candidate.pattern),
                ]
                guard let current = best else {
                    best = ([index, place], rank, candidate)
                    continue
                }
                if current.rank.lexicographicallyPrecedes(rank) {
                    best = ([index, place], rank, candidate)
                    rival = nil
                } else if rank == current.rank, !Self.isSame(candidate.rule, current.column.rule) {
                    rival = candidate
                }
            }
        }
        if let rival, let best {
            throw Problem(
                "two rules are for \(table).\(column.name); the other is at \(best.column.origin)", at: rival.origin,
                hint: "name the column itself in one of them, or remove one")
        }
        if let best { return best.column }
        return rules.types.first { NameGlob.matches(column.type.name, $0.pattern) }
    }

    private static func isSame(_ left: DatasetRule, _ right: DatasetRule) -> Bool {
        var left = left
        left.origin = right.origin
        return left == right
    }

    /// What the policy names and no table has.
    func unused(tables: [TableSchema]) -> [Problem] {
        var problems: [Problem] = []
        for (index, table) in rules.tables.enumerated() {
            guard used.contains([index]) else {
                if NameGlob.isPattern(table.pattern) { continue }
                let nearest = Spelling.nearest(to: table.pattern, among: tables.map(\.name.name))
                problems.append(
                    Problem(
                        "the dataset has no table \(table.pattern)", at: table.origin,
                        hint: nearest.map { "did you mean \"\($0)\"?" } ?? "remove it"))
                continue
            }
            guard case .columns(let columns) = table.content else { continue }
            let names = tables.filter { Self.matches($0.name, table.pattern) }.flatMap { $0.columns.map(\.name) }
            for (place, column) in columns.enumerated()
            where !used.contains([index, place]) && !NameGlob.isPattern(column.pattern) {
                let nearest = Spelling.nearest(to: column.pattern, among: names)
                problems.append(
                    Problem(
                        "the table \(table.pattern) has no column \(column.pattern)", at: column.origin,
                        hint: nearest.map { "did you mean \"\($0)\"?" } ?? "remove it"))
            }
        }
        return problems
    }
}
