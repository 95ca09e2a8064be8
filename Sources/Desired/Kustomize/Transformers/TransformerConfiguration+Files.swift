import Document
import FileTree
import Manifest

/// `configurations` files: they add fields to the tables.
extension TransformerConfiguration {
    /// kustomize's tables with those of some files.
    ///
    /// - Throws: `Problem` in a file: an unknown table or field, a field that is to be made and not to be made.
    static func standard(with names: [Value], _ files: OverlayFiles) throws(Problem) -> TransformerConfiguration {
        if names.isEmpty { return .standard }
        var added = TransformerConfiguration.empty
        added.isCustom = true
        for file in names {
            let path = try files.path(file.string ?? "", for: file.origin)
            try Problem.following(file.origin) { () throws(Problem) in
                for document in try files.tree.documents(path, for: file.origin) {
                    added = try added.merged(with: try read(document), at: file.origin)
                }
            }
        }
        return try standard.merged(with: added, at: names[0].origin)
    }

    private static func read(_ document: Value) throws(Problem) -> TransformerConfiguration {
        var reader = try FieldReader(document, "the configuration")
        var tables = empty
        tables.isCustom = true
        for (key, table) in Self.tables {
            for item in try reader.items(key) { tables[keyPath: table].append(try FieldSpecReader.spec(item)) }
        }
        for item in try reader.items("nameReference") { tables.nameReferences.append(try reference(item)) }
        try reader.finish()
        return tables.sorted()
    }

    /// These tables with another's entries added. Where one entry covers another, the one that came first stays: so
    /// that kustomize's own entry for all kinds gives way to a file's for some.
    func merged(with other: TransformerConfiguration, at origin: Origin) throws(Problem) -> TransformerConfiguration {
        if !isCustom, !other.isCustom { return other }
        var result = self
        result.isCustom = true
        for (_, table) in Self.tables {
            result[keyPath: table] = try result[keyPath: table].merging(other[keyPath: table], at: origin)
        }
        for reference in other.nameReferences {
            if let index = result.nameReferences.firstIndex(where: { $0.target == reference.target }) {
                let fields = result.nameReferences[index].fields
                result.nameReferences[index].fields = try fields.merging(reference.fields, at: origin)
            } else {
                result.nameReferences.append(reference)
            }
        }
        return result.sorted()
    }

    private static var tables: [(String, WritableKeyPath<TransformerConfiguration, [FieldSpec]>)] {
        [
            ("namePrefix", \.namePrefix), ("nameSuffix", \.nameSuffix), ("namespace", \.namespace),
            ("labels", \.labels), ("commonLabels", \.commonLabels), ("templateLabels", \.templateLabels),
            ("commonAnnotations", \.commonAnnotations), ("images", \.images), ("replicas", \.replicas),
            ("varReference", \.variables),
        ]
    }

    /// Entries for some kinds before those for all.
    private func sorted() -> TransformerConfiguration {
        let order = SortOrder()
        func precede(_ left: FieldSpec, _ right: FieldSpec) -> Bool {
            order.isBefore(
                GroupVersionKind(group: left.group, version: left.version, kind: left.kind),
                GroupVersionKind(group: right.group, version: right.version, kind: right.kind))
        }
        var result = self
        for (_, table) in Self.tables { result[keyPath: table].sort(by: precede) }
        for index in result.nameReferences.indices { result.nameReferences[index].fields.sort(by: precede) }
        result.nameReferences.sort { order.isBefore($0.target, $1.target) }
        return result
    }

    private static func reference(_ item: Value) throws(Problem) -> NameReference {
        var reader = try FieldReader(item, "the name reference")
        let target = GroupVersionKind(
            group: try reader.string("group") ?? "", version: try reader.string("version") ?? "",
            kind: try reader.string("kind") ?? "")
        var fields: [FieldSpec] = []
        for field in try reader.items("fieldSpecs") { fields.append(try FieldSpecReader.spec(field)) }
        try reader.finish()
        return NameReference(target: target, fields: fields)
    }
}
