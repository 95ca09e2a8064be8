package import Document

/// What becomes of a column, a JSON path or a cell: a transform by its name, with its options.
package struct DatasetRule: Sendable, Hashable {
    /// The names by which policies call transforms.
    package enum Name: String, Sendable, Hashable, CaseIterable {
        case keep, drop, null, empty, fixed, token, digits, alnum, card, uuid, name
        case givenName = "given-name"
        case familyName = "family-name"
        case email, phone, address, city, company
        case dateShift = "date-shift"
        case dateTruncate = "date-truncate"
        case noise, bucket, mask, ip, url, json, text, filler, regex, credential, sequence, shuffle, copy, when
    }

    /// Rows that one rule of several is for.
    package struct Case: Sendable, Hashable {
        package var column: String
        /// Values of the column, as texts; nil for NULL.
        package var values: [String]?
        package var rule: DatasetRule
        package var origin: Origin
    }

    /// A path of a document, and its rule.
    package struct Path: Sendable, Hashable {
        package var steps: [Step]
        package var text: String
        package var rule: DatasetRule
        package var origin: Origin

        package enum Step: Sendable, Hashable {
            case key(String)
            case anyKey
            case anyItem
        }
    }

    package var name: Name
    package var origin: Origin
    /// The identity domain; nil for the transform's own or the column's.
    package var identity: String?
    /// Columns that name the subject or the row.
    package var by: [String] = []
    /// `fixed`: what is written. It may be anything, so it is shown to nobody.
    package var value: SecretText?
    /// `fixed`: whether it stands for NULL too.
    package var replacesNull = false
    /// `token`, and how many digits `digits` keeps at the start, and signs `mask` keeps at the end.
    package var count: Int?
    package var first = 0
    package var prefix = ""
    /// `sequence`: the largest number; `noise`: no number above it.
    package var most: Int?
    package var least: Int?
    package var isUnique = false
    package var avoided: [String] = []
    package var domain: String?
    /// `date-shift`: days, `noise`: percent, `bucket`: size.
    package var amount: Int?
    package var unit: DateTruncateRecipe.Unit?
    package var hosts: [String: String] = [:]
    package var paths: [Path] = []
    package var pattern = ""
    package var replacement: String?
    package var keepsOthers = false
    package var of: String?
    package var cases: [Case] = []
    /// `when`: the last rule, and `regex`: of what matches. One or none.
    package var inner: [DatasetRule] = []

    /// Whether two values may become one, as far as the rule alone tells.
    var mayMerge: Bool {
        switch name {
        case .fixed, .empty, .bucket, .mask, .dateTruncate, .dateShift, .noise, .text, .filler, .regex, .json: true
        case .name, .givenName, .familyName, .phone, .address, .city, .company: !isUnique
        case .url: !hosts.isEmpty
        case .token: (count ?? 16) < 13
        case .keep, .drop, .null, .digits, .alnum, .card, .uuid, .email, .ip, .credential, .sequence, .shuffle, .copy,
            .when:
            false
        }
    }

    package init(_ name: Name, at origin: Origin) {
        self.name = name
        self.origin = origin
    }
}
