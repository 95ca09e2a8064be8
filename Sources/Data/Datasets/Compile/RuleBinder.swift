import Document
import Scrub

/// Makes recipes of rules: binds them to keys, to a table's columns, and to a column's type.
struct RuleBinder {
    let keys: ScrubKeys
    let rules: DatasetRules
    let table: TableSchema
    /// The identity domain of a column that has none of its own.
    let identity: (_ column: String) -> String
    /// The rule of another column of the table.
    let rule: (_ column: String) throws(Problem) -> DatasetRule?
    /// Puts another recipe in the place of the one that a path's rule asks for, in documents that cells hold.
    var exchange: (DatasetRule.Path, any TransformRecipe) -> any TransformRecipe = { $1 }

    /// - Parameter depth: how many rules this one is within, for copies of copies.
    /// - Returns: nil for `keep`.
    func recipe(
        _ rule: DatasetRule, for column: ColumnSchema, depth: Int = 0
    ) throws(Problem) -> (any TransformRecipe)? {
        guard let recipe = try plain(rule, for: column, depth: depth) else { return nil }
        guard let limit = column.type.length, column.type.kind == .text || column.type.kind == .address else {
            return recipe
        }
        if case .text(let most) = recipe.traits.output, most > limit,
            most == .max || (recipe as? KeyedRecipe)?.kind == .ip
        {
            return BoundedRecipe(recipe, limit: limit)
        }
        return recipe
    }

    private func plain(
        _ rule: DatasetRule, for column: ColumnSchema, depth: Int
    ) throws(Problem) -> (any TransformRecipe)? {
        switch rule.name {
        case .keep: return nil
        case .drop: throw Problem("only a column, a table or a path can be dropped", at: rule.origin)
        case .null: return ConstantRecipe(nil)
        case .empty: return ConstantRecipe(column.type.isArray ? Array("{}".utf8) : [])
        case .fixed: return ConstantRecipe(Array((rule.value?.revealed ?? "").utf8), replacesNull: rule.replacesNull)
        case .when, .copy, .regex: return try composed(rule, for: column, depth: depth)
        case .json:
            return JSONRecipe(try PathCompiler(keys: keys, rules: rules, exchange: exchange).rules(for: rule.paths))
        case .shuffle:
            throw Problem(
                "shuffle is a column's own rule, and none within another or of a path", at: rule.origin,
                hint: "shuffle the column itself, or use noise, bucket or a name by another column")
        default: return try keyed(rule, for: column)
        }
    }

    private func keyed(_ rule: DatasetRule, for column: ColumnSchema) throws(Problem) -> any TransformRecipe {
        let domain = domain(of: rule, column)
        let key = keys.domain(domain)
        switch rule.name {
        case .token:
            return TokenRecipe(key, identity: domain, prefix: rule.prefix, count: rule.count ?? 16)
        case .digits: return DigitsRecipe(key, identity: domain, kept: rule.first)
        case .phone:
            return rule.isUnique
                ? DigitsRecipe(key, identity: domain, keptAfterPlus: 2) : KeyedRecipe(.phone, key, identity: domain)
        case .sequence: return DigitsRecipe(key, identity: domain, largest: largest(rule, domain))
        case .card: return KeyedRecipe(.card, key, identity: domain)
        case .uuid: return KeyedRecipe(.uuid, key, identity: domain)
        case .ip: return KeyedRecipe(.ip, key, identity: domain)
        case .url: return URLRecipe(key, identity: domain, hosts: rule.hosts)
        case .credential: return KeyedRecipe(.credential, key, identity: domain)
        case .text, .filler: return TextRecipe(keys, identity: domain, isFilled: rule.name == .filler)
        case .mask: return MaskRecipe(first: rule.first, last: rule.count ?? 0)
        case .bucket: return BucketRecipe(size: Int64(rule.amount ?? 1))
        case .dateTruncate: return DateTruncateRecipe(to: rule.unit ?? .year)
        case .dateShift:
            return DateShiftRecipe(
                key, identity: domain, subject: try place(rule.by.first, rule), days: rule.amount ?? 180)
        case .noise: return try noise(rule, key, column)
        case .name, .givenName, .familyName, .email, .address, .city, .company:
            return try name(rule, key, domain, column)
        default: return KeyedRecipe(.alnum, key, identity: domain)
        }
    }

