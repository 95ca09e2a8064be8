import Document

/// Who owns which fields of an object (`metadata.managedFields`).
package struct ManagedFields: Sendable {
    /// How fields came to be owned.
    package enum Operation: String, Sendable {
        case apply = "Apply"
        case update = "Update"
    }

    /// One manager's fields.
    package struct Entry: Sendable {
        package var manager: String
        package var operation: Operation
        package var apiVersion: String
        /// RFC 3339.
        package var time: String
        /// `status` for fields that were written through that subresource.
        package var subresource: String
        package var fields: FieldSet

        package init(
            manager: String, operation: Operation, apiVersion: String, time: String, subresource: String = "",
            fields: FieldSet
        ) {
            self.manager = manager
            self.operation = operation
            self.apiVersion = apiVersion
            self.time = time
            self.subresource = subresource
            self.fields = fields
        }

        func isSameManager(as other: Entry) -> Bool {
            manager == other.manager && operation == other.operation && subresource == other.subresource
        }
    }

    package var entries: [Entry]

    package init(_ entries: [Entry] = []) {
        self.entries = entries
    }

    /// Reads them from an object; entries that make no sense are left out.
    package init(of object: Manifest) {
        entries = object.value[path: "metadata", "managedFields"]?.items?.compactMap(Self.entry) ?? []
    }

    private static func entry(_ value: Value) -> Entry? {
        guard let manager = value["manager"]?.string,
            let operation = value["operation"]?.string.flatMap(Operation.init)
        else { return nil }
        return Entry(
            manager: manager, operation: operation, apiVersion: value["apiVersion"]?.string ?? "",
            time: value["time"]?.string ?? "", subresource: value["subresource"]?.string ?? "",
            fields: value["fieldsV1"].map(FieldSet.init(fieldsV1:)) ?? FieldSet())
    }

    /// Writes them into an object.
    package func write(into object: inout Manifest) {
        let items: [Value] = entries.filter { !$0.fields.isEmpty }.map { entry in
            var value: Value = [
                "manager": .string(entry.manager), "operation": .string(entry.operation.rawValue),
                "apiVersion": .string(entry.apiVersion), "time": .string(entry.time), "fieldsType": "FieldsV1",
                "fieldsV1": entry.fields.fieldsV1,
            ]
            if !entry.subresource.isEmpty { value["subresource"] = .string(entry.subresource) }
            return value
        }
        object.value[path: "metadata", "managedFields"] = items.isEmpty ? nil : .sequence(items)
    }

    /// The fields that a manager applied.
    package func applied(by manager: String) -> FieldSet {
        entries.first { $0.manager == manager && $0.operation == .apply && $0.subresource.isEmpty }?.fields
            ?? FieldSet()
    }

    /// The managers that own a field.
    package func owners(of path: FieldPath) -> [String] {
        entries.filter { $0.fields.contains(path) }.map(\.manager)
    }

    /// Fields that nobody owns: identity, and what the server itself keeps.
    static let unowned = FieldSet(
        [["apiVersion"], ["kind"]].map { FieldPath($0.map(PathElement.field)) }
            + [
                "name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp",
                "deletionGracePeriodSeconds", "selfLink", "managedFields", "generateName",
            ].map { FieldPath([.field("metadata"), .field($0)]) })
}
