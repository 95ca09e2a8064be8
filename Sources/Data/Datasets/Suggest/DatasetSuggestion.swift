package import Document
import Scrub

/// A first policy for a dataset, from its schema and samples of its values: a rule for each column about which something
/// can be said, and a list of what nobody has decided. It proposes `keep` for nothing, and shows no value.
package struct DatasetSuggestion: Sendable {
    package struct Proposal: Sendable {
        package var table: TableName
        package var column: String
        /// As the policy has it.
        package var rule: String
        package var reason: String
    }

    /// A column that has no proposal.
    package struct Undecided: Sendable {
        package var table: TableName
        package var column: String
        package var type: String
        /// Why a rule that was thought of cannot be; empty where none was.
        package var reason: String
    }

    private let name: String
    private let tables: [TableSchema]
    package private(set) var proposals: [Proposal] = []
    package private(set) var undecided: [Undecided] = []

    /// Reads a dataset to its end.
    ///
    /// - Parameters:
    ///   - name: the dataset's, and of a format without names the table's.
    ///   - folder: where files without a name may be made.
    /// - Throws: what reading it throws; `Problem` for a format without tables.
    package init(
        _ input: DatasetInput, as format: DatasetScrub.Format, named name: String, spoolIn folder: String
    ) throws {
        guard format.hasRows, format != .tar else {
            throw Problem(
                "\(format.rawValue) has no tables to propose rules for",
                hint: "name a format that has: postgres, mysql, csv, tsv, sqlite")
        }
        var options = DatasetScrub.Options()
        options.document = name
        options.isUnspooled = true
        let planner = SuggestingPlanner()
        let nowhere = OutputGate(spoolIn: folder) { _ in }
        try nowhere.open()
        _ = try DatasetScrub(format, options).run(input, into: nowhere, planner: planner)
        self.name = name
        tables = planner.tables
        propose(planner)
        while try demote() {}
    }

    // MARK: Proposals

    private mutating func propose(_ planner: SuggestingPlanner) {
        let edges = ReferenceEdge.all(tables, [])
        for table in tables {
            for column in table.columns where !column.isGenerated && !column.type.isSearchVector {
                let end = Self.end(of: Place(table: table.name, column: column.name), edges)
                guard let target = tables.first(where: { $0.name == end.table }),
                    let place = target.index(of: end.column)
                else {
                    leave(column, of: table.name, "it refers to \(end), which there is not")
                    continue
                }
                let counts = planner.counts(of: end.column, in: end.table)
                let isUnique = target.constraints.contains { Self.isAlone(end.column, in: $0) }
                guard let found = RuleProposal(target.columns[place], of: target, counts, isUnique: isUnique) else {
                    leave(
                        column, of: table.name, end.table == table.name && end.column == column.name ? "" : "as \(end)")
                    continue
                }
                let isOwn = end == Place(table: table.name, column: column.name)
                let isShared =
                    !isOwn || edges.contains { $0.to.tables.contains(end.table) && $0.to.columns.contains(end.column) }
                proposals.append(
                    Proposal(
                        table: table.name, column: column.name,
                        rule: isShared ? found.shared(by: end.identity(of: target)) : found.rule,
                        reason: isOwn ? found.reason : "it refers to \(end)"))
            }
        }
    }

    private mutating func leave(_ column: ColumnSchema, of table: TableName, _ reason: String) {
        undecided.append(
            Undecided(table: table, column: column.name, type: column.type.description, reason: reason))
    }

    /// A column.
    private struct Place: Hashable, CustomStringConvertible {
        var table: TableName
        var column: String

        var description: String { "\(table).\(column)" }

        /// What the domain of its pseudonyms is to be called.
        func identity(of schema: TableSchema) -> String {
            schema.constraints.contains(.primaryKey([column])) ? table.name : "\(table.name).\(column)"
        }
    }

    /// The column at the end of a column's references; itself where it has none.
    private static func end(of place: Place, _ edges: [ReferenceEdge]) -> Place {
        var place = place
        var seen: Set<Place> = []
        while seen.insert(place).inserted {
            for edge in edges where edge.from.tables.contains(place.table) {
                guard let index = edge.from.columns.firstIndex(of: place.column), let other = edge.to.tables.first
                else {
                    continue
                }
                let next = Place(table: other, column: edge.to.columns[index])
                if next == place { continue }
                place = next
                break
            }
        }
        return place
    }

    private static func isAlone(_ column: String, in constraint: TableConstraint) -> Bool {
        switch constraint {
        case .primaryKey(let columns), .unique(let columns, _, _): columns.contains(column)
        case .foreignKey, .check: false
        }
    }

    /// Takes back what the schema would refuse.
    ///
    /// - Returns: whether there was any.
    private mutating func demote() throws(Problem) -> Bool {
        let (text, lines) = written()
        let document = try YAML.parseOne(Array(text.utf8), file: SourceFile("proposal"))
        guard let rules = try ScrubPolicy(document).datasets.first else { return false }
        var compiler = DatasetCompiler(rules, keys: ScrubKeys(environment: [0]))
        do {
            _ = try compiler.plan(for: tables, isWhole: true)
            return false
        } catch {
            let refused = Dictionary(
                error.all.compactMap { problem in lines[Int(problem.origin.line)].map { ($0, problem.message) } },
                uniquingKeysWith: { first, _ in first })
            for (place, message) in refused.sorted(by: { $0.key > $1.key }) {
                let proposal = proposals.remove(at: place)
                guard let table = tables.first(where: { $0.name == proposal.table }),
                    let column = table.columns.first(where: { $0.name == proposal.column })
                else { continue }
                leave(column, of: table.name, "not \(proposal.rule): \(message)")
            }
            return !refused.isEmpty
        }
    }

    // MARK: Text

    /// The policy, with what is undecided as comments.
    package var policy: String { written().text }

    /// The policy's text, and which proposal stands in which line.
    private func written() -> (text: String, lines: [Int: Int]) {
        var lines = ["apiVersion: belay/v1", "kind: ScrubPolicy", "spec:", "  datasets:"]
        var places: [Int: Int] = [:]
        lines += ["    - name: \(PolicyText.quoted(name))", "      tables:"]
        for table in tables {
            lines.append("        \(PolicyText.quoted(label(table.name))):")
            let isEmpty = !proposals.contains { $0.table == table.name }
            if isEmpty { lines[lines.count - 1] += " {}" }
            for (place, proposal) in proposals.enumerated() where proposal.table == table.name {
                places[lines.count + 1] = place
                lines.append(
                    "          \(PolicyText.quoted(proposal.column)): \(proposal.rule)  # \(PolicyText.oneLine(proposal.reason))"
                )
            }
        }
        if tables.isEmpty { lines[lines.count - 1] += " {}" }
        if !undecided.isEmpty {
            lines.append("# Undecided, \(undecided.count):")
            for item in undecided {
                let reason = item.reason.isEmpty ? "" : ": \(item.reason)"
                lines.append("#   " + PolicyText.oneLine("\(label(item.table)).\(item.column) (\(item.type))\(reason)"))
            }
        }
        return (lines.joined(separator: "\n") + "\n", places)
    }

    /// A table's name, with its schema only where another has the same.
    private func label(_ table: TableName) -> String {
        tables.count { $0.name.name == table.name } > 1 ? "\(table)" : table.name
    }

    /// The same for programs.
    package var document: Value {
        func text(_ pairs: KeyValuePairs<String, String>) -> Value {
            Value(.mapping(Mapping(pairs.map { .init(key: .init($0.key), value: .string($0.value)) })))
        }
        return [
            "rules": .sequence(
                proposals.map { text(["column": "\($0.table).\($0.column)", "rule": $0.rule, "reason": $0.reason]) }),
            "undecided": .sequence(
                undecided.map { text(["column": "\($0.table).\($0.column)", "type": $0.type, "reason": $0.reason]) }),
        ]
    }
}