    private func largest(_ rule: DatasetRule, _ domain: String) -> UInt64 {
        UInt64(rule.most ?? rules.largest[domain] ?? Int(Int32.max))
    }

    /// Transforms that say of whom a value is share a domain by what they are: one person has one pseudonym wherever.
    private func domain(of rule: DatasetRule, _ column: ColumnSchema) -> String {
        if let identity = rule.identity { return identity }
        switch rule.name {
        case .name, .givenName, .familyName, .email, .phone, .address, .city, .company, .card, .ip, .url, .text,
            .filler, .credential:
            return rule.name.rawValue
        case .dateShift: return rule.by.isEmpty ? identity(column.name) : "date-shift"
        default: return identity(column.name)
        }
    }

    private func name(
        _ rule: DatasetRule, _ key: DomainKey, _ domain: String, _ column: ColumnSchema
    ) throws(Problem) -> any TransformRecipe {
        guard let kind = NameKind(rawValue: rule.name.rawValue) else {
            return KeyedRecipe(.alnum, key, identity: domain)
        }
        func made(_ limit: Int?) throws(Problem) -> NameRecipe {
            NameRecipe(
                key, identity: domain, kind: kind, subject: try place(rule.by.first, rule), isUnique: rule.isUnique,
                domain: rule.domain ?? "example.com", limit: limit, avoided: rule.avoided)
        }
        let recipe = try made(nil)
        guard let length = column.type.length, case .text(let most) = recipe.traits.output, most > length else {
            return recipe
        }
        if length < recipe.shortest {
            throw Problem(
                "\(table.name).\(column.name) has \(length) characters, and \(rule.name.rawValue) needs \(recipe.shortest)",
                at: rule.origin, hint: "use token with a length, or alnum")
        }
        return try made(length)
    }

    private func noise(
        _ rule: DatasetRule, _ key: DomainKey, _ column: ColumnSchema
    ) throws(Problem) -> any TransformRecipe {
        var names = rule.by
        if names.isEmpty {
            for case .primaryKey(let columns) in table.constraints { names = columns }
        }
        guard !names.isEmpty else {
            throw Problem(
                "noise on \(table.name).\(column.name) needs to know the row", at: rule.origin,
                hint: "name a key's columns: {transform: noise, by: id}")
        }
        var row: [Int] = []
        for name in names { if let place = try place(name, rule) { row.append(place) } }
        var range = column.type.range ?? Int64.min...Int64.max
        if let precision = column.type.precision, precision - (column.type.scale ?? 0) < 18 {
            let power = (0..<(precision - (column.type.scale ?? 0))).reduce(Int64(1)) { power, _ in power * 10 }
            range = range.clamped(to: (1 - power)...(power - 1))
        }
        if let least = rule.least { range = max(range.lowerBound, Int64(least))...max(range.upperBound, Int64(least)) }
        if let most = rule.most { range = min(range.lowerBound, Int64(most))...min(range.upperBound, Int64(most)) }
        return NoiseRecipe(
            key, row: row, thousandths: 10 * (rule.amount ?? 10), range: range == Int64.min...Int64.max ? nil : range)
    }

    private func composed(
        _ rule: DatasetRule, for column: ColumnSchema, depth: Int
    ) throws(Problem) -> (any TransformRecipe)? {
        guard depth < 8 else { throw Problem("its rules lead in a circle", at: rule.origin) }
        switch rule.name {
        case .copy:
            let name = rule.of ?? ""
            guard let place = try place(name, rule) else { return nil }
            guard let other = try self.rule(name) else {
                throw Problem("\(table.name).\(name), which is copied, has no rule", at: rule.origin)
            }
            if other.name == .drop { return CopyRecipe(of: place, nil) }
            return CopyRecipe(of: place, try recipe(other, for: table.columns[place], depth: depth + 1))
        case .regex:
            let replacement: RegexRecipe.Replacement
            if let inner = rule.inner.first {
                guard let recipe = try recipe(inner, for: column, depth: depth + 1) else {
                    throw Problem("a pattern whose matches stay changes nothing", at: inner.origin)
                }
                replacement = .transform(recipe)
            } else {
                replacement = .text(rule.replacement ?? "")
            }
            do {
                return try RegexRecipe(
                    pattern: rule.pattern, replacement: replacement, keepsOthers: rule.keepsOthers)
            } catch {
                throw Problem(error.reason, at: rule.origin)
            }
        default:
            var branches: [ConditionalRecipe.Branch] = []
            for item in rule.cases {
                guard let place = try place(item.column, rule) else { continue }
                let test = item.values.map { RowCondition.Test.isOneOf(Set($0.map { Array($0.utf8) })) } ?? .isNull
                branches.append(
                    (RowCondition(column: place, test), try recipe(item.rule, for: column, depth: depth + 1)))
            }
            guard let last = rule.inner.first else { return nil }
            return ConditionalRecipe(branches, otherwise: try recipe(last, for: column, depth: depth + 1))
        }
    }

