package import Document

/// What becomes of one dataset: an item of `spec.datasets` in a scrub policy. What it does not name stops the run.
package struct DatasetRules: Sendable, Hashable {
    /// A column's name, with `*` and `?`, and its rule.
    package struct Column: Sendable, Hashable {
        package var pattern: String
        package var rule: DatasetRule
        package var origin: Origin
    }

    /// A table's name, with `*` and `?`, and what becomes of it.
    package struct Table: Sendable, Hashable {
        package enum Content: Sendable, Hashable {
            /// The table is left out.
            case drop
            /// Its rows are left out.
            case empty
            /// By its columns.
            case columns([Column])
        }

        package var pattern: String
        package var content: Content
        package var origin: Origin
    }

    /// Columns of a table: `customer.customer_id`, `film_actor.(film_id, actor_id)`.
    package struct Columns: Sendable, Hashable {
        package var table: String
        package var columns: [String]
        package var origin: Origin
    }

    /// A reference that the DDL does not state; for some rows, where it names a column and values.
    package struct Reference: Sendable, Hashable {
        package var from: Columns
        package var to: Columns
        package var column: String?
        package var values: [String]
    }

    /// Columns that together may tell who somebody is, and how many rows must share each of their values.
    package struct Group: Sendable, Hashable {
        package var columns: Columns
        package var least: Int
    }

    /// Which rows of a table are meant.
    package struct Rows: Sendable, Hashable {
        package enum Test: Sendable, Hashable {
            case isOneOf([String])
            case isNoneOf([String])
            case isNull
            case isNotNull
            /// Not below the first, and below the second: as numbers where the bound is one, else as texts.
            case isWithin(from: String?, before: String?)
            /// So many of a hundred values, which the key chooses: the same values wherever they are asked for.
            case share(percent: Int)
        }

        package var table: String
        package var column: String
        package var test: Test
        package var origin: Origin
    }

    /// Some of the rows, and those that they refer to or that refer to them.
    package struct Subset: Sendable, Hashable {
        /// Of one table all must hold.
        package var roots: [Rows] = []
        /// Whether tables that no reference joins with a root's keep their rows.
        package var keepsOthers = true
        package var origin: Origin
    }

    /// What becomes of a file of an archive.
    package struct File: Sendable, Hashable {
        package var pattern: String
        /// `keep`, `drop`, or the format that it is scrubbed as.
        package var kind: String
        package var origin: Origin
    }

    /// Paths of documents whose file's name matches.
    package struct Document: Sendable, Hashable {
        package var pattern: String
        package var paths: [DatasetRule.Path]
        package var origin: Origin
    }

    package var name: String
    package var origin: Origin
    /// The schema's fingerprint, `sha256:…`, where it is pinned.
    package var schema: String?
    package var schemaOrigin = Origin.none
    /// The largest number of an identity domain, by its name.
    package var largest: [String: Int] = [:]
    package var tables: [Table] = []
    /// Rules for columns by type, for those that no rule names.
    package var types: [Column] = []
    package var references: [Reference] = []
    package var unique: [Columns] = []
    package var groups: [Group] = []
    package var rows: [Rows] = []
    package var subset: Subset?
    package var documents: [Document] = []
    package var files: [File] = []
    /// Texts that were planted in the source and must not come out.
    package var canaries: [SecretText] = []
}
