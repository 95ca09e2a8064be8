import Scrub

/// What SQL's names of types mean (PostgreSQL 8, MySQL 11).
struct TypeNames {
    let dialect: SQLDialect
    /// Types that the dump itself makes: enumerations and domains.
    private var own: [String: ColumnType] = [:]

    init(_ dialect: SQLDialect) { self.dialect = dialect }

    /// Makes a type known, by its name without its schema.
    mutating func define(_ name: TableName, _ type: ColumnType) {
        own[name.name] = type
    }

    /// The type that a name stands for.
    ///
    /// - Parameters:
    ///   - words: the name's words, lower case.
    ///   - arguments: what stands in its parenthesis.
    func type(_ words: [String], arguments: [SQLToken], statement: SQLStatement, isArray: Bool) -> ColumnType {
        let isUnsigned = words.contains("unsigned")
        let name = words.filter { !["unsigned", "signed", "zerofill"].contains($0) }.joined(separator: " ")
        let numbers = arguments.compactMap { Int($0.text) }
        var type = own[words.last ?? ""] ?? Self.known(name, isUnsigned: isUnsigned, dialect)
        type.isArray = isArray || type.isArray
        if type.isArray { type.kind = nil }
        if own[words.last ?? ""] == nil {
            type.name = words.joined(separator: " ") + Self.text(arguments) + (isArray ? "[]" : "")
        }
        switch type.kind {
        case .text, .binary:
            if let length = numbers.first { type.length = length }
            if name == "character" || name == "char" || name == "nchar", numbers.isEmpty { type.length = 1 }
        case .decimal where name != "real" && !name.hasPrefix("double") && !name.hasPrefix("float"):
            type.precision = numbers.first
            type.scale = numbers.count > 1 ? numbers[1] : numbers.isEmpty ? nil : 0
        default: break
        }
        if name == "enum" || name == "set" {
            type.values = arguments.filter { $0.kind == .text }.map { statement.text(of: $0) }
            type.length = nil
            if name == "set" { type.values = nil }
        }
        if name == "tinyint", numbers == [1] { type.range = -128...127 }
        return type
    }

    private static func text(_ arguments: [SQLToken]) -> String {
        let numbers = arguments.filter { $0.kind == .number }.map(\.text)
        return numbers.isEmpty ? "" : "(" + numbers.joined(separator: ",") + ")"
    }

    private static func known(_ name: String, isUnsigned: Bool, _ dialect: SQLDialect) -> ColumnType {
        if let bits = integers[name] {
            var type = ColumnType(name, .integer)
            let largest = bits >= 63 ? Int64.max : (1 << (bits - 1)) - 1
            type.range = isUnsigned ? 0...unsignedMaximum(bits) : (-largest - 1)...largest
            return type
        }
        if let length = lengths[name], dialect == .mysql {
            return ColumnType(name, name.hasSuffix("blob") ? .binary : .text, length: length)
        }
        var type = ColumnType(name, kinds.first { $0.names.contains(name) }?.kind)
        type.isSearchVector = name == "tsvector"
        if name == "year" { (type.kind, type.range) = (.integer, 1901...2155) }
        return type
    }

    private static func unsignedMaximum(_ bits: Int) -> Int64 { bits >= 63 ? .max : (1 << bits) - 1 }

    private static let integers = [
        "smallint": 16, "int2": 16, "smallserial": 16, "integer": 32, "int": 32, "int4": 32, "serial": 32, "bigint": 64,
        "int8": 64, "bigserial": 64, "tinyint": 8, "mediumint": 24,
    ]

    /// MySQL's texts have lengths in bytes.
    private static let lengths = [
        "tinytext": 255, "text": 65535, "mediumtext": 16_777_215, "longtext": 4_294_967_295, "tinyblob": 255,
        "blob": 65535, "mediumblob": 16_777_215, "longblob": 4_294_967_295,
    ]

    private static let kinds: [(kind: TransformKind, names: Set<String>)] = [
        (
            .text,
            [
                "text", "character varying", "varchar", "character", "char", "bpchar", "nvarchar", "nchar", "citext",
                "name", "enum", "set", "national varchar", "national character varying", "xml",
            ]
        ),
        (.decimal, ["numeric", "decimal", "dec", "real", "float", "float4", "float8", "double", "double precision"]),
        (
            .date,
            [
                "date", "timestamp", "timestamptz", "timestamp without time zone", "timestamp with time zone",
                "datetime",
            ]
        ),
        (.boolean, ["boolean", "bool"]),
        (.uuid, ["uuid"]),
        (.json, ["json", "jsonb"]),
        (.address, ["inet", "cidr"]),
        (.binary, ["bytea", "binary", "varbinary", "blob"]),
    ]
}
