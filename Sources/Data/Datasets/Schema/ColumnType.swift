package import Scrub

/// A column's type: as the DDL writes it, and what it means to a transform.
package struct ColumnType: Sendable, Hashable, CustomStringConvertible {
    /// As it is written, lower case and with single blanks: `character varying(50)`, `smallint unsigned`.
    package var name: String
    /// What values of it are; nil when the type is not known here: then only texts' transforms may take it.
    package var kind: TransformTraits.Kind?
    /// The most characters that a value has, or of binary types bytes.
    package var length: Int?
    /// The values that an integer may have.
    package var range: ClosedRange<Int64>?
    /// Digits in all and after the point, of exact decimals.
    package var precision: Int?
    package var scale: Int?
    /// The values of an enumeration, in its order.
    package var values: [String]?
    package var isArray = false
    /// A text index, which is computed from other columns.
    package var isSearchVector = false

    package init(_ name: String, _ kind: TransformTraits.Kind?, length: Int? = nil) {
        self.name = name
        self.kind = kind
        self.length = length
    }

    /// Of formats that state no types, such as CSV.
    package static let unknown = ColumnType("", nil)

    package var description: String { name.isEmpty ? "untyped" : name }
}
