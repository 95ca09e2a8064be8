/// What is known of a kind: its names on the API, its scope and how it is printed.
package struct KindDescription: Sendable {
    package var groupVersionKind: GroupVersionKind
    /// The resource's name in URLs: `deployments`.
    package var plural: String
    package var singular: String
    package var shortNames: [String]
    package var isNamespaced: Bool
    /// Whether `status` is written apart from the rest.
    package var hasStatus: Bool
    /// Columns of a table between NAME and AGE.
    package var columns: [PrinterColumn]
    /// List merge keys, defaults and field types; nil for kinds that only their own CRD describes.
    package var schema: Schema?

    package init(
        _ groupVersionKind: GroupVersionKind, plural: String, singular: String? = nil, shortNames: [String] = [],
        isNamespaced: Bool = true, hasStatus: Bool = true, columns: [PrinterColumn] = [], schema: Schema? = nil
    ) {
        self.groupVersionKind = groupVersionKind
        self.plural = plural
        self.singular = singular ?? groupVersionKind.kind.lowercased()
        self.shortNames = shortNames
        self.isNamespaced = isNamespaced
        self.hasStatus = hasStatus
        self.columns = columns
        self.schema = schema
    }
}

/// A column of `belay get` and of the API's Table answers.
package struct PrinterColumn: Sendable {
    package var title: String
    /// The cell of an object.
    package var cell: @Sendable (Manifest) -> String
    /// Shown only with `-o wide`.
    package var isWide: Bool

    package init(_ title: String, isWide: Bool = false, cell: @escaping @Sendable (Manifest) -> String) {
        self.title = title
        self.cell = cell
        self.isWide = isWide
    }
}

/// The structure of a kind's fields, as far as merging and ownership need it.
///
/// The OpenAPI extensions `x-kubernetes-list-type`, `-list-map-keys`, `-map-type`, `-patch-merge-key` and
/// `-patch-strategy`, in one type.
package indirect enum Schema: Sendable {
    /// Anything: scalars, and fields that nothing is known of.
    case any
    /// A mapping with known fields; others are `any`.
    case object([String: Schema])
    /// A mapping whose values are all alike: labels, `data`.
    case map(Schema)
    /// A mapping or list that has one owner and is replaced whole: selectors, `args`.
    case atomic(Schema)
    /// A list without doubles that merges by value: finalizers.
    case set
    /// A list that merges by the values of keys.
    ///
    /// `keys` identify an item to server-side apply (`containerPort`, `protocol`); `patchKey` alone does to a strategic
    /// merge patch.
    case list(keys: [String], patchKey: String, retainKeys: Bool = false, item: Schema)
}