    /// The place of a column that a rule names; nil where it names none.
    private func place(_ name: String?, _ rule: DatasetRule) throws(Problem) -> Int? {
        guard let name else { return nil }
        if let place = table.index(of: name) { return place }
        let nearest = Spelling.nearest(to: name, among: table.columns.map(\.name))
        throw Problem(
            "\(table.name) has no column \(name)", at: rule.origin,
            hint: nearest.map { "did you mean \"\($0)\"?" } ?? "")
    }
}

/// Makes a tree of a document's paths.
struct PathCompiler {
    let keys: ScrubKeys
    let rules: DatasetRules
    /// Puts another recipe in the place of the one that a path's rule asks for.
    var exchange: (DatasetRule.Path, any TransformRecipe) -> any TransformRecipe = { $1 }

    private typealias Open = (steps: ArraySlice<DatasetRule.Path.Step>, exact: Int, path: DatasetRule.Path)

    func rules(for paths: [DatasetRule.Path]) throws(Problem) -> PathRules {
        PathRules(root: try node(paths.map { ($0.steps[...], 0, $0) }))
    }

    private func node(_ open: [Open]) throws(Problem) -> PathRules.Node {
        let ending = open.filter(\.steps.isEmpty)
        let going = open.filter { !$0.steps.isEmpty }
        let end = ending.max { $0.exact < $1.exact }
        if let end, let deeper = going.first(where: { $0.exact >= end.exact }) {
            throw Problem(
                "\(deeper.path.text) lies below \(end.path.text), which has a rule of its own", at: deeper.path.origin,
                hint: "a rule is for all that is below its path")
        }
        if let end { return PathRules.Node(action: try action(end.path)) }
        var names: [String] = []
        for item in going { if case .key(let name) = item.steps.first, !names.contains(name) { names.append(name) } }
        let any = going.filter { $0.steps.first == .anyKey }.map { ($0.steps.dropFirst(), $0.exact, $0.path) }
        let items = going.filter { $0.steps.first == .anyItem }.map { ($0.steps.dropFirst(), $0.exact, $0.path) }
        var children: [[UInt8]: PathRules.Node] = [:]
        for name in names {
            let exact = going.filter { $0.steps.first == .key(name) }
                .map { ($0.steps.dropFirst(), $0.exact + 1, $0.path) }
            children[Array(name.utf8)] = try node(exact + any)
        }
        return PathRules.Node(
            action: nil, children: children, anyChild: any.isEmpty ? nil : try node(any),
            item: items.isEmpty ? nil : try node(items))
    }

    private func action(_ path: DatasetRule.Path) throws(Problem) -> PathRules.Action {
        switch path.rule.name {
        case .keep: return .keep
        case .drop: return .drop
        case .copy, .when, .noise, .json:
            throw Problem("\(path.rule.name.rawValue) needs a row, and a path has none", at: path.rule.origin)
        default:
            guard path.rule.by.isEmpty else {
                throw Problem("\"by\" needs a row, and a path has none", at: path.rule.origin)
            }
            let binder = RuleBinder(
                keys: keys, rules: rules, table: TableSchema(TableName("document"), columns: []),
                identity: { _ in path.text }, rule: { _ in nil })
            guard let recipe = try binder.recipe(path.rule, for: ColumnSchema(path.text)) else { return .keep }
            return .transform(exchange(path, recipe))
        }
    }
}
