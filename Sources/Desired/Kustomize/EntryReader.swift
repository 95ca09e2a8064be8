import Document

/// Reads single entries of a kustomization's lists, which are also what built-in plugins are configured with.
enum EntryReader {
    static func patch(_ item: Value) throws(Problem) -> Kustomization.PatchEntry {
        var entry = try FieldReader(item, "the patch")
        var patch = Kustomization.PatchEntry(origin: item.origin)
        if try entry.string("path")?.isEmpty == false { patch.path = entry.value("path") }
        if try entry.string("patch")?.contains(where: { !$0.isWhitespace }) == true {
            patch.patch = entry.value("patch")
        }
        if let target = entry.value("target") { patch.target = try Selector(target) }
        if var options = try entry.fields("options") {
            patch.allowsNameChange = try options.bool("allowNameChange") ?? false
            patch.allowsKindChange = try options.bool("allowKindChange") ?? false
            try options.finish()
        }
        try entry.finish()
        switch (patch.path, patch.patch) {
        case (nil, nil):
            throw Problem(
                "the patch needs one of \"path\" and \"patch\"", at: item.origin,
                hint: "name its file under \"path\", or write it under \"patch\"")
        case (_?, _?): throw Problem("the patch has both \"path\" and \"patch\"", at: item.origin, hint: "keep one")
        default: return patch
        }
    }

    static func image(_ item: Value) throws(Problem) -> Kustomization.ImageEntry {
        var entry = try FieldReader(item, "an entry of \"images\"")
        for key in ["name", "newName", "newTag", "tagSuffix", "digest"] { _ = try entry.string(key) }
        func value(_ key: String) -> Value? { item[key].flatMap { $0.string?.isEmpty == false ? $0 : nil } }
        try entry.finish()
        return Kustomization.ImageEntry(
            name: item["name"] ?? "", newName: value("newName"), newTag: value("newTag"),
            tagSuffix: value("tagSuffix"), digest: value("digest"), origin: item.origin)
    }

    static func replicas(_ item: Value) throws(Problem) -> Kustomization.ReplicaEntry {
        var entry = try FieldReader(item, "an entry of \"replicas\"")
        let name = try entry.string("name") ?? ""
        _ = try entry.int("count")
        let count = entry.value("count") ?? Value(.scalar(Scalar("0", .int)), origin: item.origin)
        try entry.finish()
        return Kustomization.ReplicaEntry(name: name, count: count, origin: item.origin)
    }

    static func sort(_ fields: FieldReader) throws(Problem) -> Kustomization.SortEntry {
        var fields = fields
        let order = fields.value("order")
        let orders: [String: Kustomize.Options.Order] = ["legacy": .legacy, "fifo": .none]
        guard let parsed = orders[try fields.string("order") ?? ""] else {
            throw Problem(
                "the order must be \"legacy\" or \"fifo\"", at: order?.origin ?? fields.origin,
                hint: "set sortOptions.order to one of them")
        }
        var result = Kustomization.SortEntry(order: parsed)
        if var legacy = try fields.fields("legacySortOptions") {
            if parsed == .none {
                throw Problem(
                    "legacySortOptions belong to the order \"legacy\" alone", at: legacy.origin,
                    hint: "remove them, or set the order to \"legacy\"")
            }
            result.first = try legacy.texts("orderFirst").compactMap(\.string)
            result.last = try legacy.texts("orderLast").compactMap(\.string)
            try legacy.finish()
        }
        try fields.finish()
        return result
    }

    static func generator(
        _ item: Value, _ global: GeneratorOptions, isSecret: Bool
    ) throws(Problem) -> GeneratorEntry {
        var entry = try FieldReader(item, isSecret ? "the Secret generator" : "the ConfigMap generator")
        let name = try entry.string("name") ?? ""
        guard !name.isEmpty, let nameValue = entry.value("name") else {
            throw Problem(
                "\(entry.subject) needs a name", at: item.origin, hint: "add \"name\", the generated object's")
        }
        var options = GeneratorOptions()
        if let fields = try entry.fields("options") { options = try Self.options(fields) }
        _ = try entry.string("namespace")
        if isSecret { _ = try entry.string("type") }
        let behavior = try entry.string("behavior") ?? ""
        let env = try entry.string("env") == nil ? [] : [entry.value("env")].compactMap { $0 }
        let result = GeneratorEntry(
            name: nameValue, namespace: entry.value("namespace"),
            // Any other word means create, as it does to kustomize.
            behavior: GeneratorEntry.Behavior(rawValue: behavior) ?? .create,
            files: try entry.texts("files"), envs: try entry.texts("envs") + env, literals: try entry.texts("literals"),
            type: isSecret ? entry.value("type") : nil, options: options.merging(global), origin: item.origin)
        try entry.finish()
        return result
    }

    static func options(_ fields: FieldReader) throws(Problem) -> GeneratorOptions {
        var fields = fields
        _ = try fields.bool("immutable")
        let options = GeneratorOptions(
            labels: try fields.pairs("labels"), annotations: try fields.pairs("annotations"),
            disablesHash: try fields.bool("disableNameSuffixHash") ?? false, immutable: fields.value("immutable"))
        try fields.finish()
        return options
    }
}
