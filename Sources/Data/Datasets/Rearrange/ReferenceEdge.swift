import Scrub

/// A reference between tables, each with the tables that are a part of it.
struct ReferenceEdge: Hashable {
    /// Columns of some tables, which have the same names in each.
    struct End: Hashable {
        var tables: [TableName]
        var columns: [String]
    }

    /// Rows whose column has one of some values.
    struct Condition: Hashable {
        var column: String
        var values: [String]
    }

    /// The rows that refer.
    var from: End
    /// The rows that they refer to.
    var to: End
    /// Which of the rows refer; all when nil.
    var condition: Condition?

    /// What the tables' keys and a policy's references say.
    static func all(_ tables: [TableSchema], _ references: [DatasetRules.Reference]) -> [ReferenceEdge] {
        var edges: [ReferenceEdge] = []
        func add(_ edge: ReferenceEdge) { if !edges.contains(edge) { edges.append(edge) } }
        for table in tables {
            for case .foreignKey(let columns, let other, let targets) in table.constraints {
                guard let name = resolve(other, from: table.name, tables) else { continue }
                let targets = targets.isEmpty ? primaryKey(of: name, tables) : targets
                guard targets.count == columns.count else { continue }
                add(
                    ReferenceEdge(
                        from: End(tables: parts(of: table.name, tables), columns: columns),
                        to: End(tables: parts(of: name, tables), columns: targets)))
            }
        }
        for reference in references {
            func end(_ columns: DatasetRules.Columns) -> End {
                let names = tables.map(\.name).filter { RuleLookup.matches($0, columns.table) }
                return End(tables: names.flatMap { parts(of: $0, tables) }, columns: columns.columns)
            }
            add(
                ReferenceEdge(
                    from: end(reference.from), to: end(reference.to),
                    condition: reference.column.map { Condition(column: $0, values: reference.values) }))
        }
        return edges
    }

    /// A table and all that are a part of it.
    private static func parts(of table: TableName, _ tables: [TableSchema]) -> [TableName] {
        var found = [table]
        var place = 0
        while place < found.count {
            for other in tables where other.partitionOf == found[place] && !found.contains(other.name) {
                found.append(other.name)
            }
            place += 1
        }
        return found
    }

    /// A table as the dataset names it: references may leave its schema out.
    private static func resolve(_ name: TableName, from table: TableName, _ tables: [TableSchema]) -> TableName? {
        let names = tables.map(\.name)
        if names.contains(name) { return name }
        let others = names.filter { $0.name == name.name }
        return others.first { $0.schema == table.schema } ?? others.first
    }

    private static func primaryKey(of table: TableName, _ tables: [TableSchema]) -> [String] {
        for case .primaryKey(let columns) in tables.first(where: { $0.name == table })?.constraints ?? [] {
            return columns
        }
        return []
    }
}

/// Which tables a subset is about.
struct SubsetScope {
    /// Tables of the roots, and those whose rows follow them.
    private(set) var following: Set<TableName>
    /// Those and the ones that they refer to: of these only some rows stay.
    private(set) var chosen: Set<TableName>

    init(roots: Set<TableName>, _ edges: [ReferenceEdge]) {
        following = Self.closure(of: roots) { table in
            edges.filter { $0.to.tables.contains(table) }.flatMap(\.from.tables)
        }
        chosen = Self.closure(of: following) { table in
            edges.filter { $0.from.tables.contains(table) }.flatMap(\.to.tables)
        }
    }

    private static func closure(of start: Set<TableName>, _ next: (TableName) -> [TableName]) -> Set<TableName> {
        var found = start
        var open = Array(start)
        while let table = open.popLast() {
            for other in next(table) where found.insert(other).inserted { open.append(other) }
        }
        return found
    }
}
